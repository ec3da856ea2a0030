"""From the journal to the bus: publishes events, notes which ones the bus accepted, and finds the others.

Of each batch, the relay writes which events the bus has accepted: a receipt for each day of records. The
sweep compares records with receipts, and publishes what has none. It looks at each record twice: two minutes
after it was written, and again after twenty, because a transaction may be committed late. Records of the
first form are marked as published instead, and leave an index.
"""

import random
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from shared.bus import Bus, BusEntry, calls
from shared.clock import CLOCKS_DIFFER_BY, parse_rfc3339, rfc3339
from shared.context import Context
from shared.frozen import Frozen
from shared.ids import instant_of, last_id_of
from shared.journal import (
    MAX_SHARDS,
    SENT_WITHIN,
    SHARDS,
    EventDocument,
    bucket_of,
    buckets,
    day_in,
    events_in,
    receipt_buckets,
    shard_in,
    text_of,
    written_at,
)
from shared.records import JournalRecord, Receipt, UnpublishedEvent, Watermark
from shared.store import Add, ConditionFailed, Insert, Put, Store, chunks

MAX_TRIES = 6
FIRST_PAUSE_SECONDS = 0.1
LOOK_AFTER = timedelta(minutes=2)
SETTLE_AFTER = 2 * SENT_WITHIN
RECEIPTS_KEPT = timedelta(days=35)
SINCE = datetime(2026, 1, 1, tzinfo=UTC)
"""Before the first record of any journal: here a sweep begins whose watermark is lost."""
SWEEP_PAGE = 100
RECORDS_PAGE = 500
RECEIPTS_PAGE = 1000
MAX_MARKS = 100
MILLISECOND = timedelta(milliseconds=1)
WATERMARK = {"bucket": "watermark", "receipt_id": "watermark"}


class EventsLeft(Exception):
    """The bus refused `count` events; they stay unpublished in the journal."""

    def __init__(self, count: int) -> None:
        super().__init__(f"{count} events were refused {MAX_TRIES} times")
        self.count = count


class Journaled(Frozen):
    """An event, and the record that holds it."""

    record: JournalRecord
    event: EventDocument

    @property
    def entry(self) -> BusEntry:
        return BusEntry(self.event["producer"], self.event["event_name"], text_of(self.event))


def journaled(records: Iterable[JournalRecord]) -> list[Journaled]:
    """The events of records, in their order."""
    return [Journaled(record, event) for record in records for event in events_in(record)]


def publish(events: Sequence[Journaled], bus: Bus, store: Store, context: Context) -> int:
    """Publish events and note the accepted ones; only refused ones are retried.

    Returns how many were published; raises EventsLeft or BusDown if not all were.
    """
    entries = [each.entry for each in events]
    accepted: list[int] = []
    try:
        for taken in put(entries, bus, store.wait):
            accepted += taken
    finally:
        note_published(store, [events[position] for position in accepted], context)
    if left := len(events) - len(accepted):
        raise EventsLeft(left)
    return len(events)


def put(entries: Sequence[BusEntry], bus: Bus, wait: Callable[[float], None]) -> Iterator[list[int]]:
    """Put entries on the bus; yields, after each call, the positions that it accepted. Raises BusDown.

    What is refused is tried again after all others; the pauses between the tries grow.
    """
    pending = list(range(len(entries)))
    for attempt in range(MAX_TRIES):
        if not pending:
            return
        if attempt:
            wait(random.SystemRandom().uniform(0, FIRST_PAUSE_SECONDS * 2**attempt))
        refused: list[int] = []
        for group in calls([entries[position] for position in pending]):
            asked = [pending[position] for position in group]
            results = list(zip(asked, bus.put([entries[position] for position in asked]), strict=True))
            yield [position for position, taken in results if taken]
            refused += [position for position, taken in results if not taken]
        pending = refused


