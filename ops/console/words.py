"""Numbers as people read them."""


def counted(count: int, noun: str) -> str:
    """Such as `1 account` or `2 accounts`."""
    return f"{count} {noun}{'' if count == 1 else 's'}"
