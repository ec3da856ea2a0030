"""`ates rebuild analytics`: fills a new generation from accounting's journal, then switches to it.

A reader asks once per request which generation is current, so it sees either the old one or the new one.
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from functions.accounting.rows import Balance
from functions.analytics import domain, rows
from functions.analytics.counting import is_counted
from functions.analytics.projection import MESSAGES_AT_ONCE
from ops.audit import snapshot
from ops.console.errors import CommandFailed
from ops.console.options import AsJson, DryRun, Stage
from ops.console.output import Output
from ops.console.wait import Timer
from ops.recovery import dead_letters, guard, missing_tables, pause_service, replay
from ops.stage import (
    connection,
    consumers,
    event_sources,
    event_versions,
    journal,
    operation_log,
    sentinels,
    tables,
)
from ops.stage.aws import Aws
from shared.clients import error_code
from shared.clock import system_clock
from shared.journal import EventDocument, text_of
from shared.records import ConsumedEvent, mark_of
from shared.tables import key_names

PROJECTED = "analytics.on_ledger_event"
FILLED = "analytics.fill_generation"
FILLING = "filling"
POSTED = "Ledger.EntryPosted"
EVENT_NAMES = (POSTED, "Account.DayClosed")
MAX_BODY_BYTES = 200_000
SHOWN = 3
KINDS = {
    rows.DayTotal: "generation_shard",
    rows.LatestEntry: "generation_account",
    rows.MinusCount: "generation",
    rows.TopTask: "generation",
}
COLUMNS = (*domain.SUM_OF_KIND.values(), "entry_count", "accounts_closed", "accounts_in_minus")


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """`changed`: figures that were wrong before, judged by the events that had arrived.

    `late` counts events that had not arrived: they were lost or in flight.
    """

    generation: int
    events: int
    late: int
    changed: tuple[str, ...]

    def json(self) -> dict[str, Any]:
        counts = {name: getattr(self, name) for name in ("generation", "events", "late")}
        return counts | {"changed": list(self.changed)}


def command(dry_run: DryRun = False, as_json: AsJson = False, stage: Stage = None) -> None:
    """Recompute all figures of analytics, then switch to them."""
    aws, out = connection.aws(stage), Output(as_json)
    if dry_run:
        count = len(list(ledger_events(aws)))
        out.result(
            {"dry_run": True, "events": count}, f"a new generation would be filled with {count} events"
        )
        return
    _check_source(aws)
    event_versions.check(event_versions.of_envelopes(ledger_events(aws)))
    with operation_log.recorded(aws, "rebuild analytics", {}, system_clock) as operation:
        operation.result["made_tables"] = missing_tables.make(aws, "analytics", Timer())
        rebuilt = rebuild(aws, out, Timer())
        operation.result.update(rebuilt.json())
    words = f"generation {rebuilt.generation} is current: {rebuilt.events} events, {rebuilt.late} of them new"
    changes = f"{len(rebuilt.changed)} figures changed:" if rebuilt.changed else "no figure changed"
    out.result(rebuilt.json(), f"{words}, {changes}", *rebuilt.changed)


def _check_source(aws: Aws) -> None:
    """Raises CommandFailed if accounting has lost rows, because the new generation would lack them."""
    pause_service.check_not_paused(aws, "accounting")
    if gone := sentinels.lost_tables(aws, "accounting"):
        raise CommandFailed(f"accounting has lost rows of {', '.join(gone)}; restore it first")


def rebuild(aws: Aws, out: Output, timer: Timer) -> Rebuilt:
    """Raises CommandFailed; the current generation then stays current."""
    projected = consumers.named(aws.target.stage, PROJECTED)
    current = snapshot.current_generation(aws)
    with event_sources.paused(aws, [projected.function], [consumers.url(aws, projected.queue)], timer):
        generation = _next_generation(aws, current)
        events = _whole_ledger(aws)
        arrived, late = (
            (events, []) if sentinels.lost_tables(aws, "analytics") else _split(aws, current, events)
        )
        _fill(aws, generation, arrived, out, timer)
        before, after = figures(aws, current), figures(aws, generation)
        _fill(aws, generation, late, out, timer)
        _check(events, figures(aws, generation))
        _switch(aws, current, generation)
        guard.write(aws, "analytics")
    _delete_before(aws, current)
    changed = tuple(
        f"{name}: {before[name]} → {after[name]}"
        for name in sorted({*before, *after})
        if before[name] != after[name]
    )
    return Rebuilt(generation, len(events), len(late), changed)


def ledger_events(aws: Aws) -> Iterator[EventDocument]:
    """What the projection consumes, as accounting's journal has it."""
    return journal.named(journal.everything(aws, "accounting"), EVENT_NAMES)


