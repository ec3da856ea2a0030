"""What the measurements on this machine are made of, without the machine."""

import json
from contextlib import nullcontext
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from benchmarks import aws_server, cold_start, load
from benchmarks.__main__ import main, measure, parts, with_reference
from benchmarks.cold_start import Cold, NoAnswer, reference_of, total_of
from benchmarks.first_hour import CHARGED, Steps, _environment, _run, is_fee_of, result_of
from benchmarks.layer import megabytes, sizes
from benchmarks.load import Rates
from benchmarks.memory import Memory, of_group
from benchmarks.moments import moments
from benchmarks.result import Line, Result, save
from benchmarks.result import load as load_results
from benchmarks.stage import LocalStage, StageFailed
from functions.auth.domain import User
from infra.discovery import discover
from ops.stage import target

SPECS = {spec.consumer: spec for service in discover() for spec in service.use_cases}


def process(proc: Path, pid: int, group: int, kilobytes: int | None) -> None:
    """Its command has spaces and brackets, as a real one may have."""
    folder = proc / str(pid)
    folder.mkdir()
    (folder / "stat").write_text(f"{pid} (python) x) S 1 {group} {group} 0")
    if kilobytes is not None:
        (folder / "smaps_rollup").write_text(
            f"00-ff ---p\nRss: 99 kB\nPss:  {kilobytes} kB\nPss_Dirty: 1 kB\n"
        )


def test_memory_is_that_of_the_emulators_process_group(tmp_path: Path) -> None:
    process(tmp_path, 10, 10, 800)
    process(tmp_path, 11, 10, 40)
    process(tmp_path, 12, 10, None)
    process(tmp_path, 13, 9, 7)
    (tmp_path / "self").mkdir()
    found = of_group(10, tmp_path)
    assert found == Memory(800 * 1024, (40 * 1024,))
    assert found.total == 840 * 1024


def test_a_layer_is_measured_unzipped_and_zipped(tmp_path: Path) -> None:
    (tmp_path / "python").mkdir()
    (tmp_path / "python" / "a.py").write_text("x = 1\n" * 1000)
    unzipped, zipped = sizes(tmp_path)
    assert unzipped == 6000
    assert 0 < zipped < 600


@pytest.mark.parametrize(("size", "text"), [(10_291_997, "10.3 MB"), (49_999, "0.0 MB"), (50_000, "0.1 MB")])
def test_megabytes(size: int, text: str) -> None:
    assert megabytes(size) == text


def test_cachegrinds_total_is_read() -> None:
    assert total_of("events: Ir\nfn=main\n16 400\nsummary: 1629000000\n") == 1_629_000_000
    with pytest.raises(NoAnswer):
        total_of("events: Ir\n")


def test_each_function_has_a_reference_of_its_kind() -> None:
    kinds = {name: reference_of(spec) for name, spec in SPECS.items()}
    assert kinds["tracking.create_task"] == "route"
    assert kinds["tracking.publish_events"] == kinds["accounting.on_task_event"] == "consumer"
    assert kinds["accounting.close_days"] == kinds["auth.get_email"] == "job"
    assert set(kinds.values()) == set(cold_start.REFERENCES)
    for kind in cold_start.REFERENCES:
        assert Path(cold_start.__file__).with_name("tutorial").joinpath(f"{kind}.py").is_file()


def test_a_cold_start_gets_the_event_and_the_rows_of_its_case() -> None:
    names = ["tracking.create_task", "tracking.publish_events", "accounting.get_my_balance"]
    found = {moment.name: moment for moment, _ in moments(names)}
    assert json.loads(found["tracking.create_task"].event["body"])["title"].startswith("Feed the parrot")
    assert len(found["tracking.publish_events"].event["Records"]) == 1
    assert found["accounting.get_my_balance"].event["rawPath"] == "/me/balance"
    rows = {table.name: items for table, items in found["accounting.get_my_balance"].rows}
    assert len(rows["balances"]) > 10


def test_a_cold_start_is_the_run_that_its_case_measures() -> None:
    """An idle tick comes after one that had something to do."""
    ((moment, _),) = moments(["auth.reconcile_identities"])
    rows = {table.name: items for table, items in moment.rows}
    assert [row["phase"] for row in rows["reconciliations"]] == [{"S": "done"}]
    assert len(moment.users) > 10


