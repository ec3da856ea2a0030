"""Composes a report's mail, in text and HTML, safe for any title or name."""

from collections.abc import Sequence
from email.errors import MessageError
from email.header import Header
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from zoneinfo import ZoneInfo

from functions.notifications.domain import REPORT_HEADER, AddressUnknown, Letterhead, Recipient
from functions.notifications.rows import Report, ReportLine
from functions.notifications.send_report.layout import Part, ShownLine, as_html, as_text
from functions.notifications.send_report.words import LANGUAGES, Words
from shared.clock import parse_rfc3339
from shared.money import in_words
from shared.text import shown

MAX_LINES = 500
"""Further entries are only counted, which keeps a mail far below SES's limit."""

POLICY = SMTP.clone(cte_type="7bit")


def compose(
    report: Report, lines: Sequence[ReportLine], recipient: Recipient, letterhead: Letterhead
) -> bytes:
    """A mail of 7-bit lines; raises AddressUnknown if the address is not valid."""
    parts = [_part(words, report, lines, recipient, letterhead.timezone) for words in LANGUAGES]
    subject = " / ".join(part.phrase("subject") for part in parts)
    headers = {
        "From": letterhead.sender,
        "To": _address(recipient.email),
        "Subject": subject,
        REPORT_HEADER: report.report_id,
        "X-Ates-Correlation-Id": report.correlation_id,
        "Auto-Submitted": "auto-generated",
    }
    mail = EmailMessage(POLICY)
    mail.set_content(as_text(parts))
    mail.add_alternative(as_html(subject, parts), subtype="html")
    return b"".join(_header(name, text) for name, text in headers.items()) + mail.as_bytes()


def _header(name: str, text: str) -> bytes:
    """Not left to EmailMessage, which breaks long words and loses spaces, differently in each Python.

    ASCII texts are written as they are; others are encoded as a whole.
    """
    kept = shown(text)
    encoded = Header(kept, "utf-8", header_name=name).encode(linesep=POLICY.linesep)
    return f"{name}: {kept if kept.isascii() else encoded}\r\n".encode()


def _part(
    words: Words, report: Report, lines: Sequence[ReportLine], recipient: Recipient, timezone: str
) -> Part:
    return Part(
        words=words,
        texts={
            "day": report.business_day,
            "earned": in_words(report.earned, report.currency),
            "paid_out": in_words(report.paid_out, report.currency),
            "name": shown(recipient.name),
            "count": max(0, report.entry_count - len(lines)),
            "timezone": timezone,
            "report_id": shown(report.report_id),
        },
        carried_over=in_words(report.carried_over, report.currency),
        lines=[_shown(line, report.currency, words, timezone) for line in lines],
    )


def _shown(line: ReportLine, currency: str, words: Words, timezone: str) -> ShownLine:
    """The instant in the company's time zone, and what the entry was for."""
    instant = parse_rfc3339(line.source_occurred_at).astimezone(ZoneInfo(timezone))
    task = " ".join(shown(part) for part in (line.jira_id, line.title) if part)
    parts = [words.kinds[line.kind], task, shown(line.reason or "")]
    return ShownLine(
        time=f"{instant:%Y-%m-%d %H:%M}",
        entry=": ".join(part for part in parts if part),
        change=in_words(line.change, currency),
        balance=in_words(line.balance_after, currency),
    )


def _address(email: str) -> str:
    """SES delivers only to ASCII addresses."""
    try:
        address = Address(addr_spec=email)
    except (ValueError, MessageError, IndexError):
        raise AddressUnknown("the address is not valid") from None
    if not email.isascii() or not address.domain:
        raise AddressUnknown("the address is not valid")
    return address.addr_spec
