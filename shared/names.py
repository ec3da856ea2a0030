"""Sort keys for accounts in the order of names."""

SORTED_CHARACTERS = 40
"""The part of a name that counts for its order; it keeps the key short enough for a cursor."""
NAME_POSITION = r"(?s:.{0,200})#[0-9A-Za-z-]{1,128}"
"""Matches a position that is such a key."""


def name_key(name: str, account_id: str) -> str:
    """Sorts accounts by name, ignoring case, then by account_id. Printable, as a cursor must be."""
    printable = "".join(character if character.isprintable() else " " for character in name)
    return f"{printable.casefold()[:SORTED_CHARACTERS]}#{account_id}"
