"""`ates token --stage` with a browser that comes back to this machine, against a fake hosted login on it."""

import json
import secrets
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest

from ops.__main__ import main
from ops.console.errors import PortTaken, SignInRefused, TimedOut
from ops.stage import browser_sign_in, connection, stacks
from ops.stage.aws import Aws
from ops.stage.browser_sign_in import HostedLogin
from ops.stage.sign_in import challenge_of

pytestmark = pytest.mark.enable_socket

ANY_PORT = (0,)
CLIENT = "operators"


class Pool(ThreadingHTTPServer):
    """Signs whoever comes in, and redeems each code once, for the verifier of its challenge."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.codes: dict[str, dict[str, str]] = {}
        self.asked: list[dict[str, str]] = []
        self.refuses: dict[str, str] = {}
        self.answer: dict[str, Any] = {"access_token": "token", "expires_in": 900}
        self.broken = b""

    @property
    def login(self) -> HostedLogin:
        base = f"http://127.0.0.1:{self.server_port}/oauth2"
        return HostedLogin(f"{base}/authorize", f"{base}/token", CLIENT)


class Handler(BaseHTTPRequestHandler):
    server: Pool

    def do_GET(self) -> None:
        asked = {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}
        self.server.asked.append(asked)
        code = secrets.token_hex(4)
        self.server.codes[code] = asked
        said = self.server.refuses or {"code": code}
        self.send_response(302)
        self.send_header(
            "Location", f"{asked['redirect_uri']}?{urlencode({**said, 'state': asked['state']})}"
        )
        self.end_headers()

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        form = {name: values[0] for name, values in parse_qs(body).items()}
        begun = self.server.codes.pop(form["code"], {})
        same = all(form[each] == begun.get(each) for each in ("client_id", "redirect_uri"))
        if not same or challenge_of(form["code_verifier"]) != begun.get("code_challenge"):
            self._say(400, b'{"error": "invalid_grant"}')
        else:
            self._say(200, self.server.broken or json.dumps(self.server.answer).encode())

    def _say(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Tests are quiet."""


@pytest.fixture
def pool() -> Iterator[Pool]:
    with Pool() as found:
        threading.Thread(target=found.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        yield found
        found.shutdown()


@pytest.fixture
def http() -> Iterator[httpx.Client]:
    with httpx.Client(trust_env=False, timeout=10) as found:
        yield found


Visits = Callable[[httpx.Client, str], None]


class Browser:
    """Opens the address in a thread, as a browser does, and keeps what it was shown."""

    def __init__(self, visits: Visits | None = None) -> None:
        self.pages: list[httpx.Response] = []
        self.visits = visits or self.follow
        self.thread: threading.Thread | None = None

    def __call__(self, address: str) -> None:
        self.thread = threading.Thread(target=self._visit, args=(address,), daemon=True)
        self.thread.start()

    def _visit(self, address: str) -> None:
        with httpx.Client(trust_env=False, timeout=10, follow_redirects=False) as http:
            self.visits(http, address)

    def follow(self, http: httpx.Client, address: str) -> None:
        self.pages.append(http.get(address, follow_redirects=True))

    def back(self, http: httpx.Client, address: str) -> str:
        """Where the login sends it."""
        return str(http.get(address).headers["location"])

    def get(self, http: httpx.Client, address: str, **headers: str) -> int:
        self.pages.append(http.get(address, headers=headers))
        return self.pages[-1].status_code


def sign_in(http: httpx.Client, pool: Pool, browser: Browser, seconds: float = 10) -> Any:
    said: list[str] = []
    try:
        return browser_sign_in.access_token(
            http, pool.login, said.append, browser, seconds, ANY_PORT, lambda: 100
        )
    finally:
        assert said[1].startswith(pool.login.authorize_url)
        if browser.thread:
            browser.thread.join(10)


def test_a_sign_in_gives_a_token_and_the_page_says_so(http: httpx.Client, pool: Pool) -> None:
    browser = Browser()
    granted = sign_in(http, pool, browser)
    assert (granted.value, granted.expires_at) == ("token", 1000)
    (asked,) = pool.asked
    assert (asked["client_id"], asked["response_type"], asked["scope"]) == (CLIENT, "code", "openid")
    assert asked["code_challenge_method"] == "S256"
    assert asked["redirect_uri"].startswith("http://localhost:")
    (page,) = browser.pages
    assert "You are signed in" in page.text
    assert page.headers["cache-control"] == "no-store"
    assert page.headers["content-security-policy"] == "default-src 'none'"


def test_each_sign_in_has_its_own_state_and_verifier(http: httpx.Client, pool: Pool) -> None:
    for _ in range(2):
        sign_in(http, pool, Browser())
    first, second = pool.asked
    assert first["state"] != second["state"]
    assert first["code_challenge"] != second["code_challenge"]


def test_another_state_is_refused_and_the_right_one_still_accepted(http: httpx.Client, pool: Pool) -> None:
    statuses: list[int] = []
    browser = Browser()

    def visits(client: httpx.Client, address: str) -> None:
        back = browser.back(client, address)
        start = back.partition("?")[0]
        statuses.append(browser.get(client, f"{start}?code=stolen&state=other"))
        statuses.append(browser.get(client, f"{start}?code=stolen"))
        statuses.append(browser.get(client, start.replace("/callback", "/favicon.ico")))
        statuses.append(browser.get(client, back, Host="evil.example"))
        statuses.append(browser.get(client, back))

    browser.visits = visits
    assert sign_in(http, pool, browser).value == "token"
    assert statuses == [400, 400, 404, 400, 200]
    assert "stolen" not in browser.pages[0].text


def test_only_one_request_is_accepted(
    http: httpx.Client, pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second comes before the command has read the first."""
    second: list[int] = []
    browser, came = Browser(), threading.Event()
    read = browser_sign_in._Page.code

    def later(page: Any, seconds: float) -> str:
        assert came.wait(10)
        return str(read(page, seconds))

    def visits(client: httpx.Client, address: str) -> None:
        back = browser.back(client, address)
        browser.get(client, back)
        second.append(browser.get(client, back.replace("code=", "code=other")))
        came.set()

    monkeypatch.setattr(browser_sign_in._Page, "code", later)
    browser.visits = visits
    assert sign_in(http, pool, browser).value == "token"
    assert second == [400]


def test_a_refusal_of_the_login_is_said_in_one_plain_line(http: httpx.Client, pool: Pool) -> None:
    pool.refuses = {"error": "access_denied", "error_description": "User is\x1b[31m disabled.\n"}
    browser = Browser()
    with pytest.raises(SignInRefused, match=r"^the hosted login refused it: User is \[31m disabled\. $"):
        sign_in(http, pool, browser)
    assert "not signed in" in browser.pages[0].text
    assert "disabled" not in browser.pages[0].text


def test_a_code_of_another_sign_in_is_worth_nothing(http: httpx.Client, pool: Pool) -> None:
    """PKCE: whoever gives us their code doesn't make us them."""
    pool.codes["theirs"] = {"code_challenge": challenge_of("their verifier")}
    browser = Browser()

    def visits(client: httpx.Client, address: str) -> None:
        back = urlsplit(browser.back(client, address))
        state = parse_qs(back.query)["state"][0]
        browser.get(client, f"http://{back.netloc}{back.path}?code=theirs&state={state}")

    browser.visits = visits
    with pytest.raises(SignInRefused, match="the token URL answered 400"):
        sign_in(http, pool, browser)


@pytest.mark.parametrize("broken", [b"<html>", b"{}", b"[]", b'{"access_token": "t", "expires_in": "soon"}'])
def test_an_answer_without_a_token_is_refused(http: httpx.Client, pool: Pool, broken: bytes) -> None:
    pool.broken = broken
    with pytest.raises(SignInRefused, match="answered without an access token"):
        sign_in(http, pool, Browser())


def test_it_waits_only_so_long(http: httpx.Client, pool: Pool) -> None:
    """A connection that sends nothing, as browsers open them, doesn't hold it."""
    opened: list[socket.socket] = []

    def visits(client: httpx.Client, address: str) -> None:
        back = urlsplit(parse_qs(urlsplit(address).query)["redirect_uri"][0])
        opened.append(socket.create_connection(("127.0.0.1", back.port or 0)))

    with pytest.raises(TimedOut, match="nobody signed in within"):
        sign_in(http, pool, Browser(visits), seconds=0.2)
    with suppress(IndexError):
        opened[0].close()


def test_nothing_listens_afterwards(http: httpx.Client, pool: Pool) -> None:
    sign_in(http, pool, Browser())
    port = urlsplit(pool.asked[0]["redirect_uri"]).port
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port or 0)).close()


