"""What a journal's records hold, in which partition they are, and that no text changes in them."""

import json
import random
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import pytest

from events.tracking import TaskAssigned, TaskCompleted, TaskCreated
from shared.clock import parse_rfc3339
from shared.context import Context
from shared.ids import instant_of, shard_of
from shared.journal import (
    MAX_EVENT_BYTES,
    MAX_PLAIN_BYTES,
    MAX_RECORD_BYTES,
    SENT_WITHIN,
    SHARDS,
    EventTooLarge,
    JournalForm,
    buckets,
    events_in,
    first_form_buckets,
    rewritten,
    text_of,
    written_at,
)
from shared.records import JournalRecord
from shared.store import Insert
from tests.shared.test_text import EVERY, SEQUENCES
from tests.support.fakes import NOON, FakeClock, context

BY_EVENT = JournalForm(per_event=True)
CREATED = TaskCreated(task_id="task-1", title="Feed", version=1)
ASSIGNED = TaskAssigned(task_id="task-1", title="Feed", version=1, assignee_id="ann")


def completed(title: str) -> TaskCompleted:
    return TaskCompleted.model_construct(task_id="task-1", title=title, assignee_id="ann")


def rows(inserts: Sequence[Insert]) -> list[JournalRecord]:
    return [insert.row for insert in inserts]


def written(*events: Any, form: JournalForm | None = None, seed: int = 1) -> list[JournalRecord]:
    work = context(seed=seed)
    made = Context(work.clock, work.randomness, "test-correlation", form=form or work.form)
    return rows(made.record(*events, occurred_at=NOON, subject_id="task-1"))


def test_a_record_holds_all_events_of_a_subject_in_order() -> None:
    for seed in range(50):
        (record,) = written(CREATED, ASSIGNED, seed=seed)
        first, second = events_in(record)
        assert (first["event_name"], second["event_name"]) == ("Task.Created", "Task.Assigned")
        assert record.event_id == first["event_id"] < second["event_id"]
        assert record == JournalRecord(record.bucket, record.event_id, record.event, "task-1")


def test_a_record_of_the_first_form_holds_one_event_and_is_in_the_index() -> None:
    created, assigned = written(CREATED, ASSIGNED, form=BY_EVENT)
    for record, name in ((created, "Task.Created"), (assigned, "Task.Assigned")):
        (event,) = events_in(record)
        assert json.loads(record.event) == event
        shard = shard_of(record.event_id, SHARDS)
        assert record == JournalRecord(
            f"2026-11-22T12#{shard:02d}",
            event["event_id"],
            record.event,
            "task-1",
            None,
            name,
            event["event_version"],
            "tracking",
            "2026-11-22T12:00:00.000Z",
            shard,
        )
    assert created.event_id < assigned.event_id


def title_for(size: int) -> str:
    """A title with which a record's text has this many bytes."""
    (record,) = written(completed(""))
    return "x" * (size - len(record.event.encode()))


def test_a_text_that_fits_into_a_kilobyte_is_not_compressed() -> None:
    (plain,), (compressed,) = (
        written(completed(title_for(size))) for size in (MAX_PLAIN_BYTES, MAX_PLAIN_BYTES + 1)
    )
    assert len(plain.event.encode()) == MAX_PLAIN_BYTES
    assert json.loads(plain.event) == events_in(plain)
    assert len(compressed.event) < MAX_PLAIN_BYTES
    assert compressed.event[0] not in "[{"
    (event,) = events_in(compressed)
    assert event["data"]["title"] == title_for(MAX_PLAIN_BYTES + 1)


def test_a_record_with_its_keys_takes_one_kilobyte_until_it_is_compressed() -> None:
    (record,) = written(completed(title_for(MAX_PLAIN_BYTES)))
    subject = "01900000-0000-7000-8000-000000000000"
    named = {"bucket": record.bucket, "event_id": record.event_id, "event": record.event}
    assert sum(len(name) + len(value) for name, value in named.items()) + len("subject_id" + subject) <= 1024


def test_more_events_than_a_record_holds_are_split_in_order() -> None:
    """Each event fits; together they are too large for a row of DynamoDB."""
    texts = [random.Random(seed).randbytes(45_000).hex() for seed in range(8)]
    records = written(*map(completed, texts))
    assert len(records) > 1
    for record in records:
        assert sum(len(text_of(event).encode()) for event in events_in(record)) <= MAX_RECORD_BYTES
        assert len(record.event) < 400_000
        assert record.event_id == events_in(record)[0]["event_id"]
    assert [each["data"]["title"] for record in records for each in events_in(record)] == texts
    assert [record.event_id for record in records] == sorted(record.event_id for record in records)


