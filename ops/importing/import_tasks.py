"""`ates import`: brings a backlog in; the same task twice is one task."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from botocore.exceptions import BotoCoreError
from httpx import HTTPError
from rich.text import Text

from ops.console.ask import confirmed
from ops.console.errors import BadInput, CommandFailed, NotUp, Unreachable
from ops.console.options import As, AsJson, DryRun, Stage, Yes
from ops.console.output import Output
from ops.console.words import counted
from ops.importing import import_record, undo_import
from ops.importing.backlog import BRACKETS, BacklogTask, Brackets, Wishes
from ops.importing.import_record import ImportRecord
from ops.importing.outcome import Outcomes
from ops.importing.preview import preview, unasked
from ops.importing.reading import Backlog, mapping_of, read
from ops.importing.send_tasks import send_tasks
from ops.stage import connection, stage_api
from ops.stage.api_client import Api

CONCURRENCY = 8
MAX_CONCURRENCY = 64

File = Annotated[Path, typer.Argument(metavar="FILE", help="What the old tracker exported: CSV or JSON.")]
Map = Annotated[
    list[str] | None,
    typer.Option(
        "--map",
        metavar="FIELD=COLUMN",
        help="The column of title, jira_id, description or status; may repeat.",
    ),
]
Project = Annotated[
    str | None, typer.Option(metavar="KEY", help="Makes jira_ids of ids that are numbers: 12 is KEY-12.")
]
WithoutIds = Annotated[bool, typer.Option("--without-ids", help="Import rows that have no id, too.")]
WithDone = Annotated[bool, typer.Option("--with-done", help="Import what is done in the old tracker, too.")]
HowBrackets = Annotated[
    str, typer.Option("--brackets", metavar="HOW", help="Of [ ] in titles: refuse, remove or parentheses.")
]
Encoding = Annotated[
    str | None, typer.Option(metavar="NAME", help="The file's encoding, if it is guessed wrongly.")
]
Undo = Annotated[bool, typer.Option("--undo", help="Cancel what an import of FILE made and is still open.")]
Concurrency = Annotated[
    int, typer.Option(metavar="NUMBER", min=1, max=MAX_CONCURRENCY, help="Requests at once.")
]


def command(
    file: File,
    undo: Undo = False,
    dry_run: DryRun = False,
    yes: Yes = False,
    project: Project = None,
    without_ids: WithoutIds = False,
    with_done: WithDone = False,
    brackets: HowBrackets = "refuse",
    map_to: Map = None,
    encoding: Encoding = None,
    who: As = "manager",
    concurrency: Concurrency = CONCURRENCY,
    as_json: AsJson = False,
    stage: Stage = None,
) -> None:
    """Create a task for each new row of a backlog.

    First shows what it would do and cost, and asks. Safe to repeat.
    """
    if as_json and not (yes or dry_run):
        raise BadInput("--json can't ask: add --yes or --dry-run")
    wishes = Wishes(project, without_ids, with_done, _brackets(brackets))
    backlog = None if undo else read(file, wishes, mapping_of(map_to or ()), encoding)
    out = Output(as_json)
    try:
        with stage_api.opened("tracking", who, stage) as api:
            calls = Calls(api, out, concurrency, dry_run, yes)
            account_id = stage_api.caller(who, stage)
            ok = calls.undo(file) if backlog is None else calls.bring_in(file, backlog, account_id)
    except (NotUp, Unreachable, HTTPError, BotoCoreError) as away:
        if backlog is None or not dry_run:
            raise
        ok = _unasked(file, backlog, out, away)
    if not ok:
        raise typer.Exit(CommandFailed.exit_code)


def _brackets(given: str) -> Brackets:
    if given not in BRACKETS:
        raise BadInput(f"--brackets {given}: must be {', '.join(BRACKETS)}")
    return given  # type: ignore[return-value]


class Calls:
    """An import or its reverse, with what is shown and asked."""

    def __init__(self, api: Api, out: Output, concurrency: int, dry_run: bool, yes: bool) -> None:
        self._api, self._out, self._concurrency = api, out, concurrency
        self._dry_run, self._yes = dry_run, yes

    def bring_in(self, file: Path, backlog: Backlog, account_id: str) -> bool:
        """Whether every row is a task now, or was left out on purpose."""
        tasks = {row.line: row for row in backlog.rows if isinstance(row, BacklogTask)}
        with self._out.bar("looking up", len(tasks)) as bar:
            found = preview(self._api, backlog, self._concurrency, bar.advance)
        _show(self._out, file, backlog, found)
        new = [tasks[row.line] for row in found.rows if row.kind == "new"]
        if self._dry_run or not new:
            return _end(self._out, found, "nothing was imported" if self._dry_run else found.summary())
        confirmed(f"Create {counted(len(new), 'task')}?", self._yes)
        head = {"path": str(file.resolve()), "digest": backlog.digest, "account_id": account_id}
        record = ImportRecord(connection.installation_files(), head, datetime.now(UTC))
        with self._out.bar("importing", len(new)) as bar:
            sent = send_tasks(self._api, account_id, new, record, self._concurrency, bar.advance)
        rest = [row for row in found.rows if row.kind != "new"]
        self._say([*sent.problems(), *([f"stopped: {sent.stopped}"] if sent.stopped else [])])
        whole = Outcomes.of([*sent.rows, *rest], sent.stopped)
        return _end(self._out, whole, whole.summary())

    def undo(self, file: Path) -> bool:
        """Whether nothing is left open of what imports of the file made."""
        made = import_record.made_from(connection.installation_files(), file)
        if made is None:
            raise BadInput(
                f"{file}: no import of it is known here; give the imported file or its --json report"
            )
        with self._out.bar("looking up", len(made)) as bar:
            found = undo_import.find_open(self._api, made, self._concurrency, bar.advance)
        count = sum(each.outcome == "open" for each in found)
        self._say([f"{count} of {len(found)} tasks are still open.", "Fees that were charged stay charged."])
        if unknown := sum(each.outcome == "unknown" for each in found):
            lost = f"{counted(unknown, 'row')} without an id got no answer"
            self._say([f"{lost}: import the file again, then undo it"])
        if not self._dry_run and count:
            confirmed(f"Cancel {counted(count, 'task')}?", self._yes)
            with self._out.bar("cancelling", len(found)) as bar:
                found = undo_import.cancel(self._api, found, self._concurrency, bar.advance)
        said = ["nothing was cancelled"] if self._dry_run else undo_import.summary(found)
        self._out.result(undo_import.as_json(found), *map(Text, said))
        return not any(each.outcome in ("failed", "unknown") for each in found)

    def _say(self, lines: Sequence[str]) -> None:
        _say(self._out, lines)


def _unasked(file: Path, backlog: Backlog, out: Output, away: Exception) -> bool:
    """A dry run needs no installation."""
    reason = str(away) if isinstance(away, CommandFailed) else "nothing answers"
    found = unasked(backlog, reason)
    _show(out, file, backlog, found)
    return _end(out, found, "nothing was imported")


def _show(out: Output, file: Path, backlog: Backlog, found: Outcomes) -> None:
    _say(out, [*_about(file, backlog), *found.preview(), *found.problems()])


def _end(out: Output, outcomes: Outcomes, said: str) -> bool:
    out.result(outcomes.json(), Text(said))
    return outcomes.ok


def _say(out: Output, lines: Sequence[str]) -> None:
    if not out.as_json:
        out.result(None, *map(Text, lines))


def _about(file: Path, backlog: Backlog) -> list[str]:
    """How the file was read."""
    columns = backlog.columns
    uses: Mapping[str, str | None] = {role: columns.name(role) for role in columns.places}
    read_as = ", ".join(
        f'{role} from "{name}"' for role, name in uses.items() if role not in ("resolution", "done_if")
    )
    lines = [f"{file}: {backlog.form}, {backlog.encoding}, {columns.preset}; {read_as}"]
    if backlog.sample:
        lines.append(f"  the encoding is guessed (--encoding names it); a title: {backlog.sample}")
    if unread := columns.unread:
        more = f" and {len(unread) - 10} more" if len(unread) > 10 else ""
        lines.append(f"  not read: {', '.join(unread[:10])}{more}")
    return lines
