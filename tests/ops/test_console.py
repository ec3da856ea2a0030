"""What every command shares: help, suggestions, questions, tables, progress, and which AWS it asks."""

import io
import json
import re
import sys
from collections.abc import Iterator
from typing import Any

import pytest
import typer
from botocore.exceptions import ClientError
from moto import mock_aws
from rich.table import Table

from ops import __main__ as command_line
from ops.console import ask, groups, output
from ops.console.output import Output
from ops.daily import status
from ops.stage import connection, target
from ops.stage.aws import Aws
from ops.stage.installation_files import InstallationFiles
from tests.ops.conftest import FakeTime


def commands(group: Any = None, above: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Each command and each group, by its words."""
    group = group or typer.main.get_command(command_line.app)
    yield above
    for name, command in getattr(group, "commands", {}).items():
        yield from commands(command, (*above, name))


COMMANDS = list(commands())


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
@pytest.mark.parametrize("columns", [40, 80])
def test_no_sentence_of_the_help_is_cut(
    words: tuple[str, ...], columns: int, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    assert command_line.main([*words, "-h"]) == 0
    shown = capsys.readouterr().out
    assert "..." not in re.sub(r"[A-Z]\.\.\.\]|ARGS\]\.\.\.", "", shown)
    assert not re.search("<(str|int|float|path|file|bool|list)|[{][a-zA-Z]", shown)
    if columns == 80:
        assert max(len(line) for line in shown.splitlines()) <= columns


def test_a_group_by_itself_shows_its_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert command_line.main(["dlq"]) == 0
    assert len(capsys.readouterr().out.splitlines()) > 8


@pytest.mark.parametrize("name", sorted({word for words in COMMANDS for word in words}))
def test_a_suggestion_changes_nothing(name: str) -> None:
    there = sorted({word for words in COMMANDS for word in words})
    for typed in (name[1:], name[:-1], name + "s"):
        assert set(groups.suggestions([typed], there)) <= groups.SUGGESTED


def test_a_mistyped_command_is_suggested(capsys: pytest.CaptureFixture[str]) -> None:
    assert command_line.main(["statsu"]) == 2
    assert capsys.readouterr().err == "ates statsu: No such command 'statsu'; did you mean status?\n"
    assert command_line.main(["claen"]) == 2
    assert capsys.readouterr().err == "ates claen: No such command 'claen'.\n"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["up", "--port", "x"], "must be a whole number"),
        (["verify", "--only", "half"], "Invalid value for '--only': 'half' is not one of"),
    ],
)
def test_messages_have_no_words_of_the_libraries(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command_line.main(arguments) == 2
    shown = capsys.readouterr().err
    assert said in shown
    assert "Input should" not in shown
    assert "Value error" not in shown


def test_the_version_is_that_of_the_project(capsys: pytest.CaptureFixture[str]) -> None:
    assert command_line.main(["--version"]) == 0
    assert capsys.readouterr().out == "ates 0.1.0\n"


@pytest.mark.parametrize("ended_by", [EOFError, KeyboardInterrupt])
def test_a_question_without_an_answer_does_nothing(
    installed: InstallationFiles,
    ended_by: type[BaseException],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def no_answer(_: str) -> str:
        raise ended_by

    monkeypatch.setattr("typer._click.termui.visible_prompt_func", no_answer)
    monkeypatch.setattr(status, "status", lambda *_: ask.confirmed("Delete it?", yes=False))
    assert command_line.main(["status"]) == 130
    assert "nothing was done" in capsys.readouterr().err.splitlines()[-1]


def test_no_is_not_done(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("typer._click.termui.visible_prompt_func", lambda _: "n")
    with pytest.raises(ask.Declined, match="nothing was done"):
        ask.confirmed("Delete it?", yes=False)
    ask.confirmed("Delete it?", yes=True)


def table() -> Table:
    made = Table("day", "paid out", "carried over", box=None, pad_edge=False)
    made.add_row("2026-11-26", "1,234,567.00 USD", "-31,250.00 USD")
    return made


@pytest.mark.parametrize("columns", ["20", "40", "80", None])
def test_no_amount_and_no_date_is_cut(
    columns: str | None, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    if columns:
        monkeypatch.setenv("COLUMNS", columns)
    Output().result(None, table())
    shown = capsys.readouterr().out
    assert all(cell in shown for cell in ("2026-11-26", "1,234,567.00 USD", "-31,250.00 USD"))
    assert ("paid out: 1,234,567.00 USD" in shown) == (columns in ("20", "40"))
    assert not any(line.endswith(" ") for line in shown.splitlines())


def test_a_character_that_the_terminal_lacks_loses_no_report(monkeypatch: pytest.MonkeyPatch) -> None:
    written = io.BytesIO()
    ascii_only = io.TextIOWrapper(written, encoding="ascii")
    monkeypatch.setattr(sys, "stdout", ascii_only)
    command_line._replace_what_the_terminal_lacks()
    Output().result(None, "jira_id ЖЖ-1 is there")
    Output(as_json=True).result({"jira_id": "ЖЖ-1"})
    ascii_only.flush()
    shown, _, document = written.getvalue().decode("ascii").partition("\n")
    assert shown == "jira_id ??-1 is there"
    assert json.loads(document) == {"jira_id": "ЖЖ-1"}


def test_without_a_terminal_progress_is_a_line_now_and_then(
    fake_time: FakeTime, capsys: pytest.CaptureFixture[str]
) -> None:
    out = Output(now=lambda: fake_time.seconds)
    with out.working("comparing") as step:
        for seconds in range(12):
            fake_time.seconds = seconds
            step.update(f"{seconds} s")
    with out.bar("verifying accounts", 3) as bar:
        fake_time.seconds += output.LINE_SECONDS
        bar.advance()
        bar.advance()
    shown = [line for line in capsys.readouterr().err.splitlines() if line]
    assert shown == ["5 s", "10 s", "verifying accounts: 1 of 3"]


def test_this_machine_is_asked_directly_with_dummy_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.setenv("AWS_PROFILE", "not-here")
    client: Any = Aws(target.local("http://127.0.0.1:4566")).dynamodb
    assert client.meta.config.proxies == {}
    assert client._request_signer._credentials.access_key == "test"


@mock_aws
def test_a_missing_table_is_named(aws: Aws) -> None:
    with pytest.raises(ClientError) as raised:
        aws.dynamodb.get_item(TableName="ates-dev-accounting-prices", Key={"task_id": {"S": "t"}})
    code, said = command_line.ending(raised.value)
    assert code == 1
    assert said.startswith("table ates-dev-accounting-prices does not exist; `ates status`")


def test_after_down_the_error_comes_at_once(
    installed: InstallationFiles, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "answers", lambda _: False)
    assert command_line.main(["status"]) == 1
    said = "ates status: the local AWS at http://127.0.0.1:4566 is stopped; run `make up`\n"
    assert capsys.readouterr().err == said
