"""The mail: its content, and that no input can break it."""

from collections import defaultdict
from dataclasses import replace
from email.header import decode_header, make_header
from email.message import EmailMessage
from html.parser import HTMLParser
from string import Formatter
from typing import Any

import pytest

from functions.notifications.domain import AddressUnknown, Recipient
from functions.notifications.rows import Report, ReportLine
from functions.notifications.send_report.mail import MAX_LINES, compose
from functions.notifications.send_report.words import LANGUAGES, Words
from tests.notifications.fakes import LETTERHEAD, REPORT_ID, parsed, text_of

DARIA = Recipient("daria@ates.example", "Daria Sokolova")
REPORT = Report(
    report_id=REPORT_ID,
    account_id="daria",
    business_day="2026-11-22",
    earned=123456,
    paid_out=120000,
    carried_over=0,
    currency="USD",
    entry_count=2,
    state="waiting",
    attempts=1,
    next_attempt_at="",
    created_at="",
    failure_told=False,
    correlation_id="chain-1",
    event_id="event-1",
)
FEE = ReportLine(
    REPORT_ID,
    1,
    "assignment_fee",
    1500,
    -1500,
    "2026-11-22T23:30:00.000Z",
    title="Water the plants",
    jira_id="POPUG-42",
)
PAYOUT = ReportLine(REPORT_ID, 2, "payout", 120000, 0, "2026-11-22T12:00:00.000Z")


def mail(*lines: ReportLine, to: Recipient = DARIA, **changes: Any) -> EmailMessage:
    shown = lines or (FEE, PAYOUT)
    return parsed(compose(replace(REPORT, **changes), shown, to, LETTERHEAD))


def test_a_report_has_its_headers() -> None:
    sent = mail()
    assert sent["From"] == "reports@ates.example"
    assert sent["To"] == "daria@ates.example"
    assert sent["Subject"] == (
        "Your day 2026-11-22: earned 1,234.56 USD, paid out 1,200.00 USD"
        " / Ваш день 2026-11-22: заработано 1,234.56 USD, выплачено 1,200.00 USD"
    )
    assert sent["X-Ates-Report-Id"] == REPORT_ID
    assert sent["X-Ates-Correlation-Id"] == "chain-1"
    assert sent["Auto-Submitted"] == "auto-generated"
    assert sent.get_content_type() == "multipart/alternative"


def test_text() -> None:
    assert text_of(mail(carried_over=-50)).replace("\r\n", "\n") == (
        "Hello Daria Sokolova,\n"
        "\n"
        "your business day 2026-11-22 is closed.\n"
        "\n"
        "Earned: 1,234.56 USD\n"
        "Paid out: 1,200.00 USD\n"
        "Carried over: -0.50 USD\n"
        "\n"
        "Entries of the day\n"
        "\n"
        "2026-11-23 00:30      -15.00 USD  Assignment fee: POPUG-42 Water the plants"
        "  (Balance: -15.00 USD)\n"
        "2026-11-22 13:00   -1,200.00 USD  Payout  (Balance: 0.00 USD)\n"
        "\n"
        "Times are in the time zone Europe/Berlin. Report daria#2026-11-22.\n"
        "\n"
        "========================================================================\n"
        "\n"
        "Здравствуйте, Daria Sokolova!\n"
        "\n"
        "Ваш рабочий день 2026-11-22 закрыт.\n"
        "\n"
        "Заработано: 1,234.56 USD\n"
        "Выплачено: 1,200.00 USD\n"
        "Перенесено: -0.50 USD\n"
        "\n"
        "Записи за день\n"
        "\n"
        "2026-11-23 00:30      -15.00 USD  Плата за назначение: POPUG-42 Water the plants"
        "  (Баланс: -15.00 USD)\n"
        "2026-11-22 13:00   -1,200.00 USD  Выплата  (Баланс: 0.00 USD)\n"
        "\n"
        "Время указано в часовом поясе Europe/Berlin. Отчёт daria#2026-11-22.\n"
    )