def _whole_ledger(aws: Aws) -> list[EventDocument]:
    """All events of the ledger; raises CommandFailed if accounting has lost any, or loses any meanwhile."""
    posted = {row.account_id: row.last_entry_number for row in tables.rows(aws, "accounting", Balance)}
    events = list(ledger_events(aws))
    _check_source(aws)
    if missing := missing_entries(posted, events):
        shown = ", ".join(f"entry {number} of {account_id}" for account_id, number in missing[:SHOWN])
        raise CommandFailed(
            f"accounting's journal lacks {len(missing)} entries ({shown}); restore accounting first"
        )
    # In this order a row never has many gaps.
    return sorted(events, key=lambda event: (event["occurred_at"], event["event_id"]))


def missing_entries(posted: Mapping[str, int], events: Iterable[Mapping[str, Any]]) -> list[tuple[str, int]]:
    """Entries (account and number) that the balances say were posted, but that have no event."""
    published = {
        (event["data"]["account_id"], event["data"]["entry_number"])
        for event in events
        if event["event_name"] == POSTED
    }
    wanted = ((account_id, number + 1) for account_id, last in posted.items() for number in range(last))
    return sorted(entry for entry in wanted if entry not in published)


def figures(aws: Aws, generation: int) -> Counter[str]:
    """All figures of a generation by name, summed over its shards."""
    found: Counter[str] = Counter()
    for total in _rows(aws, rows.DayTotal, generation):
        found.update({f"{name} on {total.business_day}": getattr(total, name) for name in COLUMNS})
    for count in _rows(aws, rows.MinusCount, generation):
        found["accounts in the minus"] += count.accounts
    for latest in _rows(aws, rows.LatestEntry, generation):
        account_id = latest.generation_account.split("#", 1)[1]
        found[f"latest entry of {account_id}"] = latest.entry_number
        found[f"latest balance of {account_id}"] = latest.balance_after
    for task in _rows(aws, rows.TopTask, generation):
        found[f"highest reward on {task.day}, task {task.task_id}"] = task.reward
    return found


def _rows(aws: Aws, kind: type[Any], generation: int) -> Iterator[Any]:
    found = tables.rows(aws, "analytics", kind)
    return (row for row in found if _generation_of(getattr(row, KINDS[kind])) == generation)


def _generation_of(key: str) -> int:
    return int(key.split("#")[0])


def _next_generation(aws: Aws, current: int) -> int:
    """A number that no row has: an interrupted rebuild may have left rows.

    Reads the rows too, because the table of generations may be lost.
    """
    last = [row.generation for row in tables.rows(aws, "analytics", rows.Generation)]
    generation = max([current, *last, *_generations_of_rows(aws)]) + 1
    _put_generation(aws, FILLING, generation, {})
    return generation


def _fill(aws: Aws, generation: int, events: Sequence[EventDocument], out: Output, timer: Timer) -> None:
    filled = consumers.named(aws.target.stage, FILLED)
    url = consumers.url(aws, filled.queue)
    if dead_letters.peek(aws, filled):
        raise CommandFailed(f"{FILLED} has old dead letters: `ates dlq discard {FILLED} --all`")
    with out.bar("filling", len(events)) as bar:
        for group in _groups(events):
            job = {"generation": generation, "events": list(group)}
            body = {"correlation_id": f"generation {generation}", "job": job}
            aws.queues.send_message(QueueUrl=url, MessageBody=json.dumps(body))
            bar.advance(len(group))
    with out.working("filling") as status:
        replay.await_consumed(aws, filled, timer, status.update)
    if dead_letters.peek(aws, filled):
        raise CommandFailed(f"some events could not be projected: `ates dlq show {FILLED}`")


