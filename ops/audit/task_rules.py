"""Tasks, the roster and the replicas of accounts: what they are must follow from the events."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator

from events.envelope import Envelope
from events.tracking import TaskAssigned, TaskCancelled, TaskCompleted
from functions.tracking.domain import is_eligible
from functions.tracking.order import in_order
from ops.audit.disagreement import Disagreement
from ops.audit.snapshot import Snapshot

STATUS_AFTER = {TaskCompleted.event_name: "completed", TaskCancelled.event_name: "cancelled"}


def replicas(snapshot: Snapshot) -> Iterator[Disagreement]:
    """Tracking's and accounting's copies of the accounts agree with auth."""
    names = ("name", "role", "status", "version")
    for service, known in snapshot.replicas.items():
        for account in snapshot.accounts:
            replica = known.get(account.account_id, {})
            if differing := [name for name in names if replica.get(name) != getattr(account, name)]:
                what = f"{service} and auth differ in {', '.join(differing)}"
                where = f"account {account.account_id}"
                yield Disagreement("old replica", where, what, True, None, account.account_id)
        for account_id in set(known) - {account.account_id for account in snapshot.accounts}:
            where = f"account {account_id}"
            yield Disagreement("unknown account", where, f"{service} has it, but auth does not")


def roster(snapshot: Snapshot) -> Iterator[Disagreement]:
    """Slots 1 to n without a gap, one for each eligible account of tracking's replica."""
    slots = {row["slot"]: row for row in snapshot.roster}
    size = slots.pop(0, {}).get("size", 0)
    if set(slots) != set(range(1, size + 1)):
        yield Disagreement("roster", "roster", f"its size is {size}, its slots are {_listed(slots)}")
    seated = Counter(row.get("account_id") for row in slots.values())
    wanted = {
        account_id
        for account_id, row in snapshot.replicas.get("tracking", {}).items()
        if is_eligible(row["role"], row["status"])
    }
    for account_id in sorted({*filter(None, seated), *wanted}):
        if seated[account_id] != int(account_id in wanted):
            what = f"expected {int(account_id in wanted)} slots, found {seated[account_id]}"
            yield Disagreement("roster", f"account {account_id}", what, False, None, account_id)


def tasks(snapshot: Snapshot) -> Iterator[Disagreement]:
    """Each task agrees with its latest events, and is listed among the open tasks while it is open."""
    assignments: defaultdict[str, list[Envelope]] = defaultdict(list)
    ended: dict[str, str] = {}
    for event in sorted(snapshot.task_events, key=lambda each: (each.occurred_at, each.event_id)):
        if event.event_name == TaskAssigned.event_name:
            assignments[event.data["task_id"]].append(event)
        elif event.event_name in STATUS_AFTER:
            ended[event.data["task_id"]] = STATUS_AFTER[event.event_name]
    assigned = {
        task_id: in_order(of_task, lambda each: each.data.get("version"))[-1]
        for task_id, of_task in assignments.items()
    }
    is_open = Counter(task.task_id for task in snapshot.open_tasks)
    for task in snapshot.tasks:
        last = assigned.get(task.task_id)
        status = ended.get(task.task_id, "open")
        wanted = (last.data["assignee_id"] if last is not None else None, status, int(status == "open"))
        got = (task.assignee_id, task.status, is_open.pop(task.task_id, 0))
        if wanted != got:
            what = f"is {_state(*got)}, expected {_state(*wanted)} by its events"
            yield Disagreement("wrong task", f"task {task.task_id}", what)
    for task_id in sorted({*assigned, *is_open} - {task.task_id for task in snapshot.tasks}):
        yield Disagreement(
            "missing task", f"task {task_id}", "has events or is listed as open, but does not exist"
        )


def claims(snapshot: Snapshot) -> Iterator[Disagreement]:
    """The task of each claim exists, has its jira_id, and is not cancelled.

    A task without a claim is right: no event says whether it made one.
    """
    known = {task.task_id: task for task in snapshot.tasks}
    for claim in snapshot.claims:
        task = known.get(claim.task_id)
        if task is None:
            what = "which does not exist"
        elif task.jira_id != claim.jira_id:
            what = f"which has {task.jira_id or 'no jira_id'}"
        elif task.status == "cancelled":
            what = "which is cancelled"
        else:
            continue
        yield Disagreement(
            "wrong claim", f"jira_id {claim.jira_id}", f"is claimed by task {claim.task_id}, {what}"
        )


def _state(assignee: str | None, status: str, listed: int) -> str:
    return f"{status}, assigned to {assignee or 'nobody'}, listed as open {listed} times"


def _listed(slots: Iterable[int]) -> str:
    return ", ".join(map(str, sorted(slots))) or "none"