def cold(name: str, instructions: int, reference: int = 1_000_000_000) -> dict[str, Any]:
    found = Cold(instructions, 484)
    return {name: cold_start._figures(SPECS[name], found, Cold(reference, 607), "instructions")}


def test_ratios_are_by_function() -> None:
    figures = cold("tracking.create_task", 1_629_000_000, 1_770_000_000)
    assert figures["tracking.create_task"]["ratio"] == Decimal("0.920")
    line, worst, over = cold_start._result("instructions", figures).lines
    assert (line.figure, line.value, line.beside) == (
        "tracking.create_task",
        "1629 M = 0.920 ×",
        "1770 M, route",
    )
    assert worst.figure == "tracking.create_task, worst route"
    assert over.value == "1"


def test_the_worst_of_each_kind_and_those_above_the_aim() -> None:
    figures = {
        **cold("auth.get_me", 650_000_000),
        **cold("tracking.create_task", 651_000_000),
        **cold("accounting.close_days", 640_000_000),
    }
    assert cold_start.worst(figures) == {"route": "tracking.create_task", "job": "accounting.close_days"}
    assert cold_start.above(figures) == ["tracking.create_task"]


def test_each_function_is_written_when_it_is_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    to, said = tmp_path / "results.json", list[str]()
    former = {
        **cold("auth.get_me", 500_000_000),
        **cold("tracking.create_task", 500_000_000),
        "auth.gone": {"instructions": 1, "kind": "job", "ratio": 1},
        "auth.get_email": {"cpu_microseconds": 1, "kind": "job", "ratio": 1},
    }
    save(Result("cold-start", {"cold_start": former}, ()), to)

    def functions(*_: object) -> Any:
        yield SPECS["auth.get_me"], Cold(600_000_000, 484)
        raise NoAnswer("stopped")

    monkeypatch.setattr(cold_start, "_references", lambda *_: [("route", Cold(1_000_000_000, 607))])
    monkeypatch.setattr(cold_start, "_functions", functions)
    monkeypatch.setattr(cold_start, "counter", lambda: cold_start.instructions)
    monkeypatch.setattr(aws_server, "serving", lambda _: nullcontext(""))
    with pytest.raises(NoAnswer, match="stopped"):
        cold_start.measure(["auth.get_me"], to, said.append)
    assert said == ["auth.get_me 600 M = 0.600 ×"]
    found = load_results(to)["cold_start"]
    assert {name: each["ratio"] for name, each in found.items()} == {
        "auth.get_me": 0.6,
        "tracking.create_task": 0.5,
    }


def refuse(_operation: str, _parameters: Any) -> tuple[int, Any]:
    raise AssertionError("DynamoDB was asked")


@pytest.mark.parametrize(
    ("target", "path", "body", "answer"),
    [
        ("AWSEvents.PutEvents", "/", {"Entries": [{}]}, {"Entries": [{"EventId": "1"}]}),
        ("AmazonSQS.SendMessageBatch", "/", {"Entries": [{"Id": "7"}]}, {"Failed": []}),
        ("", "/v2/email/outbound-emails", {}, {"MessageId": "mail"}),
        ("", "/2015-03-31/functions/f/invocations", {}, {"name": "A"}),
        ("AWSCognitoIdentityProviderService.AdminGetUser", "/", {}, {"Enabled": True}),
    ],
)
def test_other_services_always_answer(target: str, path: str, body: Any, answer: Any) -> None:
    status, found = aws_server.respond(target, path, json.dumps(body).encode(), refuse)
    assert status == 200
    assert answer.items() <= found.items()


