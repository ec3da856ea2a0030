"""The text of a file of unknown encoding."""

import codecs
import io
from collections.abc import Iterator
from dataclasses import dataclass

from ops.console.errors import BadInput

UTF8 = "utf-8"
BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
COMMON = [
    "cp1252",
    "cp1251",
    "cp1250",
    "cp1254",
    "cp1258",
    "cp1253",
    "cp1257",
    "cp1255",
    "cp1256",
    "iso8859-2",
    "iso8859-5",
    "iso8859-9",
    "koi8-r",
    "koi8-u",
    "cp932",
    "gb18030",
    "big5",
    "cp949",
    "euc_jp",
    "cp874",
    "cp866",
    "cp852",
    "cp850",
    "mac-cyrillic",
    "mac-roman",
]
"""What trackers and spreadsheets write, besides UTF-8 and UTF-16; of two that are as likely, the first."""

_AS_LIKELY = 0.015
ENOUGH_BYTES = 50_000


@dataclass(frozen=True, slots=True)
class Decoded:
    """A way to read a file; `guessed` if another encoding could also be meant."""

    text: str
    encoding: str
    guessed: bool = False


def readings(raw: bytes, encoding: str | None, path: str) -> Iterator[Decoded]:
    """The ways to read the file, the likeliest first, at least one. Raises BadInput."""
    if encoding is not None:
        yield Decoded(_asked_for(raw, encoding, path), encoding)
        return
    certain = _certain(raw)
    if certain is not None:
        yield Decoded(_decoded(raw, certain, path), certain.removesuffix("-sig"))
        return
    found = 0
    for name in _likely(raw):
        if (text := _tried(raw, name)) is not None:
            found += 1
            yield Decoded(text, name, guessed=True)
    if not found:
        raise BadInput(f"{path}: its encoding can't be told; name it: --encoding cp1251")


def _certain(raw: bytes) -> str | None:
    """The encoding, if the bytes themselves show it."""
    for mark, name in BYTE_ORDER_MARKS:
        if raw.startswith(mark):
            return name
    start = raw[:4096]
    if b"\0" in start:
        return "utf-16-le" if start[1::2].count(0) >= start[::2].count(0) else "utf-16-be"
    return None if _tried(raw, UTF8) is None else UTF8


def _likely(raw: bytes) -> list[str]:
    """The common encodings, by how well they fit."""
    import chardet  # slow, and most files are UTF-8

    fit = {_codec(name): index for index, name in enumerate(COMMON)}
    confidence = dict.fromkeys(fit, 0.0)
    for each in chardet.detect_all(_telling(raw)):
        name = _codec(str(each["encoding"]))
        if name in confidence:
            confidence[name] = max(confidence[name], float(each["confidence"]))
    best = max(confidence.values())
    return sorted(fit, key=lambda name: (round((best - confidence[name]) / _AS_LIKELY), fit[name]))


def _telling(raw: bytes) -> bytes:
    """The first lines that are not ASCII: others tell nothing, and more take long."""
    kept: list[bytes] = []
    length = 0
    for line in io.BytesIO(raw):
        if not line.isascii():
            kept.append(line)
            length += len(line)
            if length > ENOUGH_BYTES:
                break
    return b"".join(kept)[:ENOUGH_BYTES]


def _codec(name: str) -> str:
    """Python's name of a codec; empty if it has none."""
    try:
        return codecs.lookup(name).name
    except LookupError:
        return ""


def _tried(raw: bytes, encoding: str) -> str | None:
    try:
        return raw.decode(encoding)
    except ValueError:
        return None


def _decoded(raw: bytes, encoding: str, path: str) -> str:
    """Decode a Unicode file, which may end in the middle of a character."""
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError as broken:
        raise BadInput(f"{path}: not {encoding} (byte {broken.start}); is the file complete?") from None


def _asked_for(raw: bytes, encoding: str, path: str) -> str:
    if not _codec(encoding):
        raise BadInput(f"--encoding {encoding} is not known; such as utf-8, utf-16, cp1251, cp1252")
    try:
        return raw.decode(encoding).removeprefix("\ufeff")
    except (UnicodeError, LookupError):
        raise BadInput(f"{path}: not {encoding}") from None