def test_a_port_that_is_used_is_passed_over(http: httpx.Client, pool: Pool) -> None:
    with socket.create_server(("127.0.0.1", 0)) as used:
        taken = used.getsockname()[1]
        granted = browser_sign_in.access_token(
            http, pool.login, lambda _: None, Browser(), 10, (taken, 0), lambda: 100
        )
        assert granted.value == "token"
        with pytest.raises(PortTaken, match=f"all in use: {taken}$"):
            browser_sign_in.access_token(http, pool.login, lambda _: None, Browser(), 10, (taken,))


@pytest.fixture
def deployed(monkeypatch: pytest.MonkeyPatch, pool: Pool, aws: Aws) -> None:
    """A stage whose login is the fake one."""
    monkeypatch.setattr(connection, "aws", lambda _stage: aws)
    monkeypatch.setattr(browser_sign_in, "of_stage", lambda _aws: pool.login)
    monkeypatch.setattr(browser_sign_in.access_token, "__defaults__", (Browser(), 10, ANY_PORT, lambda: 100))
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.usefixtures("deployed")
def test_the_command_prints_nothing_but_the_token(capsys: pytest.CaptureFixture[str]) -> None:
    """`export ATES_TOKEN=$(ates token --stage prod)`"""
    assert main(["token", "--stage", "prod"]) == 0
    said = capsys.readouterr()
    assert said.out == "token\n"
    assert "sign in with your browser" in said.err
    assert main(["token", "--stage", "prod", "--json"]) == 0
    said = capsys.readouterr()
    assert json.loads(said.out) == {"access_token": "token", "expires_at": 1000, "stage": "prod"}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "ates token: Missing option '--as'. (Or --stage, for a stage on AWS.)\n"),
        (["--stage", "prod", "--as", "admin"], "ates token: --as is for the local AWS; "),
    ],
)
def test_either_a_demo_account_or_a_stage_is_named(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["token", *arguments]) == 2
    assert capsys.readouterr().err.startswith(said)


def test_the_login_is_that_of_the_stages_user_pool(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stacks, "output", lambda _aws, part, key: f"{part}-{key}")
    found = browser_sign_in.of_stage(aws)
    assert found.authorize_url == "https://auth-PoolDomain.auth.us-east-1.amazoncognito.com/oauth2/authorize"
    assert found.token_url == "https://auth-PoolDomain.auth.us-east-1.amazoncognito.com/oauth2/token"
    assert found.client_id == "auth-OperatorClientId"
