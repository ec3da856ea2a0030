"""The checks after a deployment: every route refuses strangers and answers an admin."""

import io
import os
from importlib import import_module
from pathlib import Path
from typing import Any

import httpx
import pytest

from ops.console.errors import TimedOut
from ops.console.output import Output
from ops.deploying import checks, smoke
from ops.deploying.findings import Weight
from ops.stage import browser_sign_in
from ops.stage.aws import Aws
from ops.stage.installation_files import InstallationFiles
from ops.stage.sign_in import AccessToken
from ops.stage.target import deployed
from tests.support.invocations import answered, environment, http_request

APIS = {name: f"https://{name}.popug.com" for name in ("auth", "tracking", "accounting", "analytics")}
CONFIG: dict[str, Any] = {"stage": "prod", "business_timezone": "UTC", "apis": APIS, "sign_in": {}}
POLICY = "connect-src 'self' " + " ".join(APIS.values())


JSON, PROBLEM = "application/json", "application/problem+json"
OUT, PROD = Output(), Aws(deployed("prod"))


class Stage:
    """A deployed stage: what its addresses answer, and what they were asked."""

    def __init__(self, **answers: int) -> None:
        self.answers = answers
        self.asked: list[tuple[str, str]] = []
        self.policy = POLICY
        self.config: dict[str, Any] = CONFIG
        self.role, self.me = "admin", 200
        self.refuses: dict[str, str] = {}

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append((request.method, str(request.url)))
        if request.url.host == "tasks.popug.com":
            if request.url.path == "/config.json":
                return httpx.Response(200, json=self.config)
            return httpx.Response(200, headers={"content-security-policy": self.policy})
        service = request.url.host.partition(".")[0]
        if "authorization" not in request.headers:
            status = self.answers.get(f"{service}_strangers", 401)
            return httpx.Response(status, headers={"content-type": self.refuses.get(service, JSON)})
        if request.url.path == "/me":
            return httpx.Response(self.me, json={"role": self.role})
        if request.method != "GET":
            sent = {name: request.headers[name] for name in smoke.NO_COMMAND[0]}, request.read().decode()
            return httpx.Response(
                self.answers.get(f"{service}_commands", 400 if sent == smoke.NO_COMMAND else 201)
            )
        needs = "smoke" in request.url.path
        return httpx.Response(self.answers.get(service, 404 if needs else 200))

    @property
    def http(self) -> httpx.Client:
        return httpx.Client(transport=httpx.MockTransport(self))


def test_every_route_is_asked_without_a_token() -> None:
    stage = Stage()
    found = smoke.strangers(stage.http, APIS)
    assert found.weight is Weight.FINE
    assert len(stage.asked) == len(list(smoke.routes())) > 30
    assert ("POST", "https://tracking.popug.com/tasks/smoke/complete") in stage.asked


@pytest.mark.parametrize("status", [200, 404, 500])
def test_a_route_that_lets_strangers_in_or_is_missing_fails(status: int) -> None:
    found = smoke.strangers(Stage(auth_strangers=status).http, APIS)
    assert found.weight is Weight.STOPS
    assert f"auth POST /accounts answers {status}" in found.found
    assert "tracking" not in found.found


def test_a_route_whose_function_refuses_strangers_itself_has_no_authorizer() -> None:
    stage = Stage()
    stage.refuses = {"auth": PROBLEM}
    found = smoke.strangers(stage.http, APIS)
    assert found.weight is Weight.STOPS
    assert "auth POST /accounts has no authorizer: the function itself refuses" in found.found
    assert "tracking" not in found.found


def test_every_route_is_asked_as_an_admin() -> None:
    stage = Stage()
    assert smoke.signed_in(stage.http, APIS, "token").weight is Weight.FINE
    assert len(stage.asked) == 1 + len(list(smoke.routes()))
    assert ("GET", "https://accounting.popug.com/me/balance") in stage.asked


@pytest.mark.parametrize("status", [202, 404, 502])
def test_a_command_that_does_not_refuse_what_is_no_command_is_named(status: int) -> None:
    found = smoke.signed_in(Stage(tracking_commands=status).http, APIS, "token")
    assert found.weight is Weight.STOPS
    assert f"tracking POST /shuffles answers {status}" in found.found


