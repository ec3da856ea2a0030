"""The forwarder from a port of this machine to the emulator's CloudFront."""

import http.client
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from ops.console.errors import PortTaken
from ops.console.wait import Timer
from ops.local import forwarder
from ops.local.ministack import HOST
from ops.stage.installation_files import InstallationFiles

pytestmark = pytest.mark.enable_socket


class CloudFront(BaseHTTPRequestHandler):
    """Answers with the host and path of the request."""

    def do_GET(self) -> None:
        found = self.path != "/assets/gone.js"
        self.send_response(200 if found else 403)
        self.send_header("content-security-policy", "default-src 'none'")
        self.send_header("connection", "close")
        self.end_headers()
        self.wfile.write(f"{self.headers['host']} {self.path}".encode())

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def serving(server: ThreadingHTTPServer) -> Iterator[int]:
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def port() -> Iterator[int]:
    with (
        serving(ThreadingHTTPServer((HOST, 0), CloudFront)) as emulator,
        serving(forwarder.serve(0, f"http://{HOST}:{emulator}", "d1.cloudfront.localhost")) as port,
    ):
        yield port


@dataclass(frozen=True)
class Answer:
    status: int
    policy: str | None
    text: str


def ask(port: int, path: str, method: str = "GET") -> Answer:
    connection = http.client.HTTPConnection(HOST, port, timeout=10)
    with closing(connection):
        connection.request(method, path)
        answer = connection.getresponse()
        return Answer(answer.status, answer.headers["content-security-policy"], answer.read().decode())


def test_requests_carry_the_distributions_host_name(port: int) -> None:
    answer = ask(port, "/tasks?q=a%20b")
    host, path = answer.text.split()
    assert host.startswith("d1.cloudfront.localhost:")
    assert path == "/tasks?q=a%20b"
    assert answer.policy == "default-src 'none'"


def test_an_error_for_a_missing_file_is_passed_on(port: int) -> None:
    assert ask(port, "/assets/gone.js").status == 403


def test_only_reads_are_forwarded(port: int) -> None:
    assert ask(port, "/", method="POST").status == 501


def test_an_unreachable_emulator_gives_502_with_what_to_run() -> None:
    with serving(forwarder.serve(0, f"http://{HOST}:1", "d1")) as port:
        answer = ask(port, "/")
    assert answer.status == 502
    assert "make up" in answer.text


def test_it_runs_in_the_background_until_it_is_stopped(files: InstallationFiles) -> None:
    with serving(ThreadingHTTPServer((HOST, 0), CloudFront)) as emulator:
        with closing(ThreadingHTTPServer((HOST, 0), CloudFront).socket) as free:
            port = free.getsockname()[1]
        endpoint = f"http://{HOST}:{emulator}"
        try:
            forwarder.ensure(files, port, endpoint, "d1.cloudfront.localhost", Timer())
            first = forwarder.running(files)
            forwarder.ensure(files, port, endpoint, "d1.cloudfront.localhost", Timer())
            assert forwarder.running(files) == first, "the same process keeps running"
            forwarder.ensure(files, port, endpoint, "d2.cloudfront.localhost", Timer())
            assert forwarder.running(files) != first, "another distribution gets another process"
            assert ask(port, "/").text.startswith("d2.cloudfront.localhost:")
        finally:
            forwarder.stop(files, Timer())
        assert forwarder.running(files) is None
        forwarder.check_port(files, port)


def test_a_port_used_by_another_program_is_refused(
    files: InstallationFiles,
) -> None:
    with (
        serving(ThreadingHTTPServer((HOST, 0), CloudFront)) as port,
        pytest.raises(PortTaken, match="--web-port"),
    ):
        forwarder.check_port(files, port)
