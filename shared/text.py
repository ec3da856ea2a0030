"""The one definition of the text that the product accepts: in requests, imports and events.

The character sets are written out, so that they don't depend on Python's Unicode version. Their syntax is
that of a character class in both Python and ECMAScript, for the OpenAPI documents.
"""

import re
import unicodedata
from collections.abc import Mapping
from itertools import chain, groupby
from typing import LiteralString

SPACES = r"\t\n\r \u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
LINE_BREAKS = r"\n\r\u2028\u2029"
CONTROLS = r"\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f"
SURROGATES = r"\ud800-\udfff"
BIDI_CONTROLS = r"\u202a-\u202e\u2066-\u2069"
NONCHARACTERS = r"\ufdd0-\ufdef\ufffe\uffff"
ASTRAL_NONCHARACTERS = "".join(f"\\U{plane:04x}fffe\\U{plane:04x}ffff" for plane in range(1, 17))
PUBLISHED = CONTROLS + BIDI_CONTROLS + NONCHARACTERS
"""What no text may hold, for patterns in documents: many regex engines refuse surrogates."""
REFUSED = PUBLISHED + SURROGATES
"""What no text may hold, besides the noncharacters above U+FFFF."""

UNSEEN = (
    SPACES + r"\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2060-\u2065\u206a-\u206f"
    r"\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb"
)
ASTRAL_UNSEEN = r"\U0001bca0-\U0001bca3\U0001d159\U0001d173-\U0001d17a\U000e0000-\U000e0fff"

# `re` compiles a pattern when it is first used; most texts need none (`_is_plain`).
_OBJECTIONS: Mapping[LiteralString, tuple[str, str]] = {
    "unpaired_surrogate": (f"[{SURROGATES}]", "holds half of a character (an unpaired surrogate)"),
    "control_character": (f"[{CONTROLS}]", "holds a control character"),
    "noncharacter": (f"[{NONCHARACTERS}{ASTRAL_NONCHARACTERS}]", "holds a code point that is no character"),
    "bidi_control": (f"[{BIDI_CONTROLS}]", "holds a control that overrides or isolates direction"),
}
_LINE_BREAK = rf"[{LINE_BREAKS}\t]"
_SPACES = "\t\n\r \u00a0\u1680" + "".join(map(chr, range(0x2000, 0x200B))) + "\u2028\u2029\u202f\u205f\u3000"
_SEEN = f"[^{UNSEEN}{ASTRAL_UNSEEN}]"
_NOT_SHOWN = rf"[{LINE_BREAKS}\t{REFUSED}{ASTRAL_NONCHARACTERS}]+"
_NOT_CARRIED = rf"[\u0000-\u0008\u000b\u000c\u000e-\u001f{SURROGATES}\ufffe\uffff]"
_SHORT = 1_000


class TextRefused(ValueError):
    """A text that isn't acceptable; the message continues after the field's name."""

    def __init__(self, code: LiteralString, message: str) -> None:
        super().__init__(message)
        self.code: LiteralString = code


def one_line(typed: str) -> str:
    """A text of one line as stored: in NFC, without white space at its ends; raises TextRefused."""
    text = _nfc(typed).strip(_SPACES)
    _check(text)
    if not _is_plain(text) and re.search(_LINE_BREAK, text):
        raise TextRefused("line_break", "holds a line break or a tab")
    return text


def prose(typed: str) -> str:
    """A text that may have line breaks and tabs, as stored: in NFC, else as typed; raises TextRefused."""
    text = _nfc(typed)
    _check(text)
    return text


def _nfc(text: str) -> str:
    """Sort combining marks first: Python's insertion sort takes seconds for thousands of them."""
    if len(text) > _SHORT and not text.isascii():
        parts = "".join(unicodedata.normalize("NFD", character) for character in text)
        runs = (sorted(run, key=unicodedata.combining) for _, run in groupby(parts, _is_mark))
        text = "".join(chain.from_iterable(runs))
    return unicodedata.normalize("NFC", text)


def _is_mark(character: str) -> bool:
    return unicodedata.combining(character) > 0


def _is_plain(text: str) -> bool:
    """Whether all its characters are printable ASCII ones: no pattern here matches any but the space."""
    return text.isascii() and text.isprintable()


def _check(text: str) -> None:
    if _is_plain(text) and text.strip():
        return
    for code, (characters, message) in _OBJECTIONS.items():
        if found := re.search(characters, text):
            raise TextRefused(code, f"{message}: U+{ord(found[0]):04X}")
    if not re.search(_SEEN, text):
        raise TextRefused("nothing_visible", "has no visible character")


def shown(text: str) -> str:
    """Any text, even an old one, as one line without characters that could break its display."""
    return re.sub(_NOT_SHOWN, " ", text).strip(_SPACES)


def folded(text: str) -> str:
    """The same for texts that differ only in case or normal form."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFD", text).casefold())


def deliverable(text: str) -> str:
    """A text that SQS accepts: it refuses a whole message for one forbidden character."""
    return text if _is_plain(text) else re.sub(_NOT_CARRIED, "\ufffd", text)


def line_pattern(also_refused: str = "") -> str:
    """The pattern of texts that `one_line` accepts; it considers only characters up to U+FFFF."""
    refused = PUBLISHED + also_refused
    kept = rf"[^\t{LINE_BREAKS}{refused}]*"
    return rf"^[{SPACES}]*{kept}[^{UNSEEN}{refused}]{kept}[{SPACES}]*$"


def prose_pattern() -> str:
    """The pattern of texts that `prose` accepts; it considers only characters up to U+FFFF."""
    return rf"^[^{PUBLISHED}]*[^{UNSEEN}{PUBLISHED}][^{PUBLISHED}]*$"