@pytest.mark.parametrize(
    ("service", "name"),
    [(spec.service, spec.name) for spec, route in smoke.routes() if route.method != "GET"],
)
def test_each_command_refuses_what_is_no_command_and_does_nothing(
    service: str, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Anything that it did would need a table or the user pool, which are not there."""
    module = import_module(f"functions.{service}.{name}.handler")
    for key, value in environment(service).items():
        monkeypatch.setenv(key, value)
    headers, body = smoke.NO_COMMAND
    path = dict.fromkeys(smoke.PARAMETER.findall(module.SPEC.trigger.path), "smoke")
    parameters = {key.strip("{}"): value for key, value in path.items()}
    event = http_request(
        "POST", "/smoke", groups="[admin]", body=body, headers=headers, parameters=parameters
    )
    assert answered(module.handler(event, None))[0] == smoke.REFUSED


def test_routes_that_need_an_id_are_asked_too() -> None:
    stage = Stage()
    assert "routes answer an admin" in smoke.signed_in(stage.http, APIS, "token").found
    assert ("GET", "https://tracking.popug.com/tasks/smoke/history") in stage.asked


@pytest.mark.parametrize(("role", "me", "said"), [("worker", 200, "worker"), ("admin", 401, "nobody (401)")])
def test_who_is_no_admin_cannot_do_it(role: str, me: int, said: str) -> None:
    stage = Stage()
    stage.role, stage.me = role, me
    found = smoke.signed_in(stage.http, APIS, "token")
    assert (found.weight, found.found) == (Weight.WARNS, f"signed in as {said}, not as an admin")


@pytest.mark.parametrize(
    ("status", "weight"), [(200, Weight.FINE), (403, Weight.STOPS), (401, Weight.STOPS), (500, Weight.STOPS)]
)
def test_what_an_admin_is_answered(status: int, weight: Weight) -> None:
    assert smoke.signed_in(Stage(accounting=status).http, APIS, "token").weight is weight


def test_an_address_that_does_not_answer_is_named() -> None:
    def lost(_request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("no such host")

    http = httpx.Client(transport=httpx.MockTransport(lost))
    assert "did not answer (no such host)" in smoke.strangers(http, APIS).found
    assert "no answer (no such host)" in smoke.dashboards(http, "https://tasks.popug.com", CONFIG).found


def test_the_dashboards_are_served_and_may_call_the_apis() -> None:
    stage = Stage()
    assert smoke.dashboards(stage.http, "https://tasks.popug.com", CONFIG).weight is Weight.FINE
    stage.policy = "connect-src 'self' https://auth.popug.com"
    found = smoke.dashboards(stage.http, "https://tasks.popug.com", CONFIG)
    assert "its policy doesn't allow https://tracking.popug.com" in found.found
    assert "https://auth.popug.com" not in found.found


def test_another_stages_configuration_is_noticed() -> None:
    stage = Stage()
    stage.config = {**CONFIG, "stage": "dev"}
    found = smoke.dashboards(stage.http, "https://tasks.popug.com", CONFIG)
    assert found.found == "config.json is not this stage's"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Its command `ates` says that something is wrong, except for `status`; the addresses are fakes."""
    (tmp_path / "ops").mkdir()
    script = "import sys\nif sys.argv[1] == 'verify': sys.exit('hash differs for ' + sys.argv[3])\n"
    (tmp_path / "ops" / "__main__.py").write_text(script)
    monkeypatch.setattr(checks, "http_client", lambda **_: Stage().http)
    return tmp_path


def test_status_and_verify_run_as_commands(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ATES_TOKEN", raising=False)
    document = {**CONFIG, "web": "https://tasks.popug.com"}
    files = InstallationFiles(project, project / ".ates")
    found = {each.about: each for each in checks.all_of(files, OUT, PROD, document)}
    assert found["ates status"].weight is Weight.FINE
    assert (found["ates verify"].weight, found["ates verify"].found) == (
        Weight.STOPS,
        "hash differs for prod",
    )
    signed_in = found["routes, signed in"]
    assert (signed_in.weight, signed_in.found) == (Weight.WARNS, "not asked: there is no terminal")
    assert found["the dashboards"].weight is Weight.FINE


def test_with_a_token_the_routes_are_asked_signed_in(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(os.environ, "ATES_TOKEN", "token")
    files = InstallationFiles(project, project / ".ates")
    found = checks.all_of(files, OUT, PROD, {**CONFIG, "web": None})
    assert {each.about: each.weight for each in found}["routes, signed in"] is Weight.FINE
    assert "the dashboards" not in {each.about for each in found}


class Terminal(io.StringIO):
    """Somebody sits there."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("comes", "found"),
    [
        (AccessToken("token", 900), "routes answer an admin"),
        (TimedOut("nobody signed in within 10 minutes"), "not asked: nobody signed in within 10 minutes"),
    ],
)
def test_on_a_terminal_somebody_signs_in(
    comes: Any, found: str, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def signs_in(*_: Any) -> AccessToken:
        if isinstance(comes, Exception):
            raise comes
        return AccessToken("token", 900)

    monkeypatch.delenv("ATES_TOKEN", raising=False)
    monkeypatch.setattr("sys.stdin", Terminal())
    monkeypatch.setattr("sys.stderr", Terminal())
    monkeypatch.setattr(browser_sign_in, "of_stage", lambda _aws: None)
    monkeypatch.setattr(browser_sign_in, "access_token", signs_in)
    files = InstallationFiles(project, project / ".ates")
    by_subject = {each.about: each for each in checks.all_of(files, Output(), PROD, {**CONFIG, "web": None})}
    assert found in by_subject["routes, signed in"].found
