"""`ates up`: what it skips and repeats, and that a failure leaves nothing running."""

import json
from dataclasses import dataclass, field
from typing import Any

import pytest

from infra import names
from infra.discovery import discover
from ops import __main__ as command_line
from ops.console.errors import BadInput, CommandFailed, DeployFailed, SignInRefused
from ops.console.output import Output
from ops.local import (
    backfill_list_keys,
    dashboards,
    demo_accounts,
    deploy,
    fingerprint,
    forwarder,
    live,
    lock,
    ministack,
    postdeploy,
    up,
)
from ops.local.ministack import Process, StartedMinistack
from ops.recovery import catch_up, guard
from ops.stage import consumers, event_sources, in_flight, lambdas, local_json, local_session, stacks
from ops.stage.in_flight import InFlight
from ops.stage.installation_files import InstallationFiles
from ops.stage.local_json import DemoAccount, LocalAws
from ops.stage.sign_in import AccessToken
from ops.stage.stacks import Stack
from ops.stage.target import local
from shared.settings import FORMS
from tests.ops.conftest import Answer, FakeTime

FUNCTIONS = {names.function("dev", spec) for service in discover() for spec in service.use_cases}
PROCESS = Process(pid=2**22, port=4566, identity="ours")


@dataclass
class Machine:
    """A fake machine: what runs, what is deployed, and the steps that `up` took."""

    process: Process | None = None
    fingerprint: str | None = None
    pool: str = "pool-1"
    fails: Exception | None = None
    password: str = ""
    published: dict[str, Any] | None = None
    forwarded: tuple[int, str, str] | None = None
    steps: list[str] = field(default_factory=list)
    functions: set[str] = field(default_factory=lambda: set(FUNCTIONS))
    older: list[str] = field(default_factory=list)
    sources: set[str] = field(
        default_factory=lambda: {each.function for each in consumers.of("dev").values()}
    )

    def start(self, *_: Any) -> StartedMinistack:
        self.steps.append("start")
        self.process = PROCESS
        return StartedMinistack(PROCESS, fresh=True)

    def abandon(self, *_: Any) -> None:
        self.steps.append("stop")
        self.process = None

    def deploy(self, *given: Any, row_form: str = "") -> None:
        without = given[5] if len(given) > 5 else ()
        said = f" with rows of {row_form}" if row_form else ""
        self.steps.append(" ".join(["deploy without", *without]) if without else f"deploy{said}")
        if self.fails:
            raise self.fails

    def publish(self, _home: Any, _aws: Any, config: dict[str, Any]) -> bool:
        new = config != self.published
        self.published = config
        if new:
            self.steps.append("publish")
        return new

    def forward(self, _home: Any, port: int, endpoint: str, domain: str, _timer: Any) -> None:
        self.forwarded = (port, endpoint, domain)

    def create(self, _aws: Any, user_pool_id: str, password: str) -> tuple[DemoAccount, ...]:
        self.steps.append(f"accounts in {user_pool_id}")
        self.password = password
        return tuple(
            DemoAccount(role=demo.role, email=demo.email, password=password, account_id=demo.email)
            for demo in demo_accounts.DEMO_ACCOUNTS
        )

    def sign_in(self, _http: Any, _described: Any, account: DemoAccount) -> AccessToken:
        if account.password != self.password:
            raise SignInRefused("Incorrect username or password.")
        return AccessToken("token", 900)

    def remember(self, _aws: Any, value: str) -> None:
        self.fingerprint = value

    def found(self, _aws: Any) -> tuple[Stack, ...]:
        outputs = {"ApiId": "api", "UserPoolId": self.pool, "ClientId": "client"}
        return tuple(
            Stack(name, "CREATE_COMPLETE", outputs)
            for name in stacks.expected(local("http://127.0.0.1:4566"))
        )


