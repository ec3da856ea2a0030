"""More planted defects: in the journal, its receipts, and the sweep."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from shared import outbox, restoring
from shared.clock import parse_rfc3339, rfc3339
from shared.journal import buckets, events_in
from shared.outbox import Journaled
from shared.records import JournalRecord
from tests.simulation import operating, world
from tests.simulation.planting import Defect, defect, in_weather, instead
from tests.simulation.tables import SimulatedStore

NOTHING = timedelta(0)
STANDSTILL = (world, "drawn", in_weather(frozen=0.06, stream_lost=0.3))
"""Machines often stand still, and streams often lose records."""


def whole_batch(sound: Any) -> Any:
    """A receipt names everything that was to be published."""

    def broken(events: Sequence[Journaled], bus: Any, store: Any, context: Any) -> int:
        try:
            return int(sound(events, bus, store, context))
        except outbox.EventsLeft:
            outbox.note_published(store, events, context)
            raise

    return broken


def whole_records(sound: Any) -> Any:
    """A record counts as published if one of its events has a receipt."""

    def broken(self: Any, day: Any, after: Any, waiting: Any) -> Any:
        accepted = set(sound(self, day, after, waiting))
        for bucket in buckets(day, self.shards):
            for record in self.store.query(JournalRecord, bucket, limit=outbox.RECORDS_PAGE):
                ids = {event["event_id"] for event in events_in(record)}
                if ids & accepted:
                    accepted |= ids
        return accepted

    return broken


def first_of_the_day(sound: Any) -> Any:
    """What has a receipt in one partition stands for the others too."""

    def broken(self: Any, day: Any, after: Any, waiting: Any) -> Any:
        return waiting if sound(self, day, after, waiting) else frozenset()

    return broken


def from_now(sound: Any) -> Any:
    """A sweep whose watermark is lost begins with the present."""

    def broken(store: Any, bus: Any, context: Any, has_time: Any, _since: Any) -> int:
        return int(sound(store, bus, context, has_time, context.now() - outbox.SETTLE_AFTER))

    return broken


def of_this_release(sound: Any) -> Any:
    """A sweep looks only at as many shards as its own release writes."""

    def broken(self: Any, after: str, through: Any, **more: Any) -> Any:
        self.shards = self.context.form.shards
        return sound(self, after, through, **{**more, "is_last_look": False})

    return broken


DEFECTS_OF_JOURNAL = (
    defect("a receipt names the whole batch", world, "publish", whole_batch),
    defect("one published event stands for its record", outbox._Sweep, "_accepted", whole_records),
    defect("a receipt stands for all records of its day", outbox._Sweep, "_accepted", first_of_the_day),
    Defect(
        "nobody looks for what is committed late",
        ((outbox, "SETTLE_AFTER", instead(NOTHING)), (outbox, "LOOK_AFTER", instead(NOTHING))),
    ),
    Defect(
        "an old record is still sent",
        ((SimulatedStore, "_check_age", instead(lambda _self, _actions: None)), STANDSTILL),
    ),
    defect("a lost watermark begins with the present", world, "sweep", from_now),
    defect(
        "a restore does not move the watermark back",
        operating,
        "watermark_of",
        instead(lambda _rows, now: outbox.watermark(now - outbox.SETTLE_AFTER)),
    ),
    defect(
        "a restore says that everything was published",
        restoring,
        "_is_settled",
        instead(lambda record, _marks: record.event_name is None),
    ),
    defect(
        "a sweep does not know the shards of the last release",
        outbox._Sweep,
        "_compare",
        of_this_release,
    ),
    defect(
        "the watermark passes what the bus has refused",
        outbox._Sweep,
        "_compare",
        lambda sound: (
            lambda self, after, through, **more: (
                sound(self, after, through, **more),
                rfc3339(max(through, parse_rfc3339(after))),
            )[1]
        ),
    ),
    defect(
        "records of the first form are no longer swept",
        outbox._Sweep,
        "_sweep_first_form",
        instead(lambda _self, _shard: None),
    ),
)
