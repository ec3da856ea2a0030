"""A bus that refuses some entries of a call, as EventBridge may; microburst can't do this."""

import itertools
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx

REFUSED = {"ErrorCode": "ThrottlingException", "ErrorMessage": "Rate exceeded"}
REFUSALS = 12
TIMEOUT_SECONDS = 10


class RefusingBus(ThreadingHTTPServer):
    """Refuses every second entry, up to REFUSALS, and forwards the others."""

    daemon_threads = True

    def __init__(self, upstream: str) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self._upstream = upstream
        self._client = httpx.Client(trust_env=False, timeout=TIMEOUT_SECONDS)
        self.refused = 0
        self._numbers = itertools.count()
        self._lock = threading.Lock()

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def put(self, entries: list[dict[str, Any]], headers: dict[str, str]) -> dict[str, Any]:
        with self._lock:
            taken = [self._takes() for _ in entries]
        passed = [entry for entry, take in zip(entries, taken, strict=True) if take]
        answers = iter(self._passed_on(passed, headers) if passed else [])
        results = [next(answers) if take else REFUSED for take in taken]
        return {"FailedEntryCount": taken.count(False), "Entries": results}

    def _takes(self) -> bool:
        refuses = next(self._numbers) % 2 == 0 and self.refused < REFUSALS
        self.refused += refuses
        return not refuses

    def close(self) -> None:
        self._client.close()

    def _passed_on(self, entries: list[dict[str, Any]], headers: dict[str, str]) -> list[dict[str, Any]]:
        answer = self._client.post(self._upstream, json={"Entries": entries}, headers=headers)
        return list(answer.raise_for_status().json()["Entries"])


class _Handler(BaseHTTPRequestHandler):
    server: RefusingBus

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        kept = ("Authorization", "Content-Type", "X-Amz-Target", "X-Amz-Date")
        headers = {name: value for name, value in self.headers.items() if name in kept}
        said = json.dumps(self.server.put(body["Entries"], headers)).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/x-amz-json-1.1")
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    def log_message(self, *_arguments: Any) -> None:
        """Silent."""


@contextmanager
def refusing_bus(upstream: str) -> Iterator[RefusingBus]:
    with RefusingBus(upstream) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            server.close()
            thread.join(TIMEOUT_SECONDS)
