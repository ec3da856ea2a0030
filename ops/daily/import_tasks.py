"""`ates import`: a backlog through `POST /tasks`, some at a time; the same file twice makes no task twice."""

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import httpx
import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from ops.console.errors import CommandFailed
from ops.console.options import As, AsJson
from ops.console.output import Output
from ops.daily import jira_export
from ops.daily.jira_export import BacklogTask, BadRow, Row
from ops.stage import connection, local_session
from ops.stage.api_client import Api, http_client

CONCURRENCY = 8
MAX_CONCURRENCY = 64
# As many failures in succession mean that it is not the rows.
GIVE_UP_AFTER = 20


File = Annotated[Path, typer.Argument(help="Jira's CSV export, or one JSON object per line.")]
Concurrency = Annotated[int, typer.Option(min=1, max=64, help="Requests at once.")]


def command(
    file: File, who: As = "manager", concurrency: Concurrency = CONCURRENCY, as_json: AsJson = False
) -> None:
    """Create a task for each row of a backlog; safe to repeat."""
    rows = jira_export.read(file)
    found, out = connection.local_aws(), Output(as_json)
    account = found.account(who)
    with http_client() as http, progress_bar(out) as bar:
        shown = bar.add_task("", total=sum(isinstance(row, BacklogTask) for row in rows))
        api = local_session.api(http, found, found.apis.tracking, account)
        imported = import_tasks(api, account.account_id, rows, concurrency, lambda: bar.advance(shown))
    report(out, imported)
    if not imported.ok:
        raise typer.Exit(CommandFailed.exit_code)


@dataclass(frozen=True, slots=True)
class Imported:
    line: int
    task_id: str


@dataclass(frozen=True, slots=True)
class Rejected:
    """A good row that the API did not take."""

    line: int
    reason: str


@dataclass(frozen=True, slots=True)
class NotTried:
    line: int


RowOutcome = Imported | Rejected | NotTried | BadRow


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What became of every row of the file, in the file's order."""

    outcomes: tuple[RowOutcome, ...]

    @property
    def ok(self) -> bool:
        return all(isinstance(outcome, Imported) for outcome in self.outcomes)

    def count(self, kind: type[RowOutcome]) -> int:
        return sum(isinstance(outcome, kind) for outcome in self.outcomes)

    def json(self) -> dict[str, Any]:
        problems = [outcome for outcome in self.outcomes if isinstance(outcome, (BadRow, Rejected))]
        return {
            "imported": self.count(Imported),
            "failed": self.count(Rejected),
            "bad_rows": self.count(BadRow),
            "not_tried": self.count(NotTried),
            "problems": [{"line": one.line, "reason": one.reason} for one in problems],
        }


def import_tasks(
    api: Api, account_id: str, rows: Sequence[Row], concurrency: int, done: Callable[[], None]
) -> ImportReport:
    """Sends every good row, never more than `concurrency` at once; `done` is called once per row sent."""
    bad = [row for row in rows if isinstance(row, BadRow)]
    tasks = [row for row in rows if isinstance(row, BacklogTask)]
    failures = FailureLimit(GIVE_UP_AFTER)

    def send(keyed: tuple[str, BacklogTask]) -> RowOutcome:
        outcome = _send(api, *keyed) if failures.left else NotTried(keyed[1].line)
        failures.saw(outcome)
        done()
        return outcome

    sent = list(bounded(send, jira_export.keyed(account_id, tasks), concurrency))
    return ImportReport(tuple(sorted([*bad, *sent], key=lambda outcome: outcome.line)))


def report(out: Output, found: ImportReport) -> None:
    """Every problem by its line, then the counts."""
    lines = [
        f"line {one.line}: {one.reason}" for one in found.outcomes if isinstance(one, (BadRow, Rejected))
    ]
    summary = f"{found.count(Imported)} imported"
    for kind, words in ((Rejected, "failed"), (BadRow, "bad rows"), (NotTried, "not tried")):
        summary += f", {found.count(kind)} {words}" if found.count(kind) else ""
    out.result(found.json(), *(line.replace("[", r"\[") for line in lines), summary)


def progress_bar(out: Output) -> Progress:
    columns = (TextColumn("importing"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    return Progress(*columns, console=out.progress, transient=True)


class FailureLimit:
    """Ends with the last of so many failures in succession; safe among threads."""

    def __init__(self, failures: int) -> None:
        self._failures = failures
        self._seen = 0
        self._lock = threading.Lock()

    @property
    def left(self) -> bool:
        return self._seen < self._failures

    def saw(self, outcome: RowOutcome) -> None:
        with self._lock:
            if isinstance(outcome, Imported):
                self._seen = 0
            elif isinstance(outcome, Rejected):
                self._seen += 1


def bounded(
    work: Callable[[tuple[str, BacklogTask]], RowOutcome],
    items: Iterator[tuple[str, BacklogTask]],
    concurrency: int,
) -> Iterator[RowOutcome]:
    """In order of completion; what is not yet sent is not yet queued, so an interruption ends it at once."""
    running: set[Future[RowOutcome]] = set()
    with ThreadPoolExecutor(concurrency) as pool:
        for item in items:
            running.add(pool.submit(work, item))
            if len(running) >= concurrency:
                finished, running = wait(running, return_when=FIRST_COMPLETED)
                yield from (future.result() for future in finished)
        yield from (future.result() for future in running)


def _send(api: Api, key: str, task: BacklogTask) -> RowOutcome:
    try:
        answer = api.post("/tasks", task.body, key)
    except CommandFailed as failure:
        return Rejected(task.line, str(failure))
    if answer.status_code == httpx.codes.CREATED:
        return Imported(task.line, str(answer.json()["task_id"]))
    return Rejected(task.line, _problem(answer))


def _problem(answer: httpx.Response) -> str:
    """An RFC 9457 answer in one line."""
    try:
        said = answer.json()
        words = said.get("detail") or said.get("title") or said.get("message")
    except (ValueError, AttributeError):
        words = answer.text[:200]
    return f"{answer.status_code}: {words or answer.reason_phrase}"
