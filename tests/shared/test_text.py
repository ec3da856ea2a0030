"""Which text is accepted, judged by Unicode's own properties, not the product's lists."""

import re
import time
import unicodedata

import pytest

from shared.text import TextRefused, deliverable, folded, line_pattern, one_line, prose, prose_pattern, shown

EVERY = [chr(point) for point in range(0x110000)]
BIDI = set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
BREAKS = set("\t\n\r\u2028\u2029")
# Visible signs that Unicode counts as format characters: Arabic, Syriac, Kaithi, Egyptian.
DRAWN = {
    0x0890,
    0x0891,
    0x08E2,
    0x06DD,
    0x070F,
    0x110BD,
    0x110CD,
    *range(0x0600, 0x0606),
    *range(0x13430, 0x13440),
}
SEQUENCES = [
    "👨‍👩‍👧‍👦",
    "🏳️‍🌈",
    "🇷🇺🇩🇪",
    "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
    "👍🏽",
    "1️⃣",
    "نمی‌خواهم",
    "क्‍ष",
    "שָׁלוֹם עולם",
    "g̈ ŏ̈",
    "\u200eleft\u200f",
    "a\u00adb",
]


def code_of(typed: str, take: object = one_line) -> str:
    try:
        take(typed)  # type: ignore[operator]
    except TextRefused as refusal:
        return refusal.code
    return ""


def noncharacter(point: int) -> bool:
    return 0xFDD0 <= point <= 0xFDEF or point & 0xFFFE == 0xFFFE


def expected(character: str) -> str:
    """Its error code inside a text of one line."""
    category = unicodedata.category(character)
    if category == "Cs":
        return "unpaired_surrogate"
    if noncharacter(ord(character)):
        return "noncharacter"
    if character in BREAKS:
        return "line_break"
    if category == "Cc":
        return "control_character"
    return "bidi_control" if character in BIDI else ""


def test_every_unicode_character_is_judged_in_one_line() -> None:
    assert sum(noncharacter(ord(character)) for character in EVERY) == 66
    wrong = [ord(each) for each in EVERY if code_of(f"a{each}b") != expected(each)]
    assert wrong == []


def test_every_unicode_character_is_judged_in_several_lines() -> None:
    wrong = [
        ord(each)
        for each in EVERY
        if code_of(f"a{each}b", prose) != ("" if each in BREAKS else expected(each))
    ]
    assert wrong == []


def test_a_text_of_invisible_characters_is_refused() -> None:
    unseen = [
        each
        for each in EVERY
        if unicodedata.category(each) in ("Cf", "Zs", "Zl", "Zp") and ord(each) not in DRAWN
    ]
    assert [ord(each) for each in unseen if not code_of(each)] == []
    everything = "".join(each for each in unseen if each not in BIDI)
    assert code_of(everything, prose) == code_of(everything.replace("\u2028", "").replace("\u2029", ""))
    assert code_of(everything, prose) == "nothing_visible"


@pytest.mark.parametrize(
    "typed", ["", " ", "\u200b", "\u2800", "\u3164", "\u115f", "\ufe0f", "\u034f", "\U000e0041"]
)
def test_blank_letters_and_marks_count_as_invisible(typed: str) -> None:
    assert code_of(typed) == code_of(typed, prose) == "nothing_visible"


def test_letters_digits_marks_and_symbols_count_as_visible() -> None:
    blank = {"\u115f", "\u1160", "\u3164", "\uffa0", "\u2800", "\u034f", "\u17b4", "\u17b5", "\U0001d159"}
    seen = [
        each
        for each in EVERY
        if unicodedata.category(each)[0] in "LNPSM"
        and each not in blank
        and "VARIATION SELECTOR" not in unicodedata.name(each, "")
    ]
    assert [ord(each) for each in seen if code_of(each)] == []


@pytest.mark.parametrize("typed", SEQUENCES)
def test_sequences_stay_as_typed(typed: str) -> None:
    assert one_line(typed) == prose(typed) == shown(typed) == unicodedata.normalize("NFC", typed)
    assert one_line(one_line(typed)) == one_line(typed)


def test_a_text_is_brought_to_nfc_and_stripped() -> None:
    assert one_line("\n  cafe\u0301\u3000\t") == "caf\u00e9"
    assert prose("  e\u0301:\r\n\t1\n") == "  \u00e9:\r\n\t1\n"


def test_a_refusal_names_the_character() -> None:
    with pytest.raises(TextRefused, match=r"holds a control character: U\+0007"):
        one_line("ding\a")


@pytest.mark.parametrize(("pattern", "take"), [(line_pattern(), one_line), (prose_pattern(), prose)])
def test_the_published_pattern_accepts_the_same_texts(pattern: str, take: object) -> None:
    matches = re.compile(pattern).search
    for each in EVERY[:0xD800] + EVERY[0xE000:0x10000]:
        for typed in (each, f"a{each}b", f" {each}", f"{each} \n"):
            assert bool(matches(typed)) == (not code_of(typed, take)), (hex(ord(each)), typed)


def test_accepted_text_passes_sqs_unchanged() -> None:
    """By SQS's documented list of characters."""

    def sqs_takes(character: str) -> bool:
        point = ord(character)
        return (
            point in (0x9, 0xA, 0xD) or 0x20 <= point <= 0xD7FF or 0xE000 <= point <= 0xFFFD or point > 0xFFFF
        )

    assert [each for each in EVERY if (deliverable(each) == each) != sqs_takes(each)] == []
    assert [each for each in EVERY if not code_of(f"a{each}b", prose) and deliverable(each) != each] == []
    assert {deliverable(each) for each in EVERY if not sqs_takes(each)} == {"\ufffd"}


def test_thousands_of_combining_marks_are_fast() -> None:
    marks = "a" + "\u0301" * 20_000 + "\u0316" * 20_000 + "\u0f73" * 20_000
    began = time.process_time()
    kept = prose(marks)
    assert time.process_time() - began < 2
    short = "a" + "\u0301" * 20 + "\u0316" * 20 + "\u0f73" * 20
    assert prose(short * 20) == unicodedata.normalize("NFC", short * 20)
    assert unicodedata.normalize("NFD", kept).count("\u0316") == 20_000


@pytest.mark.parametrize(
    ("part", "title"),
    [
        ("йогурт CAFÉ", "Новыи\u0306 и\u0306огурт cafe\u0301"),
        ("STRASSE", "Große Straße"),
        ("cafe\u0301", "CAFÉ"),
        ("ὈΔΥΣΣΕΎΣ", "ὀδυσσεύς"),
    ],
)
def test_folded_text_matches_in_any_case_and_normal_form(part: str, title: str) -> None:
    assert folded(part) in folded(title)


def test_any_text_is_shown_as_one_line() -> None:
    assert shown(" a\tb\n\nc ") == "a b c"
    assert shown("a\u202eb\u0000c\ud800d\uffffe") == "a b c d e"
    assert shown("a  b") == "a  b"
