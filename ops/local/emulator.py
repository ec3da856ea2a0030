"""Runs MiniStack, with the workers of its functions forked from one process that has their libraries.

MiniStack starts an interpreter per worker, and each imports the same libraries into memory of its own. Forked
workers share that memory, and start in a tenth of the time. Otherwise a worker is what it was: a process with
the environment, folder and files of its function alone.

A script, started with `-P`: what it could import from the sources, functions could import too.
"""

import gc
import importlib
import json
import os
import runpy
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from functools import cache, lru_cache
from inspect import signature
from threading import Lock
from types import SimpleNamespace
from typing import Any

LIBRARIES = (
    "aws_lambda_powertools.logging.logger",
    "botocore.client",
    "botocore.httpsession",
    "botocore.retries.standard",
    "botocore.session",
    "encodings.idna",
    "pydantic._internal._generate_schema",
    "pydantic._internal._validators",
    "pydantic.fields",
    "pydantic.main",
    "pydantic.plugin._loader",
    "pydantic.types",
    "pynamodb.models",
    "pynamodb.transactions",
)
EXPRESSIONS = 1000
RECEIVING = {
    "_receive_messages_for_esm": "queue_url max_number",
    "_get_q": "url action",
    "_expire_retained": "q",
    "_dlq_sweep": "q",
    "_collect_msgs": "q max_n vis_timeout",
}
INVOKING = {"_sqs_esm_concurrency": "esm func_rec config queue"}
MESSAGES = 10
STOPS_WITHIN_SECONDS = 3
MESSAGE_BYTES = 16
STREAMS = 3


class WorkerParent:
    """The process that forks workers, seen from the emulator."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._lock = Lock()

    def fork(self, streams: tuple[int, int, int]) -> int:
        """Starts a worker with these standard streams; returns a descriptor of its process (pidfd)."""
        with self._lock:
            socket.send_fds(self._connection, [b"fork"], streams)
            _, descriptors, _, _ = socket.recv_fds(self._connection, MESSAGE_BYTES, 1)
        if not descriptors:
            raise OSError("the process that forks workers has ended")
        return descriptors[0]


class Worker:
    """What MiniStack uses of `subprocess.Popen`."""

    def __init__(
        self, parent: WorkerParent, script: str, folder: str, environment: Mapping[str, str]
    ) -> None:
        input_of, to_input = os.pipe()
        from_output, output_of = os.pipe()
        from_errors, errors_of = os.pipe()
        self.stdin = os.fdopen(to_input, "w", encoding="utf-8", buffering=1)
        self.stdout = os.fdopen(from_output, encoding="utf-8", errors="replace")
        self.stderr = os.fdopen(from_errors, encoding="utf-8", errors="replace")
        self.returncode: int | None = None
        try:
            self._process = parent.fork((input_of, output_of, errors_of))
        finally:
            for each in (input_of, output_of, errors_of):
                os.close(each)
        start = {"script": script, "folder": folder, "environment": dict(environment)}
        self.stdin.write(json.dumps(start) + "\n")

    def __del__(self) -> None:
        process = getattr(self, "_process", None)
        if process is not None:
            os.close(process)

    def poll(self) -> int | None:
        """None while it runs, else 0: whether it failed is known to its parent alone."""
        return self._ended(0)

    def wait(self, timeout: float) -> int:
        ended = self._ended(timeout)
        if ended is None:
            raise subprocess.TimeoutExpired("worker", timeout)
        return ended

    def terminate(self) -> None:
        self._signal(signal.SIGTERM)

    def kill(self) -> None:
        self._signal(signal.SIGKILL)

    def _ended(self, seconds: float) -> int | None:
        if self.returncode is None:
            waiting = select.poll()
            waiting.register(self._process, select.POLLIN)
            self.returncode = 0 if waiting.poll(seconds * 1000) else None
        return self.returncode

    def _signal(self, number: signal.Signals) -> None:
        if self.poll() is None:
            signal.pidfd_send_signal(self._process, number)


def main() -> None:
    """The arguments are the services that functions call; MiniStack, which reads them too, gets none."""
    services = [sys.argv.pop() for _ in sys.argv[1:]]
    if not hasattr(os, "pidfd_open"):
        run_ministack()
        return
    here, there = socket.socketpair()
    if os.fork():
        there.close()
        run_ministack(WorkerParent(here))
        return
    here.close()
    if streams := fork_workers(there, services):
        become_worker(streams)


def run_ministack(parent: WorkerParent | None = None) -> None:
    from ministack import app
    from ministack.core import lambda_runtime

    def start(command: list[str], *, cwd: str, env: Mapping[str, str], **others: Any) -> Any:
        """As `subprocess.Popen` does; workers of other runtimes are not forked."""
        if parent is None or command[0] != sys.executable:
            return subprocess.Popen(command, cwd=cwd, env=env, **others)
        return Worker(parent, command[1], cwd, env)

    lambda_runtime.subprocess = SimpleNamespace(**{**vars(subprocess), "Popen": start})
    # Not in the tests' stand-in for MiniStack.
    with suppress(ImportError):
        remember_expressions(importlib.import_module("ministack.services.dynamodb"))
        hand_over_whole_batches(
            importlib.import_module("ministack.services.sqs"),
            importlib.import_module("ministack.services.lambda_svc"),
        )
        serve_quickly(importlib.import_module("hypercorn.asyncio"))
    app.main()


def serve_quickly(server: Any) -> None:
    """MiniStack's own server takes half of its time for HTTP, in Python; this one parses it in C."""
    import uvicorn

    slowly = server.serve

    async def serve(application: Any, config: Any) -> None:
        if config.ssl_enabled or len(config.bind) > 1:
            await slowly(application, config)
            return
        host, _, port = config.bind[0].rpartition(":")
        quick = uvicorn.Config(
            application,
            host=host.strip("[]"),
            port=int(port),
            http="httptools",
            ws="none",
            lifespan="on",
            log_config=None,
            access_log=False,
            proxy_headers=False,
            server_header=False,
            date_header=False,
            timeout_keep_alive=int(config.keep_alive_timeout),
            timeout_graceful_shutdown=STOPS_WITHIN_SECONDS,
        )
        await uvicorn.Server(quick).serve()

    server.serve = serve


