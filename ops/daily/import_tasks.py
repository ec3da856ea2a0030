"""`ates import`: sends a backlog to `POST /tasks`; the same file twice creates no task twice."""

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import httpx
import typer

from ops.console.errors import CommandFailed
from ops.console.options import As, AsJson
from ops.console.output import Output
from ops.daily import jira_export
from ops.daily.jira_export import BacklogTask, BadRow, Row
from ops.stage import connection, local_session
from ops.stage.api_client import Api, http_client

CONCURRENCY = 8
# This many failures in a row mean that the rows are not the cause.
GIVE_UP_AFTER = 20


File = Annotated[Path, typer.Argument(metavar="FILE", help="Jira's CSV export, or one JSON object per line.")]
Concurrency = Annotated[int, typer.Option(metavar="NUMBER", min=1, max=64, help="Requests at once.")]


def command(
    file: File, who: As = "manager", concurrency: Concurrency = CONCURRENCY, as_json: AsJson = False
) -> None:
    """Create a task for each row of a backlog; safe to repeat."""
    rows = jira_export.read(file)
    found, out = connection.local_aws(), Output(as_json)
    account = found.account(who)
    count = sum(isinstance(row, BacklogTask) for row in rows)
    with http_client() as http, out.bar("importing", count) as bar:
        api = local_session.api(http, found, found.apis.tracking, account)
        imported = import_tasks(api, account.account_id, rows, concurrency, bar.advance)
    report(out, imported)
    if not imported.ok:
        raise typer.Exit(CommandFailed.exit_code)


@dataclass(frozen=True, slots=True)
class Imported:
    line: int
    task_id: str


@dataclass(frozen=True, slots=True)
class Rejected:
    """A valid row that the API refused."""

    line: int
    reason: str


@dataclass(frozen=True, slots=True)
class NotTried:
    line: int


RowOutcome = Imported | Rejected | NotTried | BadRow


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What happened to each row, in the file's order."""

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
    """Sends each valid row, at most `concurrency` at once; calls `done` after each."""
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
    """Each problem by its line, then the counts."""
    lines = [
        f"line {one.line}: {one.reason}" for one in found.outcomes if isinstance(one, (BadRow, Rejected))
    ]
    summary = f"{found.count(Imported)} imported"
    for kind, words in ((Rejected, "failed"), (BadRow, "bad rows"), (NotTried, "not tried")):
        summary += f", {found.count(kind)} {words}" if found.count(kind) else ""
    out.result(found.json(), *(line.replace("[", r"\[") for line in lines), summary)


class FailureLimit:
    """Ends the import after this many failures in a row; thread-safe."""

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
    """In order of completion. Queues a row only when it can be sent, so an interruption stops at once."""
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
    """A problem+json answer in one line."""
    try:
        said = answer.json()
        words = said.get("detail") or said.get("title") or said.get("message")
    except (ValueError, AttributeError):
        words = answer.text[:200]
    return f"{answer.status_code}: {words or answer.reason_phrase}"
