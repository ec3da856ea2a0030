"""`ates operations`: who did what when, with the commands that change something."""

import json
from dataclasses import asdict
from typing import Any

from rich.text import Text

from ops.console.options import AsJson, Stage
from ops.console.output import Output
from ops.stage import connection, operation_log
from ops.stage.operation_log import Operation
from shared.clock import system_clock


def command(as_json: AsJson = False, stage: Stage = None) -> None:
    """Show who did what when, newest first."""
    report(Output(as_json), operation_log.recent(connection.aws(stage), system_clock))


def report(out: Output, operations: list[Operation]) -> None:
    lines: list[Text] = []
    for each in operations:
        said = f"{each.command} {_words(each.parameters)}".strip()
        lines.append(Text(f"{each.began_at}  {each.at}  {said}: {each.state} {_words(each.result)}".rstrip()))
    document = [
        {name: value for name, value in asdict(each).items() if name != "continued"}
        | {"parameters": json.loads(each.parameters), "result": json.loads(each.result or "null")}
        for each in operations
    ]
    out.result({"operations": document}, *(lines or [Text("there are no operations yet")]))


def _words(document: str | None) -> str:
    """Lists are shown by their length; the JSON has them in full."""
    values = json.loads(document or "{}")
    return " ".join(f"{name}={_short(value)}" for name, value in values.items())


def _short(value: Any) -> str:
    if isinstance(value, list):
        return str(len(value))
    if isinstance(value, dict):
        return ",".join(f"{name}:{_short(each)}" for name, each in value.items())
    return value if isinstance(value, str) else json.dumps(value)