def note_published(store: Store, events: Sequence[Journaled], context: Context) -> None:
    """Write a receipt for each day of records, and mark those of the first form."""
    by_day: dict[str, list[str]] = defaultdict(list)
    marked: list[JournalRecord] = []
    for each in events:
        if each.record.unpublished_shard is None:
            by_day[day_in(each.record.bucket)].append(each.event["event_id"])
        else:
            marked.append(each.record)
    expires_at = int((context.now() + RECEIPTS_KEPT).timestamp())
    receipts = [
        Receipt(bucket_of(event_ids[0], day), context.new_id(), event_ids, expires_at)
        for day, event_ids in by_day.items()
    ]
    if receipts:
        store.put_all(receipts)
    mark_published(store, marked, context.now())


def mark_published(store: Store, records: Iterable[JournalRecord], now: datetime) -> None:
    """Remove records of the first form from the index of unpublished ones; missing ones are skipped."""
    for group in chunks(list(records), MAX_MARKS):
        marks = [_mark(record, now) for record in group]
        while marks:
            try:
                store.transact(marks)
                break
            except ConditionFailed as refusal:
                marks = [mark for position, mark in enumerate(marks) if position not in refusal.failed]


def _mark(record: JournalRecord, now: datetime) -> Add:
    return Add(
        JournalRecord,
        {"bucket": record.bucket, "event_id": record.event_id},
        values={"unpublished_shard": None, "published_at": rfc3339(now)},
        expected={"event_id": record.event_id},
    )


def watermark(settled_through: datetime, shards: int = SHARDS) -> Watermark:
    """The watermark of a journal whose events until then were published."""
    instant = rfc3339(settled_through)
    return Watermark(**WATERMARK, settled_through=instant, looked_through=instant, shards=shards)


def has_passed(mark: Watermark, record: JournalRecord) -> bool:
    """Whether a sweep has settled a record of today's form; more shards are found at the end of their day."""
    written = written_at(record)
    is_known = shard_in(record.bucket) < mark.shards or written[:10] < mark.settled_through[:10]
    return is_known and written <= mark.settled_through


def sweep(
    store: Store, bus: Bus, context: Context, has_time: Callable[[], bool], since: datetime = SINCE
) -> int:
    """Publish what the relay has not, and move the watermark; returns how many events. Stops when time is up.

    Begins at `since` if the watermark is lost. Refused events don't stop the other partitions; raises
    EventsLeft at the end, or BusDown at once.
    """
    return _Sweep(store, bus, context, has_time).run(since)


