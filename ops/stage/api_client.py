"""Calls a service's HTTP API as a signed-in account."""

import threading
import time
from collections.abc import Callable
from typing import Any

import httpx

from ops.console.errors import Unreachable
from ops.console.wait import Timer
from ops.stage.sign_in import AccessToken

ATTEMPTS = 5
FIRST_PAUSE_SECONDS = 0.2
EARLY_SECONDS = 60
AWAY = frozenset({429, 502, 503, 504})
"""Statuses of a gateway or service that may do the same request in a moment."""
TRIED_BEFORE = "tried_before"
"""The extension of an answer that says whether an earlier try may have done it already."""
HTTP_TIMEOUT = httpx.Timeout(35, connect=5)
CONNECTIONS = 64


def http_client(through_proxy: bool = False) -> httpx.Client:
    """Follows no redirects (the last one of a login leads nowhere); this machine is asked without a proxy."""
    limits = httpx.Limits(max_connections=CONNECTIONS, max_keepalive_connections=CONNECTIONS)
    return httpx.Client(timeout=HTTP_TIMEOUT, limits=limits, trust_env=through_proxy)


class Tokens:
    """One account's access token, renewed shortly before it expires; thread-safe."""

    def __init__(self, sign_in: Callable[[], AccessToken], now: Callable[[], float] = time.time) -> None:
        self._sign_in = sign_in
        self._now = now
        self._lock = threading.Lock()
        self._token: AccessToken | None = None

    def current(self) -> AccessToken:
        with self._lock:
            if self._token is None or self._token.expires_at - EARLY_SECONDS <= self._now():
                self._token = self._sign_in()
            return self._token


class Api:
    """A service's API. Retries requests that may be lost; a change carries its idempotency key."""

    def __init__(self, http: httpx.Client, base_url: str, tokens: Tokens, timer: Timer | None = None) -> None:
        self._http = http
        self._base_url = base_url
        self._tokens = tokens
        self._timer = timer or Timer()

    def get(self, path: str, **query: str) -> httpx.Response:
        return self._ask("GET", path, {}, params=query)

    def post(self, path: str, body: Any, idempotency_key: str) -> httpx.Response:
        return self._ask("POST", path, {"Idempotency-Key": idempotency_key}, json=body)

    def patch(self, path: str, body: Any, idempotency_key: str) -> httpx.Response:
        return self._ask("PATCH", path, {"Idempotency-Key": idempotency_key}, json=body)

    def _ask(self, method: str, path: str, headers: dict[str, str], **content: Any) -> httpx.Response:
        """The first answer not of `AWAY`; raises Unreachable after the last attempt."""
        reason = ""
        for attempt in range(ATTEMPTS):
            if attempt:
                self._timer.sleep(FIRST_PAUSE_SECONDS * 2 ** (attempt - 1))
            bearer = {"Authorization": f"Bearer {self._tokens.current().value}"}
            try:
                answer = self._http.request(
                    method, f"{self._base_url}{path}", headers=headers | bearer, **content
                )
            except httpx.TransportError as lost:
                reason = str(lost) or "no answer came in time"
                continue
            if answer.status_code not in AWAY:
                answer.extensions[TRIED_BEFORE] = attempt > 0
                return answer
            reason = f"it answers {answer.status_code}"
        raise Unreachable(f"{method} {self._base_url}{path} failed {ATTEMPTS} times ({reason})")