def test_the_pool_answers_for_its_users() -> None:
    user = User("sub-1", "Irina", "irina@ates.example", True, frozenset({"worker"}), True, False)

    def asked(operation: str, username: str) -> Any:
        body = json.dumps({"UserPoolId": "pool", "Username": username}).encode()
        target = f"AWSCognitoIdentityProviderService.{operation}"
        return aws_server.respond(target, "/", body, refuse, {"sub-1": user})[1]

    attributes = [{"Name": "sub", "Value": "sub-1"}, {"Name": "email", "Value": "irina@ates.example"}]
    assert asked("AdminGetUser", "sub-1")["UserAttributes"][:2] == attributes
    assert asked("AdminGetUser", "sub-1")["UserStatus"] == "FORCE_CHANGE_PASSWORD"
    assert asked("AdminCreateUser", "irina@ates.example")["User"]["Attributes"][:2] == attributes
    assert asked("AdminListGroupsForUser", "sub-1") == {"Groups": [{"GroupName": "worker"}]}
    assert asked("AdminUpdateUserAttributes", "sub-1") == {}
    assert asked("AdminGetUser", "of-nobody")["Username"] == aws_server.NEW_USER


def test_dynamodb_answers_as_its_client_does() -> None:
    def answered(operation: str, parameters: Any) -> tuple[int, Any]:
        return 200, {operation: parameters}

    assert aws_server.respond("DynamoDB_20120810.GetItem", "/", b'{"Key": 1}', answered) == (
        200,
        {"GetItem": {"Key": 1}},
    )


def test_dynamodbs_refusals_keep_their_reasons(monkeypatch: pytest.MonkeyPatch) -> None:
    refused: Any = {
        "Error": {"Code": "TransactionCanceledException", "Message": "no"},
        "CancellationReasons": [{"Code": "None"}],
    }

    class Refusing:
        def _make_api_call(self, operation: str, _parameters: Any) -> Any:
            raise ClientError(refused, operation)

    with aws_server.mocked() as tables:
        monkeypatch.setattr(tables, "_dynamodb", Refusing())
        status, found = tables.call("TransactWriteItems", {})
    assert status == 400
    assert found["__type"] == "TransactionCanceledException"
    assert found["CancellationReasons"] == [{"Code": "None"}]


