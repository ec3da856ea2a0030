"""The command line `ates`: its commands, and how they end."""

import io
import signal
import sys
import tomllib
import traceback
from collections.abc import Callable, Mapping, Sequence
from itertools import takewhile
from pathlib import Path
from typing import Annotated

import typer
from botocore.exceptions import BotoCoreError, ClientError, EndpointConnectionError
from httpx import ConnectError, HTTPError

from infra.package import ROOT
from ops.audit import verify
from ops.console.errors import BadInput, CommandFailed
from ops.console.groups import Command, Group
from ops.console.output import complain
from ops.daily import (
    accounts,
    close_day,
    correct,
    logs,
    mail,
    open_dashboards,
    operations,
    policy,
    reports,
    simulate,
    status,
    token,
)
from ops.deploying import deploy, destroy
from ops.importing import import_tasks
from ops.local import dev, down, env, new_use_case, publish_dashboards, up
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
    resume,
)
from ops.stage import connection

# Typer's exit code for Ctrl-C.
INTERRUPTED = 130

HELP = "aTES on your own machine: runs a local AWS, and does the operator's daily work on any stage."
# Words of the libraries, and what a user is told instead.
PLAIN_WORDS = (
    ("Value error, ", ""),
    ("Input should be a valid integer, unable to parse string as an integer", "must be a whole number"),
    ("Input should be", "must be"),
)

# What follows the first word, and unknown options, are another program's.
PASSES_OPTIONS = {"ignore_unknown_options": True, "allow_interspersed_args": False}

COMMANDS: Mapping[str, Callable[..., None]] = {
    "up": up.command,
    "down": down.command,
    "clean": down.clean_command,
    "demo": demo.command,
    "token": token.command,
    "dev": dev.command,
    "env": env.env_command,
    "aws": env.aws_command,
    "deploy": deploy.command,
    "destroy": destroy.command,
    "status": status.command,
    "import": import_tasks.command,
    "close-day": close_day.command,
    "verify": verify.command,
    "operations": operations.command,
    "policy": policy.command,
    "simulate": simulate.command,
    "backup": backup.command,
    "restore": restore.command,
    "replay": replay.command,
    "regenerate": regenerate.command,
    "resume": resume.command,
    "guard": guard.command,
    "open": open_dashboards.command,
    "logs": logs.command,
    "correct": correct.command,
    "mail list": mail.list_command,
    "mail show": mail.show_command,
    "mail open": mail.open_command,
    "accounts list": accounts.list_command,
    "accounts invite": accounts.invite_command,
    "accounts change": accounts.change_command,
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
    "mail": "The mails that the local AWS has accepted.",
    "dlq": "Dead letters: messages that consumers gave up.",
    "rebuild": "Recreate the bus or analytics' figures; book missing payouts.",
    "reports": "Reports that wait or have failed.",
    "web": "The dashboards.",
    "new": "For developers: files that begin something new.",
}


def _version(wanted: bool) -> None:
    if wanted:
        project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
        typer.echo(f"ates {project['version']}")
        raise typer.Exit


def _root(
    _version: Annotated[
        bool, typer.Option("--version", is_eager=True, callback=_version, help="Show the version.")
    ] = False,
) -> None:
    """Options before the command."""


def _app() -> typer.Typer:
    app = typer.Typer(
        name="ates",
        help=HELP,
        cls=Group,
        context_settings={"help_option_names": ["-h", "--help"]},
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
    )
    app.callback()(_root)
    groups = {name: typer.Typer(help=text, cls=Group) for name, text in GROUPS.items()}
    for name, command in COMMANDS.items():
        group, _, last = name.rpartition(" ")
        settings = PASSES_OPTIONS if name == "aws" else None
        target = groups[group] if group else app
        target.command(name=last, cls=Command, context_settings=settings)(command)
    for name, group_app in groups.items():
        app.add_typer(group_app, name=name)
    return app


app = _app()


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit code; an error is one line on standard error."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    name = " ".join(["ates", *_command(given)])
    _replace_what_the_terminal_lacks()
    try:
        code = int(typer.main.get_command(app).main(given, prog_name="ates", standalone_mode=False) or 0)
        message = "interrupted" if code == INTERRUPTED else ""
    except Exception as error:
        code, message = ending(error)
    if message:
        complain(name, message)
    return code


def _command(given: Sequence[str]) -> list[str]:
    """The words that name the command, as far as they were given."""
    most = 2 if given and given[0] in GROUPS else 1
    return list(takewhile(lambda word: not word.startswith("-"), given[:most]))


def ending(error: Exception) -> tuple[int, str]:
    """The exit code and the line for an error; an unexpected one is also written to the crash log."""
    if isinstance(error, typer.Abort):
        return INTERRUPTED, "nothing was done, as the question was not answered (--yes answers it)"
    if isinstance(error, CommandFailed):
        return error.exit_code, str(error)
    if isinstance(error, typer.TyperException):
        return BadInput.exit_code, _in_plain_words(error.format_message())
    if isinstance(error, (EndpointConnectionError, ConnectError)):
        return CommandFailed.exit_code, f"nothing answers ({error}); run `make up` to start the local AWS"
    if isinstance(error, (BotoCoreError, ClientError, HTTPError, OSError)):
        return CommandFailed.exit_code, _reason(error)
    return CommandFailed.exit_code, f"an error in ates itself; its details are in {_saved(error)}"


def _reason(error: Exception) -> str:
    """What AWS, an API or the operating system said; a table that is missing is named."""
    if isinstance(error, ClientError):
        said = error.response["Error"]
        if table := said.get("Table"):
            return f"table {table} does not exist; `ates status` names the command that brings it back"
        return f"{error.operation_name} was refused: {said.get('Message') or said['Code']}"
    if isinstance(error, OSError) and error.strerror:
        return f"{error.strerror}: {error.filename}" if error.filename else error.strerror
    return str(error) or "no answer came in time"


def _in_plain_words(message: str) -> str:
    for theirs, ours in PLAIN_WORDS:
        message = message.replace(theirs, ours)
    return message


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