class _Sweep:
    """One sweep; `refusals` are the partitions in which the bus refused events."""

    def __init__(self, store: Store, bus: Bus, context: Context, has_time: Callable[[], bool]) -> None:
        self.store, self.bus, self.context, self.has_time = store, bus, context, has_time
        self.published = 0
        self.shards = context.form.shards
        self.refusals: list[EventsLeft] = []

    def run(self, since: datetime) -> int:
        for shard in range(SHARDS):
            self._sweep_first_form(shard)
        before = self.store.get(Watermark, **WATERMARK)
        after = before or watermark(since)
        has_more_shards = self.shards > after.shards
        begin = _day_before(after.settled_through) if has_more_shards else after.settled_through
        self.shards = max(after.shards, self.shards)
        now = self.context.now()
        try:
            settled = self._compare(begin, now - SETTLE_AFTER, is_last_look=True)
            looked = max(settled, after.looked_through)
            after = replace(after, settled_through=settled, looked_through=looked, shards=self.shards)
            looked = self._compare(after.looked_through, now - LOOK_AFTER)
            after = replace(after, looked_through=looked)
        finally:
            self._move(before, after)
        if self.refusals:
            raise EventsLeft(sum(refusal.count for refusal in self.refusals))
        return self.published

    def _move(self, before: Watermark | None, after: Watermark) -> None:
        """Another sweep, or a restore, may have moved the watermark meanwhile: then it stays."""
        if after == before:
            return
        fields = ("settled_through", "looked_through", "shards")
        expected = {name: getattr(before, name) for name in fields} if before else {}
        with suppress(ConditionFailed):
            self.store.transact([Put(after, expected) if before else Insert(after)])

    def _compare(self, after: str, through: datetime, *, is_last_look: bool = False) -> str:
        """Compare records written after one instant and through another.

        Returns the instant until which all are published. A step ends with the day, or where a partition has
        more than a page. A day that had more shards than were known is compared again from its begin.
        """
        position = parse_rfc3339(after)
        refused_after: datetime | None = None
        while position < through and self.has_time():
            first = position + MILLISECOND
            midnight = first.replace(hour=0, minute=0, second=0, microsecond=0)
            last = midnight + timedelta(days=1) - MILLISECOND
            end = min(through, last)
            refusals = len(self.refusals)
            reached = self._compare_day(midnight, position, end)
            if len(self.refusals) > refusals and refused_after is None:
                refused_after = position
            position = reached
            if is_last_look and position == last and self._learns_shards(midnight):
                position = midnight - MILLISECOND
        return rfc3339(min(refused_after or position, position))

    def _learns_shards(self, day: datetime) -> bool:
        """Whether a day has more shards than were known.

        A deployment with more shards may have been rolled back before it swept.
        """
        others = buckets(day, MAX_SHARDS)[self.shards :]
        used = [bucket for bucket in others if self.store.query(JournalRecord, bucket, limit=1)]
        if used:
            self.shards = 1 + buckets(day, MAX_SHARDS).index(used[-1])
        return bool(used)

    def _compare_day(self, day: datetime, after: datetime, through: datetime) -> datetime:
        """Returns the instant through which it compared."""
        above, last = last_id_of(after), last_id_of(through)
        limit = max(1, RECORDS_PAGE * SHARDS // max(SHARDS, self.shards))
        waiting: list[Journaled] = []
        reached = through
        for bucket in buckets(day, self.shards):
            records = self.store.query(JournalRecord, bucket, above=above, through=last, limit=limit)
            events = journaled(record for record in records if record.unpublished_shard is None)
            waiting += [each for each in events if each.record.published_at is None]
            if len(records) == limit:
                reached = min(reached, instant_of(records[-1].event_id) - MILLISECOND)
        accepted = self._accepted(day, after, {each.event["event_id"] for each in waiting})
        self._publish([each for each in waiting if each.event["event_id"] not in accepted])
        return reached

    def _accepted(self, day: datetime, after: datetime, waiting: set[str]) -> set[str]:
        """Which of these events have a receipt; their records were written on a day, after an instant.

        A receipt is in one of the first partitions. Those of the release before were in their records' own.
        """
        accepted: set[str] = set()
        if not waiting:
            return accepted
        for bucket in receipt_buckets(day, self.shards):
            for receipt in self._receipts(bucket, after):
                accepted |= waiting.intersection(receipt.event_ids)
        return accepted

    def _receipts(self, bucket: str, after: datetime) -> Iterator[Receipt]:
        """Those written after an instant; the relay's clock may differ."""
        above = last_id_of(after - CLOCKS_DIFFER_BY)
        while True:
            page = self.store.query(Receipt, bucket, above=above, limit=RECEIPTS_PAGE)
            yield from page
            if len(page) < RECEIPTS_PAGE:
                return
            above = page[-1].receipt_id

    def _sweep_first_form(self, shard: int) -> None:
        limit = last_id_of(self.context.now() - LOOK_AFTER)
        while self.has_time():
            waiting = self.store.query(UnpublishedEvent, shard, through=limit, limit=SWEEP_PAGE)
            records = _still_unpublished(self.store, waiting)
            before = len(self.refusals)
            self._publish(journaled(records))
            if len(waiting) < SWEEP_PAGE or len(self.refusals) > before:
                return

    def _publish(self, events: Sequence[Journaled]) -> None:
        if not events:
            return
        try:
            self.published += publish(events, self.bus, self.store, self.context)
        except EventsLeft as refusal:
            self.refusals.append(refusal)


def _day_before(instant: str) -> str:
    """The last instant of the UTC day before."""
    midnight = parse_rfc3339(instant).replace(hour=0, minute=0, second=0, microsecond=0)
    return rfc3339(midnight - MILLISECOND)


def _still_unpublished(store: Store, waiting: Sequence[UnpublishedEvent]) -> list[JournalRecord]:
    """Read the records themselves, because the index lags."""
    keys = [{"bucket": event.bucket, "event_id": event.event_id} for event in waiting]
    return [record for record in store.get_many(JournalRecord, keys) if record.unpublished_shard is not None]
