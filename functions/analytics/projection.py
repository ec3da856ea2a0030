"""Projects ledger events into a generation's figures: each event once, in any order."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from events.accounting import AccountDayClosed, LedgerEntryPosted
from functions.analytics.counting import is_counted, is_numbered, with_numbers
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
from shared.guards import RowsLost
from shared.messages import Received, distinct
from shared.records import ConsumedEvent, mark_of
from shared.store import Action, Add, Below, Check, ConditionFailed, Insert, Put, Store, chunks

LedgerEvent = LedgerEntryPosted | AccountDayClosed
Messages = Sequence[Received[LedgerEvent]]

CONSUMER = "analytics.on_ledger_event"
NUMBERED = "analytics.accounts"
"""Prefix of the marks of accounts whose rows say which entries were counted; it must never change."""
MESSAGES_AT_ONCE = 19
"""Each needs at most 5 actions (mark, account's mark, sums, latest entry, top task), and all together one."""
MAX_TRIES = 8

Latest = Mapping[str, LatestEntry]
"""By the row's key."""


def project(messages: Messages, generation: int, store: Store, context: Context, zone: str) -> None:
    """Add these events to a generation; raises ProjectionContended.

    A group is one transaction: groups before a failure are done, and skipped at the next try.
    """
    for group in chunks(distinct(messages), MESSAGES_AT_ONCE):
        _project_group(group, generation, store, context, zone)


def _project_group(messages: Messages, generation: int, store: Store, context: Context, zone: str) -> None:
    for _ in range(MAX_TRIES):
        stored = _stored(messages, generation, store)
        if not (messages := _not_counted(messages, generation, stored)):
            return
        try:
            store.transact(_effect(messages, generation, stored, store, context, zone))
            return
        except ConditionFailed:
            # An event was projected before, or another batch changed a row: read again what is left.
            messages = _not_marked(messages, generation, store)
            _check_kept(messages, generation, store)
    raise ProjectionContended(f"{len(messages)} events after {MAX_TRIES} tries")


def _effect(
    messages: Messages, generation: int, stored: Latest, store: Store, context: Context, zone: str
) -> list[Action]:
    latest, change = _latest_entries(messages, generation, stored, context)
    return [
        *_marks(messages, generation, stored, context),
        *_day_totals(messages, generation, store),
        *latest,
        *_minus_count(messages, generation, change, store),
        *_top_tasks(messages, generation, store, zone),
    ]


def _stored(messages: Messages, generation: int, store: Store) -> Latest:
    """The rows of the accounts that have entries among these events."""
    keys = dict.fromkeys(account_key(generation, entry.account_id) for entry in _entries(messages))
    found = store.get_many(LatestEntry, [{"generation_account": key} for key in keys])
    return {row.generation_account: row for row in found}


def _not_counted(messages: Messages, generation: int, stored: Latest) -> Messages:
    """Without the entries of which a row says that they were counted."""
    return [
        message
        for message in messages
        if not isinstance(entry := message.payload, LedgerEntryPosted)
        or not is_counted(stored.get(account_key(generation, entry.account_id)), entry.entry_number)
    ]


def _mark(event_id: str, generation: int) -> str:
    return f"{generation}#{mark_of(CONSUMER, event_id)}"


def _account_mark(key: str) -> str:
    generation, _, account_id = key.partition("#")
    return f"{generation}#{mark_of(NUMBERED, account_id)}"


def _marks(messages: Messages, generation: int, stored: Latest, context: Context) -> Iterator[Action]:
    """Of closes, and of entries that are not counted by their numbers."""
    now = rfc3339(context.now())
    for message in messages:
        if not _is_numbered(message.payload, generation, stored):
            yield Insert(ConsumedEvent(_mark(message.event_id, generation), now))


def _is_numbered(event: LedgerEvent, generation: int, stored: Latest) -> bool:
    if not isinstance(event, LedgerEntryPosted):
        return False
    return is_numbered(stored.get(account_key(generation, event.account_id)), event.entry_number)


def _check_kept(messages: Messages, generation: int, store: Store) -> None:
    """Raises RowsLost if an account has its mark, but no numbered row: the row was lost."""
    keys = list(dict.fromkeys(account_key(generation, entry.account_id) for entry in _entries(messages)))
    marks = {_account_mark(key): key for key in keys}
    found = store.get_many(ConsumedEvent, [{"mark": mark} for mark in marks])
    stored = _stored(messages, generation, store)
    for mark in found:
        row = stored.get(marks[mark.mark])
        if row is None or row.marked_through is None:
            raise RowsLost(LatestEntry)


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


def _latest_entries(
    messages: Messages, generation: int, stored: Latest, context: Context
) -> tuple[list[Action], int]:
    """Actions that set accounts' later entries and what was counted, and the change in the number of accounts
    in the minus.

    An account that has a later entry, and no new number, needs no condition: entry numbers only grow.
    """
    numbers: dict[str, list[int]] = defaultdict(list)
    for entry in _entries(messages):
        if _is_numbered(entry, generation, stored):
            numbers[account_key(generation, entry.account_id)].append(entry.entry_number)
    moves: list[Action] = []
    change = 0
    for key, last in _latest_by_account(_entries(messages), generation).items():
        before = stored.get(key)
        row = before if before is not None and before.entry_number >= last.entry_number else last
        change += (row.balance_after < 0) - (before is not None and before.balance_after < 0)
        after = _with_counted(row, before, numbers[key], context)
        if after != before:
            moves += _moves(before, after, context)
    return moves, change


def _with_counted(
    row: LatestEntry, before: LatestEntry | None, numbers: Sequence[int], context: Context
) -> LatestEntry:
    marked_through = before.marked_through if before else None
    counted = before.counted if before else None
    if marked_through is None and not context.form.as_released:
        marked_through = row.entry_number
    elif numbers:
        counted = with_numbers(counted, numbers)
    return replace(row, marked_through=marked_through, counted=counted)


def _moves(before: LatestEntry | None, after: LatestEntry, context: Context) -> Iterator[Action]:
    """With the account's mark once, so that an account whose row was lost doesn't begin again."""
    mark = ConsumedEvent(_account_mark(after.generation_account), rfc3339(context.now()))
    if after.marked_through is not None and (before is None or before.marked_through is None):
        yield Insert(mark)
    elif before is None:
        yield Check(ConsumedEvent, {"mark": mark.mark}, expected={"mark": None})
    names = ("entry_number", "marked_through", "counted")
    yield Put(after, {name: getattr(before, name) for name in names}) if before else Insert(after)


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