class Cells(HTMLParser):
    """The texts between tags, by language, and the tags."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: dict[str, list[str]] = defaultdict(list)
        self.tags: set[str] = set()
        self._languages: list[str] = []
        self.text = ""

    def handle_data(self, data: str) -> None:
        self.text += data
        self.texts[self._languages[-1] if self._languages else ""] += [data.strip()] if data.strip() else []

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.tags.add(tag)
        if tag in ("html", "div"):
            self._languages.append(dict(attrs)["lang"])

    def handle_endtag(self, tag: str) -> None:
        if tag in ("html", "div"):
            self._languages.pop()

    @property
    def all_texts(self) -> list[str]:
        return [text for texts in self.texts.values() for text in texts]


def read_html(sent: EmailMessage) -> Cells:
    cells = Cells()
    cells.feed(text_of(sent, "html"))
    return cells


HTML_TEXTS = {
    "en": (
        "Hello Daria Sokolova,",
        "Assignment fee: POPUG-42 Water the plants",
        "Times are in the time zone Europe/Berlin. Report daria#2026-11-22.",
    ),
    "ru": (
        "Здравствуйте, Daria Sokolova!",
        "Плата за назначение: POPUG-42 Water the plants",
        "Время указано в часовом поясе Europe/Berlin. Отчёт daria#2026-11-22.",
    ),
}
FIGURES = ("1,234.56 USD", "1,200.00 USD", "-0.50 USD", "2026-11-23 00:30", "-15.00 USD", "-1,200.00 USD")


@pytest.mark.parametrize("language", HTML_TEXTS)
def test_the_html_has_the_same_content(language: str) -> None:
    cells = read_html(mail(carried_over=-50))
    assert {*HTML_TEXTS[language], *FIGURES} <= set(cells.texts[language])


@pytest.mark.parametrize("part", ["title", "jira_id", "reason"])
@pytest.mark.parametrize(
    ("nasty", "shown"),
    [
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
        ("a\r\nBcc: eve@x.example\r\n\r\nb", "a Bcc: eve@x.example b"),
        ("a\u2028b\u0000c\u202ed", "a b c d"),
        ("{{ 7 * 7 }} {% endfor %} {name}", "{{ 7 * 7 }} {% endfor %} {name}"),
        ("--===============boundary==", "--===============boundary=="),
        ("ünï 中文 🦜" * 20, "ünï 中文 🦜" * 20),
    ],
)
def test_typed_text_cannot_break_the_mail(part: str, nasty: str, shown: str) -> None:
    typed: dict[str, Any] = {part: nasty}
    sent = mail(replace(FEE, **typed), PAYOUT)
    assert shown in text_of(sent)
    cells = read_html(sent)
    assert "script" not in cells.tags
    assert len([text for text in cells.all_texts if shown in text]) == len(LANGUAGES)
    assert sorted(sent.keys()) == sorted(mail().keys())
    assert [part.get_content_type() for part in sent.iter_parts()] == ["text/plain", "text/html"]


def test_a_name_cannot_add_a_header_or_a_tag() -> None:
    sent = mail(to=Recipient("daria@ates.example", "Da\r\nBcc: eve@x.example <b>ria</b>"))
    assert "Bcc" not in sent
    assert "Hello Da Bcc: eve@x.example <b>ria</b>," in text_of(sent)
    assert "b" not in read_html(sent).tags


def test_a_correlation_id_cannot_add_a_header() -> None:
    assert "Bcc" not in mail(correlation_id="x\r\nBcc: eve@x.example")


@pytest.mark.parametrize(
    "email",
    [
        "",
        "daria",
        "daria@",
        "@x.example",
        "d@x.example\r\nBcc: e@x.example",
        "a@x, b@x",
        "där@x.example",
        "d@bücher.example",
    ],
)
def test_an_invalid_address_raises_address_unknown(email: str) -> None:
    with pytest.raises(AddressUnknown) as raised:
        mail(to=Recipient(email, "Daria"))
    assert str(raised.value) == "the address is not valid"
    assert raised.value.__cause__ is None


@pytest.mark.parametrize("sender", ["reports@ates.example", f"{'r' * 60}@{'sub.' * 40}ates.example"])
@pytest.mark.parametrize("correlation_id", ["c", "c" * 50, "c" * 128, "c-" * 64])
@pytest.mark.parametrize("local", ["a", "a" * 64, "first.last+tag=" * 4])
def test_headers_are_unchanged_and_within_the_line_limits(
    sender: str, correlation_id: str, local: str
) -> None:
    """Read by the email package, and by hand, with the rules of RFC 5322 and RFC 2047."""
    address = f"{local}@{'d' * 40}.ates.example"
    report = replace(REPORT, correlation_id=correlation_id)
    raw = compose(report, [], Recipient(address, "Ann"), replace(LETTERHEAD, sender=sender))
    head = raw.partition(b"\r\n\r\n")[0].decode("ascii")
    for each in head.split("\r\n"):
        assert len(each) <= 78 or (each.count(" ") == 1 and len(each) <= 998), each
    given = {
        "From": sender,
        "To": address,
        "X-Ates-Report-Id": REPORT_ID,
        "X-Ates-Correlation-Id": correlation_id,
        "Auto-Submitted": "auto-generated",
        "MIME-Version": "1.0",
    }
    by_hand = dict(each.split(": ", 1) for each in head.replace("\r\n ", " ").split("\r\n"))
    assert {name: by_hand[name] for name in given} == given
    sent = parsed(raw)
    assert {name: str(sent[name]) for name in given} == given
    subject = (
        "Your day 2026-11-22: earned 1,234.56 USD, paid out 1,200.00 USD"
        " / Ваш день 2026-11-22: заработано 1,234.56 USD, выплачено 1,200.00 USD"
    )
    assert sent["Subject"] == str(make_header(decode_header(by_hand["Subject"]))) == subject


def test_the_lines_of_a_mail_are_7_bit_and_of_bounded_length() -> None:
    zoe = Recipient("zoe@ates.example", "Zoë")
    for line in (PAYOUT, replace(FEE, title="ü" * 200), replace(FEE, title="x" * 200)):
        raw = compose(REPORT, [line], zoe, LETTERHEAD)
        assert raw.isascii()
        assert max(map(len, raw.split(b"\r\n"))) < 998


def test_a_long_day_says_how_many_entries_are_not_shown() -> None:
    lines = [replace(FEE, entry_number=number) for number in range(1, MAX_LINES + 1)]
    raw = compose(replace(REPORT, entry_count=MAX_LINES + 234), lines, DARIA, LETTERHEAD)
    assert len(raw) < 2_000_000
    assert "234 more entries of this day are in your audit log." in text_of(parsed(raw))
    assert "Записей этого дня, которые есть только в вашем журнале: 234." in text_of(parsed(raw))
    assert "more entries" not in text_of(mail())
    assert "только в вашем журнале" not in text_of(mail())


@pytest.mark.parametrize("words", LANGUAGES, ids=lambda words: words.language)
def test_each_language_has_words_for_each_kind(words: Words) -> None:
    assert set(words.kinds) == {
        "assignment_fee",
        "completion_reward",
        "payout",
        "fee_correction",
        "reward_correction",
    }


def test_all_languages_have_the_same_phrases() -> None:
    """Each phrase has the same placeholders and is translated."""
    english, russian = LANGUAGES
    for name in set(Words.__dataclass_fields__) - {"kinds"}:
        ours, theirs = getattr(english, name), getattr(russian, name)
        assert ours != theirs
        assert placeholders(ours) == placeholders(theirs), name
    assert not set(english.kinds.values()) & set(russian.kinds.values())


def placeholders(phrase: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(phrase) if name}