def hand_over_whole_batches(sqs: Any, lambdas: Any) -> None:
    """MiniStack gives a function 10 messages at most, however many its event source asks for.

    Larger batches are handed over one at a time: two at once write the same rows, and refuse each other.
    """
    if not (hasattr(sqs, "_queues_lock") and has(sqs, **RECEIVING) and has(lambdas, **INVOKING)):
        return
    invoked_at_once = lambdas._sqs_esm_concurrency

    def receive(url: str, most: int) -> list[dict[str, Any]]:
        with sqs._queues_lock:
            queue = sqs._get_q(url)
            sqs._expire_retained(queue)
            sqs._dlq_sweep(queue)
            seconds = int(queue["attributes"].get("VisibilityTimeout", "30"))
            found: list[dict[str, Any]] = sqs._collect_msgs(queue, most, seconds)
            return found

    def at_once(source: Mapping[str, Any], *others: Any) -> int:
        return 1 if source.get("BatchSize", 0) > MESSAGES else invoked_at_once(source, *others)

    sqs._receive_messages_for_esm = receive
    lambdas._sqs_esm_concurrency = at_once


def remember_expressions(dynamodb: Any) -> None:
    """MiniStack parses a condition again for each row that it looks at."""
    if not has(dynamodb, _tokenize="expr", _condition_syntax_error="expr slot"):
        return
    tokens = lru_cache(EXPRESSIONS)(dynamodb._tokenize)
    # A list of its own for each caller.
    dynamodb._tokenize = lambda expression: list(tokens(expression))
    dynamodb._condition_syntax_error = lru_cache(EXPRESSIONS)(dynamodb._condition_syntax_error)


def has(module: Any, **functions: str) -> bool:
    """Whether a module has these functions, with these parameters; another version may not."""
    found = {name: getattr(module, name, None) for name in functions}
    return functions == {name: " ".join(signature(each).parameters) for name, each in found.items() if each}


def fork_workers(connection: socket.socket, services: Iterable[str]) -> list[int]:
    """Forks a worker whenever asked, until the emulator ends; in a worker, returns its standard streams."""
    gc.disable()
    load_libraries(services)
    gc.freeze()
    # The kernel forgets workers that have ended.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    while True:
        asked, streams, _, _ = socket.recv_fds(connection, MESSAGE_BYTES, STREAMS)
        if not asked:
            return []
        pid = os.fork()
        if not pid:
            connection.close()
            return streams
        process = os.pidfd_open(pid)
        socket.send_fds(connection, [b"done"], [process])
        for each in (process, *streams):
            os.close(each)


def load_libraries(services: Iterable[str]) -> None:
    """Also botocore's descriptions of these services, which take more memory than the code."""
    for library in LIBRARIES:
        importlib.import_module(library)
    from botocore import UNSIGNED, session
    from botocore.config import Config

    # Else each session reads them into a loader of its own.
    session.create_loader = cache(session.create_loader)
    for service in services:
        session.get_session().create_client(service, "us-east-1", config=Config(signature_version=UNSIGNED))


def become_worker(streams: list[int]) -> None:
    """Runs MiniStack's script as if it were this interpreter's program."""
    gc.enable()
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    for number, each in enumerate(streams):
        os.dup2(each, number)
        os.close(each)
    sys.stdin = os.fdopen(0, encoding="utf-8", closefd=False)
    sys.stdout = os.fdopen(1, "w", encoding="utf-8", buffering=1, closefd=False)
    sys.stderr = os.fdopen(2, "w", encoding="utf-8", errors="backslashreplace", buffering=1, closefd=False)
    start = json.loads(sys.stdin.readline())
    os.environ.clear()
    os.environ.update(start["environment"])
    time.tzset()
    os.chdir(start["folder"])
    sys.argv = [start["script"]]
    sys.path.insert(0, os.path.dirname(start["script"]))
    runpy.run_path(start["script"], run_name="__main__")


if __name__ == "__main__":
    main()