@pytest.fixture
def machine(files: InstallationFiles, monkeypatch: pytest.MonkeyPatch) -> Machine:
    found = Machine()
    monkeypatch.setenv("ATES_HOME", str(files.folder))
    replacements: list[tuple[Any, str, Any]] = [
        (deploy, "check_tools", lambda _: None),
        (deploy, "deploy", found.deploy),
        (live, "after_deployment", lambda _: None),
        (postdeploy, "run", lambda *_: found.steps.append("post-deploy")),
        (guard, "write_once", lambda *_: found.steps.append("guard")),
        (backfill_list_keys, "complete", lambda *_: found.steps.append("list keys")),
        (catch_up, "before_deployment", lambda _: None),
        (catch_up, "after_deployment", lambda *_: found.steps.append("catch up")),
        (ministack, "running", lambda _: found.process),
        (ministack, "start", found.start),
        (ministack, "abandon", found.abandon),
        (ministack, "healthy", lambda _: True),
        (forwarder, "check_port", lambda *_: None),
        (forwarder, "ensure", found.forward),
        (dashboards, "publish", found.publish),
        (stacks, "output", lambda *_: "d123.cloudfront.net"),
        (fingerprint, "fingerprint", lambda _: "current"),
        (fingerprint, "deployed", lambda _: found.fingerprint),
        (fingerprint, "remember", found.remember),
        (stacks, "found", found.found),
        (lambdas, "existing", lambda _: found.functions),
        (lambdas, "of_older_release", lambda _: found.older),
        (event_sources, "states", lambda _: {name: ["Enabled"] for name in found.sources}),
        (demo_accounts, "create", found.create),
        (local_session, "access_token", found.sign_in),
        (in_flight, "wait_until_none", lambda *_: InFlight({}, {})),
    ]
    for owner, name, replacement in replacements:
        monkeypatch.setattr(owner, name, replacement)
    return found


def run(files: InstallationFiles, time: FakeTime) -> LocalAws:
    return up.up(files, Output(as_json=True), 4566, False, time.timer)


ALL_STEPS = [
    "start",
    "deploy",
    "post-deploy",
    "guard",
    "list keys",
    "catch up",
    "accounts in pool-1",
    "publish",
]


def test_the_first_run_does_every_step_and_writes_local_json(
    files: InstallationFiles, machine: Machine, fake_time: FakeTime
) -> None:
    found = run(files, fake_time)
    assert machine.steps == ALL_STEPS
    assert found == local_json.load(files.local_json)
    assert found.apis.tracking == "http://127.0.0.1:4566/_aws/execute-api/api/$default"
    assert found.oauth.authorize_url == "http://127.0.0.1:4566/oauth2/authorize"
    assert len(found.accounts) == 8
    assert found.web == "http://localhost:8080"
    assert machine.forwarded == (8080, "http://127.0.0.1:4566", "d123.cloudfront.localhost")


