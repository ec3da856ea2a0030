"""The command line `ates`: its commands, and how they end."""

import io
import signal
import sys
import traceback
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import typer
from botocore.exceptions import BotoCoreError, ClientError, EndpointConnectionError
from httpx import ConnectError, HTTPError

from ops.audit import verify
from ops.console.errors import BadInput, CommandFailed
from ops.console.output import complain
from ops.daily import close_day, operations, reports, simulate, status
from ops.importing import import_tasks
from ops.local import down, new_use_case, publish_dashboards, token, up
from ops.local.demo import command as demo
from ops.recovery import (
    backup,
    dlq,
    guard,
    rebuild_analytics,
    rebuild_bus,
    rebuild_payouts,
    reconcile,
    regenerate,
    replay,
    restore,
)
from ops.stage import connection

# Typer's exit code for Ctrl-C.
INTERRUPTED = 130

HELP = "aTES on your own machine: the local AWS's life and the operator's daily work."

COMMANDS: Mapping[str, Callable[..., None]] = {
    "up": up.command,
    "down": down.command,
    "clean": down.clean_command,
    "demo": demo.command,
    "token": token.command,
    "status": status.command,
    "import": import_tasks.command,
    "close-day": close_day.command,
    "verify": verify.command,
    "operations": operations.command,
    "simulate": simulate.command,
    "backup": backup.command,
    "restore": restore.command,
    "replay": replay.command,
    "regenerate": regenerate.command,
    "guard": guard.command,
    "accounts reconcile": reconcile.command,
    "dlq list": dlq.list_command,
    "dlq show": dlq.show_command,
    "dlq redrive": dlq.redrive_command,
    "dlq discard": dlq.discard_command,
    "rebuild analytics": rebuild_analytics.command,
    "rebuild bus": rebuild_bus.command,
    "rebuild payouts": rebuild_payouts.command,
    "reports list": reports.list_command,
    "reports retry": reports.retry_command,
    "web publish": publish_dashboards.command,
    "new use-case": new_use_case.command,
}

GROUPS: Mapping[str, str] = {
    "accounts": "Accounts and their users in the user pool.",
    "dlq": "Dead letters: messages that consumers gave up.",
    "rebuild": "Recreate the bus or analytics' figures; book missing payouts.",
    "reports": "Reports that wait or have failed.",
    "web": "The dashboards.",
    "new": "For developers: files that begin something new.",
}


def _app() -> typer.Typer:
    app = typer.Typer(
        name="ates", help=HELP, add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False
    )
    groups = {name: typer.Typer(help=text, no_args_is_help=True) for name, text in GROUPS.items()}
    for name, command in COMMANDS.items():
        group, _, last = name.rpartition(" ")
        (groups[group] if group else app).command(name=last)(command)
    for name, group_app in groups.items():
        app.add_typer(group_app, name=name)
    return app


app = _app()


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit code; an error is one line on standard error."""
    given = list(sys.argv[1:] if arguments is None else arguments) or ["--help"]
    name = " ".join(["ates", *[word for word in given[:1] if not word.startswith("-")]])
    _replace_what_the_terminal_lacks()
    try:
        code = int(typer.main.get_command(app).main(given, prog_name="ates", standalone_mode=False) or 0)
        message = "interrupted" if code == INTERRUPTED else ""
    except Exception as error:
        code, message = ending(error)
    if message:
        complain(name, message)
    return code


def ending(error: Exception) -> tuple[int, str]:
    """The exit code and the line for an error; an unexpected one is also written to the crash log."""
    if isinstance(error, typer.Abort):
        return INTERRUPTED, "nothing was done, as the question was not answered (--yes answers it)"
    if isinstance(error, CommandFailed):
        return error.exit_code, str(error)
    if isinstance(error, typer.TyperException):
        return BadInput.exit_code, error.format_message()
    if isinstance(error, (EndpointConnectionError, ConnectError)):
        return CommandFailed.exit_code, f"nothing answers ({error}); run `make up` to start the local AWS"
    if isinstance(error, (BotoCoreError, ClientError, HTTPError, OSError)):
        return CommandFailed.exit_code, f"{error} ({type(error).__name__})"
    return CommandFailed.exit_code, f"internal error: {error!r} (details: {_saved(error)})"


def _replace_what_the_terminal_lacks() -> None:
    """A character that the terminal's encoding lacks must not lose the whole report."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def _saved(error: Exception) -> Path:
    files = connection.installation_files()
    files.create()
    files.crash_log.write_text("".join(traceback.format_exception(error)), encoding="utf-8")
    return files.crash_log


def _interrupt(*_: object) -> None:
    """SIGTERM ends a command as Ctrl-C does, so that it can undo what it began."""
    raise KeyboardInterrupt


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, _interrupt)
    sys.exit(main())
