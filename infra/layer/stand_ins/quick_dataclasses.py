"""In place of `dataclasses` in modules that make many at import: methods are inherited, not generated.

Generating and compiling them takes ten times as long as the class. Beside that, `slots` has no effect here,
and a frozen class's subclasses are frozen too.
"""

from collections.abc import Callable
from dataclasses import MISSING, Field, FrozenInstanceError, field, fields
from dataclasses import dataclass as whole
from typing import Any

__all__ = ["dataclass", "field"]


def dataclass(cls: Any = None, /, *, frozen: bool = False, kw_only: bool = False, slots: bool = False) -> Any:  # noqa: ARG001
    """As the original, for its options that are used."""
    made = _maker(frozen, kw_only)
    return made if cls is None else made(cls)


def _maker(frozen: bool, kw_only: bool) -> Callable[[Any], Any]:
    def make(cls: Any) -> Any:
        own = vars(cls)
        methods: dict[str, Any] = {"__init__": _init, "__repr__": _repr, "__eq__": _equal}
        added = {name: method for name, method in methods.items() if name not in own}
        if own.get("__hash__") is None:
            added["__hash__"] = _hash if frozen else None
        if frozen:
            added |= {"__setattr__": _refuse, "__delattr__": _refuse}
        # Without a docstring it would get one with its signature, which takes as long again.
        cls.__doc__ = cls.__doc__ or ""
        whole(init=False, repr=False, eq=False, kw_only=kw_only)(cls)
        for name, method in added.items():
            setattr(cls, name, method)
        return cls

    return make


def _init(self: Any, /, *values: Any, **named: Any) -> None:
    taken = [each for each in fields(self) if each.init]
    positional = [each.name for each in taken if not each.kw_only]
    given = dict(zip(positional, values, strict=False))
    if len(values) > len(positional) or given.keys() & named.keys():
        raise TypeError(f"{type(self).__name__} got a field twice, or too many values")
    given |= named
    for each in fields(self):
        _set(self, each, given)
    if given:
        raise TypeError(f"{type(self).__name__} has no field {min(given)}")
    if after := getattr(type(self), "__post_init__", None):
        after(self)


def _set(self: Any, one: Field[Any], given: dict[str, Any]) -> None:
    if one.init and one.name in given:
        value = given.pop(one.name)
    elif one.default is not MISSING:
        value = one.default
    elif one.default_factory is not MISSING:
        value = one.default_factory()
    elif one.init:
        raise TypeError(f"{type(self).__name__} needs the field {one.name}")
    else:
        return
    object.__setattr__(self, one.name, value)


def _values(self: Any) -> tuple[Any, ...]:
    return tuple(getattr(self, each.name) for each in fields(self) if each.compare)


def _equal(self: Any, other: object) -> bool:
    return _values(self) == _values(other) if type(other) is type(self) else NotImplemented


def _hash(self: Any) -> int:
    return hash(_values(self))


def _repr(self: Any) -> str:
    shown = ", ".join(f"{each.name}={getattr(self, each.name)!r}" for each in fields(self) if each.repr)
    return f"{type(self).__qualname__}({shown})"


def _refuse(self: Any, name: str, *_: Any) -> None:
    raise FrozenInstanceError(f"cannot change field {name!r} of {type(self).__name__}")