def test_results_of_a_part_replace_its_former_ones(tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    save(Result("one", {"a": Decimal("1.50"), "gone": 1}, (Line("a", "1.50"),)), path)
    save(Result("two", {"b": 2}, ()), path)
    save(Result("one", {"a": Decimal("1.25")}, (Line("a", "1.25", "1.50"),), {"beside": "main"}), path)
    found = load_results(path)
    assert (found["a"], found["b"], "gone" in found) == (1.25, 2, False)
    assert found["parts"]["one"]["lines"] == [["a", "1.25", "1.50"]]
    assert found["parts"]["one"]["beside"] == "main"
    assert found["parts"]["one"]["ran_on"]["cores"] > 0


def test_a_revision_stands_beside_figures_without_another_reference() -> None:
    here = Result("x", {}, (Line("a", "1"), Line("b", "2", "own reference")))
    found = with_reference(here, {"a": "3", "b": "4"}, "v1")
    assert [line.beside for line in found.lines] == ["3", "own reference"]
    assert found.settings == {"beside": "v1"}


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["capacities"], "there is no part capacities"),
        (["cold-start", "--function", "auth.nothing"], "there is no function auth.nothing to measure"),
        (["load", "--beside", "no-such-revision"], "there is no revision no-such-revision"),
    ],
)
def test_what_is_unknown_is_refused(
    arguments: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    assert told in capsys.readouterr().err


def test_a_measurement_that_fails_is_told_without_a_traceback(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def failing() -> Result:
        raise StageFailed("the local AWS is gone")

    monkeypatch.setattr("benchmarks.layer.measure", failing)
    to = tmp_path / "results.json"
    assert main(["layer", "--to", str(to)]) == 1
    assert capsys.readouterr().err == "the local AWS is gone\n"
    assert not to.exists()


def test_small_measurements_leave_the_results(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    found = Result("layer", {"layer": 1}, (Line("layer, zipped", "6.0 MB"),))
    monkeypatch.setattr("benchmarks.layer.measure", lambda: found)
    to = tmp_path / "results.json"
    assert main(["layer", "--small", "--to", str(to)]) == 0
    assert not to.exists()
    assert main(["layer", "--to", str(to)]) == 0
    assert load_results(to)["layer"] == 1
    assert "6.0 MB" in capsys.readouterr().out


def test_the_parts_that_the_documentation_names() -> None:
    assert list(parts(small=True, beside=None)) == [
        "capacity",
        "reads",
        "shuffle",
        "layer",
        "cold-start",
        "load",
        "memory",
        "first-hour",
    ]


@pytest.mark.parametrize(("options", "tasks"), [([], 10_000), (["--shuffled", "500"], 500)])
def test_the_number_of_shuffled_tasks_is_an_option(
    options: list[str], tasks: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[load.Sizes] = []

    def noted(sizes: load.Sizes, beside: str | None) -> Result:
        asked.append(sizes)
        return Result("load", {}, (Line("a", "1"),))

    monkeypatch.setattr("benchmarks.load.measure", noted)
    assert main(["load", *options, "--to", str(tmp_path / "results.json")]) == 0
    assert [sizes.shuffled for sizes in asked] == [tasks]


class Balances:
    """Answers pages of accounting's balances."""

    def get_paginator(self, operation: str) -> "Balances":
        assert operation == "scan"
        return self

    def paginate(self, **asked: Any) -> list[Any]:
        assert asked == {"TableName": "ates-dev-accounting-balances", "ConsistentRead": True}
        return [
            {"Items": [{"last_entry_number": {"N": "3"}}, {}]},
            {"Items": [{"last_entry_number": {"N": "4"}}]},
        ]


def test_entries_are_counted_by_the_balances() -> None:
    on: Any = LocalStage.__new__(LocalStage)
    on.aws = SimpleNamespace(dynamodb=Balances(), target=target.local("http://127.0.0.1:4566"))
    assert on.entries() == 7


class Turns:
    """A stage that notes who runs."""

    def __init__(self, name: str, runs: list[str]) -> None:
        self.name, self.runs = name, runs


def test_revisions_take_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    runs: list[str] = []
    speeds = iter([1, 10, 3, 30, 2, 20])

    def one(on: Turns, count: int, clients: int) -> Rates:
        runs.append(on.name)
        speed = next(speeds)
        return Rates(speed, speed / 2)

    monkeypatch.setattr(load, "lifecycles", one)
    stages: Any = [Turns("here", runs), Turns("there", runs)]
    found = [rates for _, rates in load._rates(stages, load.Sizes(turns=3))]
    assert runs == ["here", "there"] * 3
    assert found == [Rates(2, 1), Rates(20, 10)]


def test_the_first_hour_leaves_out_what_downloads() -> None:
    instants = iter([0, 1, 1, 60, 60, 80.04, 80.04, 81, 81, 99])
    steps = Steps(lambda: next(instants))
    for name in ("git clone", "make setup", "make up", CHARGED, "ates verify"):
        with steps.step(name):
            pass
    found = result_of(steps, 1.25)
    assert found.settings == {"load average": "1.2"}
    assert found.figures["clone_to_charged_seconds"] == Decimal("22.0")
    assert [line.value for line in found.lines] == ["1.0 s", "59.0 s", "20.0 s", "1.0 s", "18.0 s", "22.0 s"]


def test_the_first_hour_has_a_newcomers_environment() -> None:
    inherited = {
        "HOME": "/h",
        "AWS_PROFILE": "p",
        "ATES_HOME": "/a",
        "MAKEFLAGS": "s",
        "VENV": ".v",
        "PORT": "1",
    }
    assert _environment(inherited) == {"HOME": "/h"}


def test_a_step_that_fails_ends_the_first_hour(tmp_path: Path) -> None:
    with pytest.raises(StageFailed, match="not a git repository"):
        _run(["git", "-C", str(tmp_path), "status"], tmp_path)


def test_the_fee_of_a_task_is_recognised() -> None:
    fee = {"kind": "assignment_fee", "task": {"task_id": "a"}}
    reward, payout = {**fee, "kind": "completion_reward"}, {"kind": "payout", "task": None}
    assert [is_fee_of("a", entry) for entry in (fee, reward, payout)] == [True, False, False]
    assert not is_fee_of("b", fee)


@pytest.mark.parametrize("part", ["load", "first-hour"])
def test_a_part_without_a_revision_runs_once(part: str) -> None:
    found = Result(part, {}, (Line("a", "1"),))
    assert measure(part, lambda: found, "no-such-revision") is found
