"""Calls to tracking's API for many rows at once, and what its answers say."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import Any, TypeVar

import httpx

from ops.console.errors import CommandFailed

T = TypeVar("T")
R = TypeVar("R")


def at_once(work: Callable[[T], R], items: Iterable[T], concurrency: int) -> Iterator[R]:
    """In order of completion. Queues an item only when it can be done, so an interruption stops at once."""
    running: set[Future[R]] = set()
    with ThreadPoolExecutor(concurrency) as pool:
        for item in items:
            running.add(pool.submit(work, item))
            if len(running) >= concurrency:
                finished, running = wait(running, return_when=FIRST_COMPLETED)
                yield from (future.result() for future in finished)
        yield from (future.result() for future in running)


def document(answer: httpx.Response) -> dict[str, Any]:
    """An answer's JSON object, or {}."""
    try:
        found = answer.json()
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def problem(answer: httpx.Response) -> str:
    """An error in one line, with the fields at fault."""
    said = document(answer)
    words = said.get("detail") or said.get("title") or said.get("message") or answer.text[:200]
    fields = [
        f"{one.get('field')} {one.get('message')}"
        for one in said.get("errors") or ()
        if isinstance(one, dict)
    ]
    return ": ".join(
        [f"{answer.status_code}", *([", ".join(fields)] if fields else [words or answer.reason_phrase])]
    )


def succeeded(answer: httpx.Response) -> dict[str, Any]:
    """The document of a good answer; raises CommandFailed for any other."""
    if not answer.is_success:
        raise CommandFailed(f"{answer.request.method} {answer.request.url.path}: {problem(answer)}")
    return document(answer)