def _split(
    aws: Aws, generation: int, events: Iterable[EventDocument]
) -> tuple[list[EventDocument], list[EventDocument]]:
    """Events that a generation has consumed, and events that it has not."""
    marks = {row.mark for row in tables.rows(aws, "analytics", ConsumedEvent)}
    stored = {row.generation_account: row for row in _rows(aws, rows.LatestEntry, generation)}
    parts: tuple[list[EventDocument], list[EventDocument]] = ([], [])
    for event in events:
        consumed = f"{generation}#{mark_of(PROJECTED, event['event_id'])}" in marks or (
            event["event_name"] == POSTED
            and is_counted(
                stored.get(domain.account_key(generation, event["data"]["account_id"])),
                event["data"]["entry_number"],
            )
        )
        parts[not consumed].append(event)
    return parts


def _groups(events: Iterable[EventDocument]) -> Iterator[list[EventDocument]]:
    """Groups that fit into one message and one transaction of the projection."""
    group: list[EventDocument] = []
    size = 0
    for event in events:
        length = len(text_of(event).encode())
        if group and (len(group) == MESSAGES_AT_ONCE or size + length > MAX_BODY_BYTES):
            yield group
            group, size = [], 0
        group.append(event)
        size += length
    if group:
        yield group


def _check(events: Sequence[EventDocument], after: Counter[str]) -> None:
    """Raises CommandFailed unless every event is counted once."""
    for name, column in zip(EVENT_NAMES, ("entry_count", "accounts_closed"), strict=True):
        wanted = sum(event["event_name"] == name for event in events)
        counted = sum(value for key, value in after.items() if key.startswith(f"{column} on "))
        if wanted != counted:
            raise CommandFailed(
                f"the new generation counts {counted} of {wanted} {name}; it was not switched to"
            )


def _switch(aws: Aws, current: int, generation: int) -> None:
    """Raises CommandFailed if somebody else has switched meanwhile."""
    expected = {"generation": {"N": str(current)}}
    try:
        _put_generation(aws, rows.CURRENT, generation, expected)
    except ClientError as refused:
        if error_code(refused) != "ConditionalCheckFailedException":
            raise
        raise CommandFailed("another rebuild has finished meanwhile; nothing was switched") from None


def _put_generation(aws: Aws, name: str, generation: int, expected: dict[str, Any]) -> None:
    condition: dict[str, Any] = {}
    if expected:
        condition = {
            "ConditionExpression": "attribute_not_exists(generation) OR generation = :expected",
            "ExpressionAttributeValues": {":expected": expected["generation"]},
        }
    aws.dynamodb.put_item(
        TableName=aws.target.name("analytics", "generations"),
        Item={"name": {"S": name}, "generation": {"N": str(generation)}},
        **condition,
    )


def _delete_before(aws: Aws, generation: int) -> None:
    """Deletes older generations; the previous one stays, because running requests may still read it."""
    for table, keys in _keyed_tables():
        name = aws.target.name("analytics", table)
        batch: list[Any] = []
        for item in tables.items(aws, "analytics", table):
            if _generation_of(item[keys[0]]) < generation:
                batch.append({key: _typed(item[key]) for key in keys})
        _delete(aws, name, batch)


def _generations_of_rows(aws: Aws) -> Iterator[int]:
    """One for each row."""
    for table, keys in _keyed_tables():
        for item in tables.items(aws, "analytics", table):
            yield _generation_of(item[keys[0]])


def _keyed_tables() -> Iterator[tuple[str, tuple[str, ...]]]:
    for table in tables.of("analytics"):
        if table.row is not rows.Generation:
            yield table.name, key_names(table)


def _delete(aws: Aws, table: str, keys: Sequence[Any]) -> None:
    for start in range(0, len(keys), 25):
        pending: Any = {table: [{"DeleteRequest": {"Key": key}} for key in keys[start : start + 25]]}
        while pending:
            pending = aws.dynamodb.batch_write_item(RequestItems=pending).get("UnprocessedItems")


def _typed(value: Any) -> dict[str, str]:
    return {"N": str(value)} if isinstance(value, int) else {"S": value}
