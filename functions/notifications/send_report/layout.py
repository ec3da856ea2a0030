"""The layout of a report's mail: as text, and as HTML in which every text is escaped."""

from collections.abc import Mapping, Sequence
from html import escape

from functions.notifications.send_report.words import Words
from shared.frozen import Frozen

RULE = f"\n{'=' * 72}\n\n"
BETWEEN = "<hr>\n"


class ShownLine(Frozen):
    """A line of the report as it is shown."""

    time: str
    entry: str
    change: str
    balance: str


class Part(Frozen):
    """The whole report in one language; `texts` fill in its phrases."""

    words: Words
    texts: Mapping[str, str | int]
    carried_over: str
    lines: Sequence[ShownLine]

    def phrase(self, name: str) -> str:
        return str(getattr(self.words, name)).format(**self.texts)

    @property
    def more(self) -> str:
        """What is said of entries that aren't shown, if there are any."""
        return self.phrase("more") if self.texts["count"] else ""


def as_text(parts: Sequence[Part]) -> str:
    return RULE.join(map(_text, parts))


def _text(part: Part) -> str:
    words, texts = part.words, part.texts
    lines = "".join(
        f"{line.time}  {line.change.rjust(14)}  {line.entry}  ({words.balance}: {line.balance})\n"
        for line in part.lines
    )
    more = f"\n{part.more}\n" if part.more else ""
    return f"""\
{part.phrase("greeting")}

{part.phrase("intro")}

{words.earned}: {texts["earned"]}
{words.paid_out}: {texts["paid_out"]}
{words.carried_over}: {part.carried_over}

{words.entries}

{lines}{more}
{part.phrase("closing")}
"""


def as_html(subject: str, parts: Sequence[Part]) -> str:
    return f"""\
<!DOCTYPE html>
<html lang="{escape(parts[0].words.language)}">
<head>
<meta charset="utf-8">
<title>{escape(subject)}</title>
</head>
<body style="font-family: sans-serif; line-height: 1.4">
{BETWEEN.join(map(_html, parts))}\
</body>
</html>
"""


def _html(part: Part) -> str:
    words, texts = part.words, part.texts
    sums = (
        (words.earned, texts["earned"]),
        (words.paid_out, texts["paid_out"]),
        (words.carried_over, part.carried_over),
    )
    more = f"<p>{escape(part.more)}</p>\n" if part.more else ""
    return f"""\
<div lang="{escape(words.language)}">
<p>{escape(part.phrase("greeting"))}</p>
<p>{escape(part.phrase("intro"))}</p>
<table role="presentation" cellpadding="4">
{"".join(_sum_row(name, str(amount)) for name, amount in sums)}\
</table>
<h2 style="font-size: 1.1em">{escape(words.entries)}</h2>
<table cellpadding="4" style="border-collapse: collapse">
<thead>
{_heads(words)}\
</thead>
<tbody>
{"".join(map(_line_row, part.lines))}\
</tbody>
</table>
{more}\
<p style="color: #555; font-size: 0.9em">{escape(part.phrase("closing"))}</p>
</div>
"""


def _sum_row(name: str, amount: str) -> str:
    return f'<tr><td>{escape(name)}</td><td align="right"><strong>{escape(amount)}</strong></td></tr>\n'


def _heads(words: Words) -> str:
    heads = ((words.time, "left"), (words.entry, "left"), (words.change, "right"), (words.balance, "right"))
    cells = "".join(f'<th scope="col" align="{align}">{escape(head)}</th>' for head, align in heads)
    return f"<tr>{cells}</tr>\n"


def _line_row(line: ShownLine) -> str:
    return (
        f"<tr><td>{escape(line.time)}</td><td>{escape(line.entry)}</td>"
        f'<td align="right">{escape(line.change)}</td><td align="right">{escape(line.balance)}</td></tr>\n'
    )
