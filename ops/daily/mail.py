"""`ates mail`: the mails that the local AWS has accepted, as it delivers none."""

import webbrowser
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Annotated, Any

import typer
from rich.table import Table

from ops.console.errors import BadInput, CommandFailed
from ops.console.options import AsJson, Stage
from ops.console.output import Output
from ops.stage import connection
from ops.stage.api_client import http_client
from ops.stage.installation_files import InstallationFiles
from shared.clock import rfc3339

NONE = "no mail was sent since the local AWS was started (it forgets them when it stops)"

Number = Annotated[
    int | None, typer.Argument(metavar="NUMBER", min=1, help="As listed; default: the latest.")
]
To = Annotated[str | None, typer.Option("--to", metavar="EMAIL", help="Only mails to this address.")]


@dataclass(frozen=True, slots=True)
class Mail:
    """`number` counts from the oldest mail, 1."""

    number: int
    sent_at: str
    to: str
    subject: str
    text: str
    html: str


def list_command(to: To = None, as_json: AsJson = False, stage: Stage = None) -> None:
    """List the mails that were sent, newest first."""
    found = [each for each in reversed(mails(stage)) if to in (None, each.to)]
    table = Table("number", "sent at", "to", "subject", box=None, pad_edge=False)
    for each in found:
        table.add_row(str(each.number), each.sent_at, each.to, each.subject)
    Output(as_json).result({"mails": [asdict(each) for each in found]}, table if found else NONE)


def show_command(number: Number = None, as_json: AsJson = False, stage: Stage = None) -> None:
    """Show a mail's text."""
    mail, out = _one(mails(stage), number), Output(as_json)
    if as_json:
        out.result(asdict(mail))
        return
    typer.echo(f"to: {mail.to}\nsubject: {mail.subject}\nsent at: {mail.sent_at}\n\n{mail.text}")


def open_command(number: Number = None, as_json: AsJson = False, stage: Stage = None) -> None:
    """Open a mail in a browser, as its reader sees it."""
    mail = _one(mails(stage), number)
    page = _page(connection.installation_files(), mail)
    Output(as_json).result({"address": page}, page)
    webbrowser.open(page)


def mails(stage: str | None) -> list[Mail]:
    """Oldest first. Raises BadInput for a stage on AWS, where SES keeps no copies."""
    if stage is not None:
        raise BadInput(f"SES keeps no mails of stage {stage}; `ates reports list` shows those not sent")
    with http_client() as http:
        answer = http.get(f"{connection.local_aws().endpoint}/_ministack/ses/messages")
    if not answer.is_success:
        raise CommandFailed("this emulator does not show the mails that it has accepted")
    stored = [mail for account in answer.json()["messages"].values() for mail in account]
    ordered = sorted(stored, key=lambda mail: float(mail["Timestamp"]))
    return [_mail(number, mail) for number, mail in enumerate(ordered, 1)]


def _mail(number: int, stored: dict[str, Any]) -> Mail:
    return Mail(
        number=number,
        sent_at=rfc3339(datetime.fromtimestamp(float(stored["Timestamp"]), UTC)),
        to=", ".join(stored["To"]),
        subject=stored["Subject"],
        text=stored["BodyText"] or "",
        html=stored["BodyHtml"] or "",
    )


def _one(found: list[Mail], number: int | None) -> Mail:
    if not found:
        raise CommandFailed(NONE)
    if number is not None and number > len(found):
        raise BadInput(f"there are {len(found)} mails, no number {number}")
    return found[(number or len(found)) - 1]


def _page(files: InstallationFiles, mail: Mail) -> str:
    """The address of a file with the mail."""
    files.create()
    is_html = bool(mail.html)
    path = files.folder / f"mail-{mail.number}.{'html' if is_html else 'txt'}"
    path.write_text(mail.html or mail.text, encoding="utf-8")
    return path.as_uri()
