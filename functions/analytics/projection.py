"""Projects ledger events into a generation's figures: each event once, in any order."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence

from events.accounting import AccountDayClosed, LedgerEntryPosted
from functions.analytics.domain import (
    SUM_OF_KIND,
    ProjectionContended,
    account_key,
    highest,
    minus_key,
    shard_key,
)
from functions.analytics.rows import FIGURES, DayTotal, LatestEntry, MinusCount, TopTask
from shared.clock import business_day, rfc3339
from shared.context import Context
from shared.messages import Received, distinct
from shared.records import ConsumedEvent, mark_of
from shared.store import Action, Add, Below, ConditionFailed, Insert, Put, Store, chunks

LedgerEvent = LedgerEntryPosted | AccountDayClosed
Messages = Sequence[Received[LedgerEvent]]

CONSUMER = "analytics.on_ledger_event"
MESSAGES_AT_ONCE = 24
"""Each needs at most 4 actions (mark, sums, latest entry, top task), and all together one more."""
MAX_TRIES = 8


def project(messages: Messages, generation: int, store: Store, context: Context, zone: str) -> None:
    """Add these events to a generation; raises ProjectionContended.

    A group is one transaction: groups before a failure are done, and skipped at the next try.
    """
    for group in chunks(distinct(messages), MESSAGES_AT_ONCE):
        _project_group(group, generation, store, context, zone)


def _project_group(messages: Messages, generation: int, store: Store, context: Context, zone: str) -> None:
    for _ in range(MAX_TRIES):
        if not messages:
            return
        try:
            store.transact(_effect(messages, generation, store, context, zone))
            return
        except ConditionFailed:
            # An event was projected before, or another batch changed a row: read again what is left.
            messages = _not_marked(messages, generation, store)
    raise ProjectionContended(f"{len(messages)} events after {MAX_TRIES} tries")


def _effect(messages: Messages, generation: int, store: Store, context: Context, zone: str) -> list[Action]:
    latest, change = _latest_entries(messages, generation, store)
    return [
        *_marks(messages, generation, context),
        *_day_totals(messages, generation, store),
        *latest,
        *_minus_count(messages, generation, change, store),
        *_top_tasks(messages, generation, store, zone),
    ]


def _mark(event_id: str, generation: int) -> str:
    return f"{generation}#{mark_of(CONSUMER, event_id)}"


def _marks(messages: Messages, generation: int, context: Context) -> Iterator[Action]:
    now = rfc3339(context.now())
    return (Insert(ConsumedEvent(_mark(message.event_id, generation), now)) for message in messages)


def _not_marked(messages: Messages, generation: int, store: Store) -> Messages:
    marks = {message.event_id: _mark(message.event_id, generation) for message in messages}
    found = store.get_many(ConsumedEvent, [{"mark": mark} for mark in marks.values()])
    done = {row.mark for row in found}
    return [message for message in messages if marks[message.event_id] not in done]


def _shard(messages: Messages, store: Store) -> int:
    """A group adds to one shard, so it needs one write per day; the hash spreads groups over shards."""
    return store.shards(FIGURES).of(messages[0].event_id)


def _day_totals(messages: Messages, generation: int, store: Store) -> Iterator[Action]:
    amounts: dict[str, Counter[str]] = defaultdict(Counter)
    for message in messages:
        amounts[message.payload.business_day].update(_amounts(message.payload))
    key = shard_key(generation, _shard(messages, store))
    return (
        Add(DayTotal, {"generation_shard": key, "business_day": day}, sums) for day, sums in amounts.items()
    )


def _amounts(event: LedgerEvent) -> dict[str, int]:
    """What an event adds to the sums of its business day."""
    if isinstance(event, LedgerEntryPosted):
        return {SUM_OF_KIND[event.kind]: event.amount, "entry_count": 1}
    return {"accounts_closed": 1, "accounts_in_minus": int(event.carried_over < 0)}


def _entries(messages: Messages) -> Iterator[LedgerEntryPosted]:
    return (message.payload for message in messages if isinstance(message.payload, LedgerEntryPosted))


def _latest_entries(messages: Messages, generation: int, store: Store) -> tuple[list[Action], int]:
    """Actions that set accounts' later entries, and the change in the number of accounts in the minus.

    An account that already has a later entry needs no condition: entry numbers only grow.
    """
    latest = _latest_by_account(_entries(messages), generation)
    stored = {row.generation_account: row for row in store.get_many(LatestEntry, _account_keys(latest))}
    moves: list[Action] = []
    change = 0
    for key, row in latest.items():
        before = stored.get(key)
        if before is not None and before.entry_number >= row.entry_number:
            continue
        change += (row.balance_after < 0) - (before is not None and before.balance_after < 0)
        moves.append(Put(row, expected={"entry_number": before.entry_number if before else None}))
    return moves, change


def _minus_count(messages: Messages, generation: int, change: int, store: Store) -> Iterator[Action]:
    """Add to the number of accounts in the minus, and set the latest entry's time, which never decreases."""
    key = minus_key(generation, _shard(messages, store))
    posted_at = max((rfc3339(entry.posted_at) for entry in _entries(messages)), default=None)
    before = store.get(MinusCount, **key) if posted_at else None
    last_posted_at = before.posted_at if before else None
    if posted_at and (last_posted_at is None or last_posted_at < posted_at):
        later = {"posted_at": Below(posted_at)}
        yield Add(MinusCount, key, {"accounts": change}, {"posted_at": posted_at}, later)
    elif change:
        yield Add(MinusCount, key, {"accounts": change})