@pytest.mark.parametrize("form", [JournalForm(), BY_EVENT], ids=["usual", "first"])
@pytest.mark.parametrize(("letter", "count"), [("x", MAX_EVENT_BYTES), ("я", MAX_EVENT_BYTES // 2)])
def test_an_event_that_the_bus_would_refuse_is_not_written(
    letter: str, count: int, form: JournalForm
) -> None:
    """Bytes count, not characters, and before they are compressed."""
    with pytest.raises(EventTooLarge, match=r"Task\.Completed"):
        written(CREATED, completed(letter * count), form=form)
    assert written(completed(letter * (count - 1000)), form=form)


def test_a_record_is_in_the_day_in_which_its_id_was_drawn() -> None:
    """Whenever the event occurred: the sweep looks for ids only."""
    midnight = NOON.replace(hour=0)
    for instant, day in ((midnight, "2026-11-22"), (midnight - timedelta(milliseconds=1), "2026-11-21")):
        (insert,) = context(FakeClock(instant)).record(CREATED, occurred_at=NOON + timedelta(days=3))
        assert insert.row.bucket == f"{day}#{shard_of(insert.row.event_id, SHARDS):02d}"
        assert insert.row.bucket in buckets(date.fromisoformat(day), SHARDS)
        assert parse_rfc3339(written_at(insert.row)) == instant


@pytest.mark.parametrize("shards", [1, 8, 64])
def test_records_are_spread_over_the_shards_of_their_form(shards: int) -> None:
    found = {
        record.bucket
        for seed in range(40 * shards)
        for record in written(CREATED, form=JournalForm(shards=shards), seed=seed)
    }
    assert found == set(buckets(NOON.date(), shards))


def test_a_record_of_the_first_form_is_in_the_hour_in_which_its_event_occurred() -> None:
    (record,) = written(CREATED, form=BY_EVENT)
    assert record.bucket in first_form_buckets(NOON)


def test_a_transaction_is_sent_within_ten_minutes_of_its_ids() -> None:
    """Not one of the first form, which a sweep finds whenever it is committed."""
    work = context()
    (insert,) = work.record(CREATED, ASSIGNED, occurred_at=NOON - timedelta(days=1))
    assert insert.not_after == instant_of(insert.row.event_id) + SENT_WITHIN == NOON + SENT_WITHIN
    old = Context(work.clock, work.randomness, "", form=BY_EVENT)
    assert [each.not_after for each in old.record(CREATED, ASSIGNED, occurred_at=NOON)] == [None, None]


@pytest.mark.parametrize("form", [JournalForm(), BY_EVENT], ids=["usual", "first"])
def test_events_put_in_place_of_others_keep_key_and_form(form: JournalForm) -> None:
    for title in ("Feed", "x" * 2000):
        record, *_ = written(completed(title), form=form)
        (event,) = events_in(record)
        changed = {**event, "correlation_id": "another"}
        after = rewritten(record, [changed])
        assert events_in(after) == [changed]
        assert after.event[0] == record.event[0] or title != "Feed"
        assert (after.bucket, after.event_id, after.unpublished_shard) == (
            record.bucket,
            record.event_id,
            record.unpublished_shard,
        )


@pytest.mark.parametrize("form", [JournalForm(), BY_EVENT], ids=["usual", "first"])
def test_every_character_comes_back_from_a_record(form: JournalForm) -> None:
    """Except those that a queue refuses, which are replaced; plain and compressed."""
    size = 25_000
    pieces = ["".join(EVERY[start : start + size]) for start in range(0, len(EVERY), size)]
    for text in [*pieces, *SEQUENCES, "ends with \\", '"]', "[", "{", "\x00\x7f\u2028\u2029"]:
        records = written(completed(text), completed("Feed"), form=form)
        first, *_ = [event for record in records for event in events_in(record)]
        expected = "".join(_kept(each) for each in text)
        assert first["data"]["title"] == expected
        assert json.loads(text_of(first)) == first


def _kept(character: str) -> str:
    return "\ufffd" if character in "\ufffe\uffff" or 0xD800 <= ord(character) <= 0xDFFF else character
