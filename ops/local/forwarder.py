"""Forwards `http://localhost:8080` to the emulator's CloudFront, for the dashboards.

Run as `python -m ops.local.forwarder PORT ENDPOINT DOMAIN`, in the background, on this machine only.
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
# Headers that hold for one connection only, or that this server sets.
CONNECTION_HEADERS = frozenset(("connection", "keep-alive", "transfer-encoding", "date", "server"))
# Children of this process; Python warns about a child that is forgotten while it runs.
_CHILDREN: list["subprocess.Popen[bytes]"] = []


class Forwarder(BaseHTTPRequestHandler):
    """Only GET and HEAD, because files are only read."""

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
            self._answer(
                502, [("content-type", "text/plain")], b"the local AWS does not answer; run `make up`\n"
            )
        finally:
            connection.close()

    do_HEAD = do_GET  # noqa: N815, the server's own naming

    def log_message(self, *_: object) -> None:
        """Logs nothing."""

    def _answer(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
        self.send_response(status)
        for name, value in headers:
            if name.lower() not in CONNECTION_HEADERS | {"content-length"}:
                self.send_header(name, value)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            with suppress(ConnectionError):
                self.wfile.write(body)


def check_port(files: InstallationFiles, port: int) -> None:
    """Raises PortTaken, before anything else is done."""
    process = running(files)
    if (process is None or process.port != port) and listens(port):
        raise PortTaken(
            f"port {port} on {HOST} is in use by another program; stop it, or choose another --web-port"
        )


def ensure(files: InstallationFiles, port: int, endpoint: str, domain: str, timer: Timer) -> None:
    """Starts a forwarder to this distribution, unless it is running."""
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
    """Our forwarder, if it runs."""
    try:
        process = Process.model_validate_json(files.web_process.read_bytes())
    except (FileNotFoundError, ValidationError):
        return None
    return process if identity_of(process.pid) == process.identity else None


def stop(files: InstallationFiles, timer: Timer) -> None:
    """It has no state, so it is just killed."""
    process = running(files)
    if process is not None:
        with suppress(ProcessLookupError):
            os.kill(process.pid, signal.SIGTERM)
        until(lambda: _gone(files, process), timer, STOP_TIMEOUT_SECONDS, interval_seconds=0.05)
    files.web_process.unlink(missing_ok=True)


def _gone(files: InstallationFiles, process: Process) -> bool:
    """The kernel forgets the command line a moment before it closes the port."""
    for child in _CHILDREN:
        child.poll()
    return running(files) is None and not listens(process.port)


def serve(port: int, endpoint: str, domain: str) -> ThreadingHTTPServer:
    """A server that is bound, and not yet serving."""
    handler = type("Bound", (Forwarder,), {"endpoint": endpoint, "domain": domain})
    return ThreadingHTTPServer((HOST, port), handler)


if __name__ == "__main__":
    serve(int(sys.argv[1]), sys.argv[2], sys.argv[3]).serve_forever()
