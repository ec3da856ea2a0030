"""The command line `ates`: what its commands are called and take, and how they end."""

import signal
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from botocore.exceptions import BotoCoreError, ClientError, EndpointConnectionError
from httpx import ConnectError, HTTPError

from ops.audit import verify
from ops.console import options
from ops.console.errors import BadInput, CommandFailed
from ops.console.options import AllowRemote, As, AsJson, Concurrency, Port, Stage, WebPort
from ops.console.output import Output, complain
from ops.console.wait import Timer
from ops.daily import close_day, import_tasks, jira_export, reports, simulate, status
from ops.local import down, publish_dashboards, token, up
from ops.local.demo import command as demo
from ops.recovery import backup, dlq, guard, rebuild, reconcile, regenerate, replay, restore
from ops.stage import operation_log
from ops.stage.api_client import http_client
from ops.stage.target import DEFAULT_PORT
from shared.clock import system_clock

# What typer makes of a Ctrl-C.
INTERRUPTED = 130

app = typer.Typer(
    name="ates",
    help="aTES on your own machine: the local AWS's life and the operator's daily work.",
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)

app.add_typer(reconcile.app, name="accounts")
app.add_typer(dlq.app, name="dlq")
app.add_typer(rebuild.app, name="rebuild")
app.add_typer(reports.app, name="reports")
app.add_typer(publish_dashboards.app, name="web")
app.command(name="demo")(demo.command)
app.command(name="regenerate")(regenerate.command)
app.command(name="backup")(backup.command)
app.command(name="restore")(restore.command)
app.command(name="guard")(guard.command)
app.command(name="replay")(replay.command)
app.command(name="simulate")(simulate.command)

Backlog = Annotated[Path, typer.Argument(help="Jira's CSV export, or one JSON object per line.")]
Through = Annotated[
    str | None, typer.Option("--through", metavar="DATE", help="On dev: close as if this day were over.")
]
OneAccount = Annotated[
    str | None, typer.Option("--account", metavar="ACCOUNT_ID", help="This account's ledger alone.")
]
Half = Annotated[
    verify.Half | None, typer.Option("--only", help="The ledger by itself, or the services with each other.")
]


@app.command(name="up")
def _up(
    port: Port = DEFAULT_PORT,
    web_port: WebPort = None,
    allow_remote: AllowRemote = False,
    as_json: AsJson = False,
) -> None:
    """Start or update the local AWS, with demo accounts and the dashboards."""
    home, out = options.home(), Output(as_json)
    up.show(home, out, up.up(home, out, port, allow_remote, Timer(), web_port))


@app.command(name="down")
def _down(as_json: AsJson = False) -> None:
    """Stop the local AWS; `up` goes on from there."""
    down.down(options.home(), Output(as_json), Timer())


@app.command(name="clean")
def _clean(as_json: AsJson = False) -> None:
    """Stop the local AWS and wipe all it holds."""
    down.clean(options.home(), Output(as_json), Timer())


@app.command(name="status")
def _status(as_json: AsJson = False, stage: Stage = None) -> None:
    """Stacks, queues, dead letters, events, last close."""
    found = status.status(options.aws(stage), system_clock)
    status.report(Output(as_json), found)
    if not found.well:
        raise typer.Exit(CommandFailed.exit_code)


@app.command(name="token")
def _token(who: As, as_json: AsJson = False) -> None:
    """An access token, from a real sign-in."""
    found = options.installed()
    account = found.account(who)
    with http_client() as http:
        granted = token.token(http, found, account)
    data = {"access_token": granted.value, "expires_at": int(granted.expires_at), "email": account.email}
    Output(as_json).result(data, granted.value)


@app.command(name="import")
def _import(
    file: Backlog,
    who: As = "manager",
    concurrency: Concurrency = import_tasks.CONCURRENCY,
    as_json: AsJson = False,
) -> None:
    """A task for each row of a backlog; safe to repeat."""
    rows = jira_export.read(file)
    found, out = options.installed(), Output(as_json)
    account = found.account(who)
    with http_client() as http, import_tasks.progress_bar(out) as bar:
        shown = bar.add_task("", total=sum(isinstance(row, jira_export.Task) for row in rows))
        api = token.api(http, found, found.apis.tracking, account)
        report = import_tasks.import_tasks(
            api, account.account_id, rows, concurrency, lambda: bar.advance(shown)
        )
    import_tasks.report(out, report)
    if not report.well:
        raise typer.Exit(CommandFailed.exit_code)


@app.command(name="close-day")
def _close_day(through: Through = None, as_json: AsJson = False, stage: Stage = None) -> None:
    """Close the days that are over, and say what closed."""
    out = Output(as_json)
    close_day.report(out, close_day.close_day(options.aws(stage), out, through, system_clock, Timer()))


@app.command(name="verify")
def _verify(
    account: OneAccount = None, only: Half = None, as_json: AsJson = False, stage: Stage = None
) -> None:
    """Work the ledger out again, and compare the services: does everything add up, and agree?"""
    out, aws = Output(as_json), options.aws(stage)
    if not verify.everything(aws, account, only, out, Timer()):
        raise typer.Exit(CommandFailed.exit_code)


@app.command(name="operations")
def _operations(as_json: AsJson = False, stage: Stage = None) -> None:
    """Who did what when, with these commands; newest first."""
    operation_log.report(Output(as_json), operation_log.listed(options.aws(stage), system_clock))


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit code; whatever goes wrong is one line on standard error."""
    given = list(sys.argv[1:] if arguments is None else arguments) or ["--help"]
    name = " ".join(["ates", *[word for word in given[:1] if not word.startswith("-")]])
    try:
        code = int(typer.main.get_command(app).main(given, prog_name="ates", standalone_mode=False) or 0)
        message = "interrupted" if code == INTERRUPTED else ""
    except Exception as error:
        code, message = ending(error)
    if message:
        complain(name, message)
    return code


def ending(error: Exception) -> tuple[int, str]:
    """The exit code and the line for an error; what nobody foresaw goes to the crash log whole."""
    if isinstance(error, CommandFailed):
        return error.exit_code, str(error)
    if isinstance(error, typer.TyperException):
        return BadInput.exit_code, error.format_message()
    if isinstance(error, (EndpointConnectionError, ConnectError)):
        return CommandFailed.exit_code, f"nothing answers ({error}); `make up` starts the local AWS"
    if isinstance(error, (BotoCoreError, ClientError, HTTPError, OSError)):
        return CommandFailed.exit_code, f"{error} ({type(error).__name__})"
    return CommandFailed.exit_code, f"internal error: {error!r} (all of it: {_kept(error)})"


def _kept(error: Exception) -> Path:
    home = options.home()
    home.create()
    home.crash_log.write_text("".join(traceback.format_exception(error)), encoding="utf-8")
    return home.crash_log


def _interrupt(*_: object) -> None:
    """A polite kill ends a command as Ctrl-C does: what it began is taken back."""
    raise KeyboardInterrupt


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, _interrupt)
    sys.exit(main())
