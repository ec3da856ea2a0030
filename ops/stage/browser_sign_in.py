"""Signs in with the operator's own browser: hosted login, authorization code, PKCE, a page on this machine.

The browser comes back to a port of this machine with a code. Only an address with this sign-in's own `state`
is accepted, once; without the verifier, which stays in this process, the code is worth nothing.
"""

import hmac
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import httpx

from infra import callbacks
from ops.console.errors import PortTaken, SignInRefused, TimedOut
from ops.console.output import ShowProgress
from ops.stage import sign_in, stacks
from ops.stage.aws import Aws
from ops.stage.sign_in import AccessToken, Client, Secrets

TIMEOUT_SECONDS = 600
"""A first sign-in also takes a new password and an authenticator."""
IDLE_SECONDS = 10
"""Browsers open connections that they may need, and send nothing."""
MAX_REASON = 200
HOST = "127.0.0.1"

Opens = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class HostedLogin:
    """A stage's login, and the client for operators."""

    authorize_url: str
    token_url: str
    client_id: str


def of_stage(aws: Aws) -> HostedLogin:
    """Raises NotUp if the stage isn't deployed, or was by sources without the operators' client."""
    region = aws.cognito.meta.region_name
    domain = stacks.output(aws, "auth", "PoolDomain")
    base = f"https://{domain}.auth.{region}.amazoncognito.com/oauth2"
    return HostedLogin(f"{base}/authorize", f"{base}/token", stacks.output(aws, "auth", "OperatorClientId"))


def open_browser(address: str) -> None:
    """In a process of its own, whose words and questions don't reach this terminal."""
    subprocess.Popen(
        [sys.executable, "-m", "webbrowser", "-t", address],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def access_token(
    http: httpx.Client,
    login: HostedLogin,
    say: ShowProgress,
    opens: Opens = open_browser,
    timeout_seconds: float = TIMEOUT_SECONDS,
    ports: Sequence[int] = callbacks.PORTS,
    now: Callable[[], float] = time.time,
) -> AccessToken:
    """Raises SignInRefused, TimedOut, or PortTaken if all ports are used by other programs."""
    made = Secrets.new()
    with _listening(made.state, ports) as page:
        client = Client(login.authorize_url, login.token_url, login.client_id, page.address)
        address = sign_in.authorize_address(client, made)
        say("sign in with your browser; if it doesn't open, go to")
        say(address)
        opens(address)
        code = page.code(timeout_seconds)
    return sign_in.exchange(http, client, code, made.verifier, now)


class _Page(ThreadingHTTPServer):
    """The page that the browser comes back to."""

    daemon_threads = True

    def __init__(self, port: int, state: str) -> None:
        super().__init__((HOST, port), _Handler)
        self._state = state.encode()
        self._lock = threading.Lock()
        self._came = False
        self.answers: queue.Queue[str | SignInRefused] = queue.Queue()

    @property
    def address(self) -> str:
        return callbacks.address(self.server_port)

    def code(self, timeout_seconds: float) -> str:
        try:
            found = self.answers.get(timeout=timeout_seconds)
        except queue.Empty:
            raise TimedOut(f"nobody signed in within {timeout_seconds / 60:.0f} minutes") from None
        if isinstance(found, SignInRefused):
            raise found
        return found

    def is_ours(self, host: str, state: str) -> bool:
        """Whether this sign-in began it, and it comes for the first time."""
        if host not in (f"localhost:{self.server_port}", f"{HOST}:{self.server_port}"):
            return False
        with self._lock:
            if self._came or not hmac.compare_digest(state.encode(errors="replace"), self._state):
                return False
            self._came = True
            return True


class _Handler(BaseHTTPRequestHandler):
    server: _Page
    timeout = IDLE_SECONDS

    def do_GET(self) -> None:
        """Answers before it passes the code on, as the command may end right after that."""
        parts = urlsplit(self.path)
        if parts.path != callbacks.PATH:
            self._say(HTTPStatus.NOT_FOUND, "There is nothing here.")
            return
        given = parse_qs(parts.query)
        if not self.server.is_ours(self.headers.get("Host", ""), given.get("state", [""])[0]):
            self._say(
                HTTPStatus.BAD_REQUEST, "This sign-in was not begun by the command, or is used already."
            )
            return
        codes = given.get("code", [])
        if len(codes) == 1:
            self._say(HTTPStatus.OK, "You are signed in. Close this page and go back to the terminal.")
            self.server.answers.put(codes[0])
            return
        self._say(HTTPStatus.OK, "You are not signed in. The terminal says why.")
        reason = (given.get("error_description") or given.get("error") or ["it sent no code"])[0]
        self.server.answers.put(SignInRefused(f"the hosted login refused it: {_plain(reason)}"))

    def _say(self, status: HTTPStatus, text: str) -> None:
        page = f"<!doctype html><html lang=en><meta charset=utf-8><title>aTES</title><p>{text}</p></html>"
        body = page.encode()
        self.send_response(status)
        for name, value in (
            ("Content-Type", "text/html; charset=utf-8"),
            ("Content-Length", str(len(body))),
            ("Content-Security-Policy", "default-src 'none'"),
            ("Cache-Control", "no-store"),
            ("Referrer-Policy", "no-referrer"),
        ):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """The address holds the code."""


@contextmanager
def _listening(state: str, ports: Sequence[int]) -> Iterator[_Page]:
    page = _first_free(state, ports)
    serving = threading.Thread(target=page.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    serving.start()
    try:
        yield page
    finally:
        page.shutdown()
        page.server_close()


def _first_free(state: str, ports: Sequence[int]) -> _Page:
    for port in ports:
        try:
            return _Page(port, state)
        except OSError:
            continue
    listed = ", ".join(str(each) for each in ports)
    raise PortTaken(f"the browser must come back to one of these ports, which are all in use: {listed}")


def _plain(text: str) -> str:
    """Printable, and not too long: it comes from an address."""
    return "".join(each if each.isprintable() else " " for each in text)[:MAX_REASON]
