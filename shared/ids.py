"""Identifiers: UUIDv7, ordered by the time at which they were drawn (RFC 9562, section 5.7)."""

import hashlib
import random
from datetime import UTC, datetime, timedelta
from uuid import UUID

_RANDOM_BITS = 74


def new_id(now: datetime, randomness: random.Random) -> str:
    """A UUIDv7 of this instant."""
    return _uuid7(now, randomness.getrandbits(_RANDOM_BITS))


def derived_id(now: datetime, about: str) -> str:
    """A UUIDv7 that is always the same for the same text and instant."""
    digest = hashlib.blake2b(about.encode(), digest_size=16).digest()
    return _uuid7(now, int.from_bytes(digest, "big") >> 128 - _RANDOM_BITS)


def _uuid7(now: datetime, drawn: int) -> str:
    milliseconds = unix_milliseconds(now)
    high = milliseconds << 16 | 0x7 << 12 | drawn >> 62
    low = 0b10 << 62 | drawn & (1 << 62) - 1
    return str(UUID(int=high << 64 | low))


def unix_milliseconds(instant: datetime) -> int:
    """Whole milliseconds since 1970, computed without floats."""
    seconds = int(instant.replace(microsecond=0).timestamp())
    return seconds * 1000 + instant.microsecond // 1000


def instant_of(id_: str) -> datetime:
    """The instant at which a UUIDv7 was drawn; raises ValueError if the text is not an id."""
    milliseconds = UUID(id_).int >> 80
    return datetime.fromtimestamp(milliseconds // 1000, UTC) + timedelta(milliseconds=milliseconds % 1000)


def last_id_of(instant: datetime) -> str:
    """The greatest UUIDv7 of this instant's millisecond: every id drawn until then is <= it."""
    high = unix_milliseconds(instant) << 16 | 0x7FFF
    return str(UUID(int=high << 64 | 0b10 << 62 | (1 << 62) - 1))


def shard_of(key: str, shards: int) -> int:
    """The same shard for the same key in every process (Python's own hash is salted)."""
    return int.from_bytes(hashlib.blake2b(key.encode(), digest_size=4).digest(), "big") % shards
