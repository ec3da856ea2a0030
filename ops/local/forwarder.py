"""`http://localhost:8080` for the dashboards, forwarded to the emulator's CloudFront.

Run as `python -m ops.local.forwarder PORT ENDPOINT DOMAIN`, in the background, on this machine alone.
"""

import http.client
import os
import signal
import subprocess
import sys
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

from pydantic import ValidationError

from infra.package import ROOT
from ops.console.errors import PortTaken
from ops.console.wait import Timer, until
from ops.local.ministack import HOST, Process, identity_of, listens
from ops.stage.installation_files import InstallationFiles

START_TIMEOUT_SECONDS = 20
STOP_TIMEOUT_SECONDS = 10
ANSWER_TIMEOUT_SECONDS = 30
# Of one connection alone, or made by the server of this one.
OF_ONE_CONNECTION = frozenset(("connection", "keep-alive", "transfer-encoding", "date", "server"))
# Those that this very process began; Python warns of a child that is forgotten while it runs.
_CHILDREN: list["subprocess.Popen[bytes]"] = []


class Forwarder(BaseHTTPRequestHandler):
    """Files are read, so it forwards GET and HEAD alone."""

    protocol_version = "HTTP/1.1"
    endpoint = ""
    domain = ""

    def do_GET(self) -> None:
        address = urlsplit(self.endpoint)
        connection = http.client.HTTPConnection(address.netloc, timeout=ANSWER_TIMEOUT_SECONDS)
        try:
            connection.request(self.command, self.path, headers={"Host": f"{self.domain}:{address.port}"})
            answer = connection.getresponse()
            self._answer(answer.status, answer.getheaders(), answer.read())
        except OSError:
            self._answer(502, [("content-type", "text/plain")], b"the local AWS does not answer; `make up`\n")
        finally:
            connection.close()

    do_HEAD = do_GET  # noqa: N815, the server's own naming

    def log_message(self, *_: object) -> None:
        """Nobody reads it."""

    def _answer(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
        self.send_response(status)
        for name, value in headers:
            if name.lower() not in OF_ONE_CONNECTION | {"content-length"}:
                self.send_header(name, value)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            with suppress(ConnectionError):
                self.wfile.write(body)


def check_port(files: InstallationFiles, port: int) -> None:
    """Raises PortTaken before anything is done that would be for nothing."""
    process = running(files)
    if (process is None or process.port != port) and listens(port):
        raise PortTaken(f"port {port} on {HOST} is in use by something else; stop it, or take --web-port")


def ensure(files: InstallationFiles, port: int, endpoint: str, domain: str, timer: Timer) -> None:
    """One that forwards to this very distribution runs after it."""
    arguments = f"ops.local.forwarder {port} {endpoint} {domain}"
    process = running(files)
    if process is not None and process.identity.endswith(arguments):
        return
    stop(files, timer)
    check_port(files, port)
    child = subprocess.Popen(
        [sys.executable, "-m", *arguments.split()],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    _CHILDREN.append(child)
    if not until(lambda: listens(port), timer, START_TIMEOUT_SECONDS, interval_seconds=0.05):
        child.kill()
        raise PortTaken(f"the dashboards' forwarder did not start on port {port}")
    made = Process(pid=child.pid, port=port, identity=identity_of(child.pid))
    files.web_process.write_text(made.model_dump_json())


def running(files: InstallationFiles) -> Process | None:
    """Ours, if it lives."""
    try:
        process = Process.model_validate_json(files.web_process.read_bytes())
    except (FileNotFoundError, ValidationError):
        return None
    return process if identity_of(process.pid) == process.identity else None


def stop(files: InstallationFiles, timer: Timer) -> None:
    """It holds nothing, so it just ends."""
    process = running(files)
    if process is not None:
        with suppress(ProcessLookupError):
            os.kill(process.pid, signal.SIGTERM)
        until(lambda: _gone(files, process), timer, STOP_TIMEOUT_SECONDS, interval_seconds=0.05)
    files.web_process.unlink(missing_ok=True)


def _gone(files: InstallationFiles, process: Process) -> bool:
    """The kernel forgets a command line a moment before it closes the port."""
    for child in _CHILDREN:
        child.poll()
    return running(files) is None and not listens(process.port)


def serve(port: int, endpoint: str, domain: str) -> ThreadingHTTPServer:
    """A server that is bound, and serves once it is told to."""
    handler = type("Bound", (Forwarder,), {"endpoint": endpoint, "domain": domain})
    return ThreadingHTTPServer((HOST, port), handler)


if __name__ == "__main__":
    serve(int(sys.argv[1]), sys.argv[2], sys.argv[3]).serve_forever()
