"""`ates dlq`: lists and shows dead letters, redrives them, or discards them."""

from collections.abc import Sequence
from typing import Annotated, Any

import typer
from rich.text import Text

from ops.console import ask
from ops.console.errors import BadInput
from ops.console.options import AsJson, DryRun, Stage, Yes
from ops.console.output import Output
from ops.recovery import dead_letters
from ops.recovery.dead_letters import DeadLetter
from ops.stage import connection, consumers, event_versions, operation_log
from ops.stage.consumers import Consumer
from ops.stage.target import Target
from shared.clock import parse_rfc3339, system_clock

UNITS = (("days", 86_400), ("h", 3600), ("min", 60), ("s", 1))

OfConsumer = Annotated[str, typer.Argument(metavar="CONSUMER", help="Such as accounting.on_task_event.")]
MessageIds = Annotated[
    list[str] | None, typer.Option("--id", metavar="MESSAGE_ID", help="Only this message; may be repeated.")
]
AllMessages = Annotated[bool, typer.Option("--all", help="Every message.")]
WithBody = Annotated[bool, typer.Option("--event", help="Show the bodies too.")]


def list_command(as_json: AsJson = False, stage: Stage = None) -> None:
    """Count the dead letters of each consumer, with their age and causes."""
    aws, out = connection.aws(stage), Output(as_json)
    found = [(each, dead_letters.peek(aws, each)) for each in consumers.of(aws.target.stage).values()]
    rows = [_summary(each, letters) for each, letters in found if letters]
    lines = [
        f"{row['consumer']}: {row['messages']} since {row['oldest']}, {_age(row['oldest'])} old"
        for row in rows
    ]
    causes = ["".join(f"\n    {cause}" for cause in row["causes"]) for row in rows]
    shown = [Text(line + cause) for line, cause in zip(lines, causes, strict=True)]
    out.result({"consumers": rows}, *(shown or [Text("there are no dead letters")]))


def show_command(
    consumer: OfConsumer, event: WithBody = False, as_json: AsJson = False, stage: Stage = None
) -> None:
    """Show each dead letter with its reason and age, and leave it in the queue."""
    aws, out = connection.aws(stage), Output(as_json)
    letters = dead_letters.peek(aws, consumers.named(aws.target.stage, consumer))
    shown = [Text(_words(each) + (f"\n    {each.body}" if event else "")) for each in letters]
    documents = [each.json(system_clock()) for each in letters]
    out.result({"messages": documents}, *(shown or [Text(f"{consumer} has no dead letters")]))


def redrive_command(
    consumer: OfConsumer,
    ids: MessageIds = None,
    dry_run: DryRun = False,
    as_json: AsJson = False,
    stage: Stage = None,
) -> None:
    """Send dead letters back to the consumer; an event that it has already consumed changes nothing."""
    aws, out = connection.aws(stage), Output(as_json)
    who = consumers.named(aws.target.stage, consumer)
    if dry_run:
        _would(out, "redriven", _readable(_wanted(dead_letters.peek(aws, who), ids)))
        return
    asked = {"consumer": consumer, "ids": ids}
    with (
        operation_log.recorded(aws, "dlq redrive", asked, system_clock) as operation,
        out.working("redriving") as s,
        dead_letters.reserved(aws, who) as letters,
    ):
        wanted = _readable(_wanted(letters, ids))
        for n, letter in enumerate(wanted):
            s.update(f"redriving {n + 1} of {len(wanted)}")
            dead_letters.redrive(aws, who, letter)
            operation.result["messages"] = n + 1
    count = operation.result.get("messages", 0)
    out.result(
        {"redriven": [each.message_id for each in wanted]}, f"{count} messages sent back to {consumer}"
    )


def discard_command(
    consumer: OfConsumer,
    ids: MessageIds = None,
    every: AllMessages = False,
    yes: Yes = False,
    dry_run: DryRun = False,
    as_json: AsJson = False,
    stage: Stage = None,
) -> None:
    """Delete messages that can never be processed; the operation log keeps their text."""
    if bool(ids) == every:
        raise BadInput("give either --id or --all")
    aws, out = connection.aws(stage), Output(as_json)
    who = consumers.named(aws.target.stage, consumer)
    if dry_run:
        _would(out, "discarded", _wanted(dead_letters.peek(aws, who), ids))
        return
    if not yes:
        shown = _wanted(dead_letters.peek(aws, who), ids)
        ask.confirmed(_question(aws.target, consumer, shown, every), yes)
        ids = [each.message_id for each in shown]
    asked = {"consumer": consumer, "ids": ids}
    with dead_letters.reserved(aws, who) as letters:
        wanted = _wanted(letters, ids)
        with operation_log.recorded(aws, "dlq discard", asked, system_clock) as operation:
            operation.keep({"messages": [{"id": each.message_id, "body": each.body} for each in wanted]})
            for letter in wanted:
                dead_letters.delete(aws, who, letter)
    discarded = [each.message_id for each in wanted]
    out.result({"discarded": discarded}, f"{len(discarded)} messages of {consumer} discarded")


def _question(target: Target, consumer: str, letters: Sequence[DeadLetter], every: bool) -> str:
    named = f"all {len(letters)}" if every else ", ".join(each.message_id for each in letters)
    return (
        f"Discard {named} of {consumer}'s dead letters on {target.title}?"
        " Their events will never be consumed."
    )


def _wanted(letters: Sequence[DeadLetter], ids: Sequence[str] | None) -> list[DeadLetter]:
    """Raises BadInput for an unknown id."""
    there = {letter.message_id: letter for letter in letters}
    if unknown := [each for each in ids or () if each not in there]:
        raise BadInput(f"message {unknown[0]!r} is not among the {len(there)} dead letters")
    return [there[each] for each in ids] if ids else list(letters)


def _readable(letters: Sequence[DeadLetter]) -> Sequence[DeadLetter]:
    """Raises UnknownVersion for an event that the consumer could not read either."""
    event_versions.check(event_versions.of_envelopes(dead_letters.event_in(each.body) for each in letters))
    return letters


def _would(out: Output, what: str, letters: Sequence[DeadLetter]) -> None:
    ids = [each.message_id for each in letters]
    out.result({"dry_run": True, what: ids}, f"{len(ids)} messages would be {what}", *ids)


def _words(letter: DeadLetter) -> str:
    since = f"{letter.first_failed_at} to {letter.last_failed_at}, {_age(letter.first_failed_at)} old"
    return f"{letter.message_id}  {letter.event}  {letter.event_id or ''}\n    {since}\n    {letter.reason}"


def _age(since: str) -> str:
    """In the largest unit that fits."""
    seconds = (system_clock() - parse_rfc3339(since)).total_seconds()
    unit, length = next(each for each in UNITS if seconds >= each[1] or each[1] == 1)
    return f"{seconds / length:.0f} {unit}"


def _summary(consumer: Consumer, letters: Sequence[DeadLetter]) -> dict[str, Any]:
    return {
        "consumer": consumer.name,
        "messages": len(letters),
        "oldest": min(each.first_failed_at for each in letters),
        "causes": sorted({each.reason for each in letters}),
    }
