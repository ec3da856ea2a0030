"""Stands in for botocore's module: clients get empty docstrings, as no function reads any."""


class _Empty(str):
    __slots__ = ()

    def __new__(cls, *_of: object, **_more: object) -> "_Empty":
        return super().__new__(cls)


class ClientMethodDocstring(_Empty):
    """That of a client's method."""


class PaginatorDocstring(_Empty):
    """That of a paginator."""


class WaiterDocstring(_Empty):
    """That of a waiter."""
