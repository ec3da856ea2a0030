"""The order of people by name, as a sort key."""

SORTED_CHARACTERS = 40
"""As much of a name counts for its place in the list; the key stays short enough for a cursor."""
NAME_POSITION = r"(?s:.{0,200})#[0-9A-Za-z-]{1,128}"
"""The form of a position that is such a key."""


def name_key(name: str, account_id: str) -> str:
    """Sorts people by name, whatever the case; of one name, by account. Printable, as a cursor must be."""
    printable = "".join(character if character.isprintable() else " " for character in name)
    return f"{printable.casefold()[:SORTED_CHARACTERS]}#{account_id}"