def _latest_by_account(entries: Iterable[LedgerEntryPosted], generation: int) -> dict[str, LatestEntry]:
    """Latest by entry_number, not by arrival."""
    by_number = sorted(entries, key=lambda entry: entry.entry_number)
    rows = (
        LatestEntry(account_key(generation, entry.account_id), entry.entry_number, entry.balance_after)
        for entry in by_number
    )
    return {row.generation_account: row for row in rows}


def _account_keys(latest: Iterable[str]) -> list[dict[str, str | int]]:
    return [{"generation_account": key} for key in latest]


def _top_tasks(messages: Messages, generation: int, store: Store, zone: str) -> Iterator[Action]:
    """Replace a day's top task by one with a higher rank, never by a lower one."""
    candidates = _candidates(_entries(messages), generation, zone)
    keys: list[dict[str, str | int]] = [{"generation": str(generation), "day": day} for day in candidates]
    stored = {row.day: row for row in store.get_many(TopTask, keys)}
    for day, candidate in candidates.items():
        before = stored.get(day)
        if before is None or candidate.rank < before.rank:
            yield Put(candidate, expected={"task_id": before.task_id if before else None})


def _candidates(entries: Iterable[LedgerEntryPosted], generation: int, zone: str) -> dict[str, TopTask]:
    """By day, the highest of the tasks that these entries complete."""
    by_day: dict[str, list[TopTask]] = defaultdict(list)
    for entry in entries:
        if (task := _completed_task(entry, generation, zone)) is not None:
            by_day[task.day].append(task)
    return {day: task for day, tasks in by_day.items() if (task := highest(tasks)) is not None}


def _completed_task(entry: LedgerEntryPosted, generation: int, zone: str) -> TopTask | None:
    """A task counts on the day of its completion, which may differ from a late entry's business day."""
    if entry.kind != "completion_reward" or entry.task_id is None:
        return None
    return TopTask(
        generation=str(generation),
        day=business_day(entry.source_occurred_at, zone),
        task_id=entry.task_id,
        reward=entry.amount,
        completed_at=rfc3339(entry.source_occurred_at),
        title=entry.title,
        jira_id=entry.jira_id,
    )
