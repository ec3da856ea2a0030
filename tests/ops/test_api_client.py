"""Calls to a service: tokens are reused, and a lost request is retried with the same key, within limits."""

import threading
from collections.abc import Callable

import httpx
import pytest

from ops.console.errors import Unreachable
from ops.stage.api_client import ATTEMPTS, Api, Tokens
from ops.stage.sign_in import AccessToken
from tests.ops.conftest import FakeTime


class SignIn:
    """Counts an account's sign-ins; each token lasts 900 seconds."""

    def __init__(self, time: FakeTime) -> None:
        self.times = 0
        self._time = time

    def __call__(self) -> AccessToken:
        self.times += 1
        return AccessToken(f"token-{self.times}", self._time.seconds + 900)


def api_of(time: FakeTime, answer: Callable[[httpx.Request], httpx.Response]) -> Api:
    http = httpx.Client(transport=httpx.MockTransport(answer))
    return Api(http, "http://tracking", Tokens(SignIn(time), lambda: time.seconds), time.timer)


def test_a_token_is_used_until_shortly_before_it_expires(fake_time: FakeTime) -> None:
    sign_in = SignIn(fake_time)
    tokens = Tokens(sign_in, lambda: fake_time.seconds)
    for second in (0, 839, 840, 841):
        fake_time.seconds = second
        tokens.current()
    assert sign_in.times == 2


def test_many_threads_sign_in_once(fake_time: FakeTime) -> None:
    sign_in = SignIn(fake_time)
    tokens = Tokens(sign_in, lambda: fake_time.seconds)
    threads = [threading.Thread(target=tokens.current) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sign_in.times == 1


def test_lost_and_refused_requests_are_repeated_with_the_same_key(fake_time: FakeTime) -> None:
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        if len(seen) == 1:
            raise httpx.ReadTimeout("no answer")
        return httpx.Response(503 if len(seen) == 2 else 201, json={"task_id": "t"})

    assert api_of(fake_time, answer).post("/tasks", {"title": "Fly"}, "key").status_code == 201
    assert [request.headers["idempotency-key"] for request in seen] == ["key"] * 3
    assert [request.headers["authorization"] for request in seen] == ["Bearer token-1"] * 3
    assert fake_time.slept == [0.2, 0.4]


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 422, 500])
def test_any_other_answer_is_not_retried(fake_time: FakeTime, status: int) -> None:
    answer = api_of(fake_time, lambda _: httpx.Response(status)).get("/tasks")
    assert answer.status_code == status
    assert not fake_time.slept


def test_it_gives_up_when_nothing_answers(fake_time: FakeTime) -> None:
    def answer(_: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused")

    with pytest.raises(Unreachable, match=f"GET http://tracking/tasks failed {ATTEMPTS} times"):
        api_of(fake_time, answer).get("/tasks")
    assert len(fake_time.slept) == ATTEMPTS - 1