def test_rows_keep_the_form_of_the_last_release_until_its_functions_are_gone(
    files: InstallationFiles, machine: Machine, fake_time: FakeTime, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine.older = ["ates-dev-accounting-on-task-event"]
    run(files, fake_time)
    assert machine.steps[1:3] == [f"deploy with rows of {FORMS[-1]}", "deploy"]
    machine.steps, machine.fingerprint = [], None
    monkeypatch.setattr(up, "keeps_older_form", lambda _stage: True)
    run(files, fake_time)
    assert machine.steps[0] == "deploy"
    assert not [step for step in machine.steps if step.startswith("deploy with")]


def test_the_dashboards_keep_their_port(
    files: InstallationFiles, machine: Machine, fake_time: FakeTime
) -> None:
    """Another port is another origin, which the APIs must accept, so it needs a deployment."""
    run(files, fake_time)
    up.up(files, Output(as_json=True), 4566, False, fake_time.timer, web_port=8181)
    assert machine.steps.count("deploy") == 2
    found = run(files, fake_time)
    assert found.web == "http://localhost:8181"
    assert machine.steps.count("deploy") == 2
    assert machine.published is not None
    assert machine.published["business_timezone"] == "UTC"


def test_a_second_run_without_changes_does_nothing(
    files: InstallationFiles, machine: Machine, fake_time: FakeTime
) -> None:
    first = run(files, fake_time)
    assert run(files, fake_time) == first
    assert machine.steps == ALL_STEPS


def test_changed_sources_are_deployed_and_the_password_is_kept(
    files: InstallationFiles, machine: Machine, fake_time: FakeTime
) -> None:
    first = run(files, fake_time)
    machine.fingerprint = "older"
    assert run(files, fake_time) == first
    assert machine.steps == [*ALL_STEPS, *ALL_STEPS[1:-1]]


@pytest.mark.parametrize("deployed", ["current", "older"])
def test_accounts_added_later_are_kept(
    files: InstallationFiles, machine: Machine, fake_time: FakeTime, deployed: str
) -> None:
    """Accounts of `ates demo` cause no step, and a deployment keeps them."""
    first = run(files, fake_time)
    steps = list(machine.steps)
    added = first.accounts[0].model_copy(update={"email": "irina@ates.example", "account_id": "irina"})
    known = first.model_copy(update={"accounts": (*first.accounts, added)})
    local_json.save(files.local_json, known)
    if deployed == "older":
        machine.fingerprint = deployed
    assert run(files, fake_time) == known
    assert (machine.steps == steps) == (deployed == "current")
    machine.fingerprint, machine.pool = None, "pool-2"
    assert added not in run(files, fake_time).accounts


def test_a_wiped_emulator_is_set_up_again(
    files: InstallationFiles, machine: Machine, fake_time: FakeTime
) -> None:
    run(files, fake_time)
    machine.fingerprint, machine.pool = None, "pool-2"
    found = run(files, fake_time)
    assert machine.steps == [
        *ALL_STEPS,
        "deploy",
        "post-deploy",
        "guard",
        "list keys",
        "catch up",
        "accounts in pool-2",
        "publish",
    ]
    assert found.user_pool_id == "pool-2"


def test_without_local_json_only_the_accounts_are_created_again(
    files: InstallationFiles, machine: Machine, fake_time: FakeTime
) -> None:
    run(files, fake_time)
    files.local_json.unlink()
    run(files, fake_time)
    assert machine.steps == [*ALL_STEPS, "accounts in pool-1"]


def test_passwords_changed_by_another_installation_are_set_again(
    files: InstallationFiles, machine: Machine, fake_time: FakeTime
) -> None:
    first = run(files, fake_time)
    machine.password = "another"
    assert run(files, fake_time) == first
    assert machine.password == first.accounts[0].password


@pytest.mark.parametrize("failure", [DeployFailed("no"), ZeroDivisionError(), KeyboardInterrupt()])
def test_a_failure_stops_the_ministack_that_it_started(
    files: InstallationFiles, machine: Machine, fake_time: FakeTime, failure: Exception
) -> None:
    machine.fails = failure
    with pytest.raises(type(failure)):
        run(files, fake_time)
    assert machine.steps == ["start", "deploy", "stop"]
    assert not files.local_json.exists()


def test_a_failure_keeps_a_ministack_that_was_already_running(
    files: InstallationFiles, machine: Machine, fake_time: FakeTime
) -> None:
    machine.process, machine.fails = PROCESS, DeployFailed("no")
    with pytest.raises(DeployFailed):
        run(files, fake_time)
    assert machine.steps == ["deploy"]
    assert machine.fingerprint == "deploying"


def test_with_an_endpoint_on_this_machine_nothing_is_started(
    files: InstallationFiles, machine: Machine, fake_time: FakeTime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://localhost:4999/")
    found = up.up(files, Output(as_json=True), None, False, fake_time.timer)
    assert machine.steps == ALL_STEPS[1:]
    assert found.endpoint == "http://localhost:4999"
    assert found.apis.auth == "http://localhost:4999/_aws/execute-api/api/$default"


def test_an_endpoint_that_does_not_answer_is_one_message(
    machine: Machine, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://localhost:4999")
    monkeypatch.setattr(ministack, "healthy", lambda _: False)
    assert command_line.main(["up"]) == 1
    said = "ates up: AWS_ENDPOINT_URL is http://localhost:4999, but no AWS emulator answers there\n"
    assert capsys.readouterr().err == said
    assert not machine.steps


def test_it_prints_the_next_commands_and_no_password(
    files: InstallationFiles, machine: Machine, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command_line.main(["up"]) == 0
    said = capsys.readouterr().out
    assert said.lstrip().startswith("dashboards")
    assert "http://localhost:8080" in said.splitlines()[0]
    assert "ates demo" in said
    assert "ates token --as worker" in said
    assert "/_aws/execute-api/api/$default/tasks" in said
    one_of_each = "admin@ates.example, manager@ates.example, accountant@ates.example, worker1@ates.example"
    assert f"{one_of_each}; 4 more: `ates accounts list`" in said
    assert "local.json" in said
    password = local_json.load(files.local_json).accounts[0].password
    assert password not in said
    assert command_line.main(["up", "--json"]) == 0
    document = capsys.readouterr().out
    assert json.loads(document)["user_pool_id"] == "pool-1"
    assert password not in document


def test_two_at_the_same_time_are_refused(
    files: InstallationFiles, machine: Machine, fake_time: FakeTime
) -> None:
    with lock.alone(files), pytest.raises(CommandFailed, match="another `ates up`"):
        run(files, fake_time)
    run(files, fake_time)


def start(files: InstallationFiles, time: FakeTime, port: int | None) -> str:
    """The endpoint."""
    return up.up(files, Output(as_json=True), port, False, time.timer).endpoint


def test_another_port_than_the_running_one_is_refused(
    files: InstallationFiles, machine: Machine, fake_time: FakeTime
) -> None:
    machine.process = PROCESS
    assert start(files, fake_time, 4566) == "http://127.0.0.1:4566"
    with pytest.raises(BadInput, match="runs already, on port 4566; run `make down` first"):
        start(files, fake_time, 5000)


def test_without_a_port_it_is_the_last_one(
    files: InstallationFiles, machine: Machine, fake_time: FakeTime
) -> None:
    assert start(files, fake_time, 5000) == "http://127.0.0.1:5000"
    machine.process = None
    assert start(files, fake_time, None) == "http://127.0.0.1:5000"


@pytest.mark.parametrize(
    ("arguments", "variables"),
    [(["--port", "5000"], {}), ([], {"PORT": "5000"}), (["--port", "5000"], {"PORT": "1"})],
)
def test_the_port_comes_from_the_option_or_the_environment(
    machine: Machine,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    variables: dict[str, str],
) -> None:
    """`make up PORT=5000` passes it in the environment."""
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert command_line.main(["up", "--json", *arguments]) == 0
    assert json.loads(capsys.readouterr().out)["endpoint"] == "http://127.0.0.1:5000"


def test_a_port_beside_another_endpoint_is_refused(
    files: InstallationFiles, machine: Machine, fake_time: FakeTime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://localhost:4999")
    with pytest.raises(BadInput, match="so --port 5000 can't be used"):
        start(files, fake_time, 5000)
    assert start(files, fake_time, 4999) == "http://localhost:4999"


def test_the_endpoint_of_ates_env_is_our_own(
    files: InstallationFiles, machine: Machine, fake_time: FakeTime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After `eval "$(ates env)"` and `make down`, `make up` starts it again."""
    endpoint = start(files, fake_time, None)
    monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint)
    monkeypatch.setattr(ministack, "healthy", lambda _: False)
    machine.process = None
    assert start(files, fake_time, None) == endpoint
    assert machine.steps.count("start") == 2


def test_clean_asks_while_something_runs(
    files: InstallationFiles,
    machine: Machine,
    answer: Answer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    machine.process = PROCESS
    monkeypatch.setattr(ministack, "stop", lambda *_: PROCESS)
    monkeypatch.setattr(forwarder, "stop", lambda *_: None)
    assert command_line.main(["clean"]) == 1
    assert files.folder.exists()
    assert str(files.folder) in answer.questions[0]
    assert command_line.main(["clean", "--yes"]) == 0
    assert not files.folder.exists()


def test_a_folder_of_another_user_is_refused_with_the_remedy(
    files: InstallationFiles, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ATES_HOME", str(files.folder))

    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("os.chmod", refuse)
    assert command_line.main(["down"]) == 1
    said = capsys.readouterr().err
    assert said.startswith(f"ates down: {files.folder} can't be used by ")
    assert "set ATES_HOME" in said
    monkeypatch.undo()
    monkeypatch.setenv("ATES_HOME", str(files.folder))
    monkeypatch.setattr("pathlib.Path.read_bytes", refuse)
    assert command_line.main(["status"]) == 1
    assert "set ATES_HOME" in capsys.readouterr().err


def test_what_somebody_deleted_is_made_again(
    files: InstallationFiles, machine: Machine, fake_time: FakeTime, capsys: pytest.CaptureFixture[str]
) -> None:
    """CloudFormation believes that it exists, so it is deployed without, and then with it."""
    run(files, fake_time)
    machine.steps.clear()
    machine.functions.remove("ates-dev-tracking-get-task")
    machine.sources.remove("ates-dev-accounting-on-task-event")
    up.up(files, Output(), 4566, False, fake_time.timer)
    assert machine.steps[:2] == ["deploy without accounting.on_task_event tracking.get_task", "deploy"]
    said = capsys.readouterr().err
    assert "what waited for accounting.on_task_event is lost" in said
    assert "what waited for tracking.get_task" not in said
