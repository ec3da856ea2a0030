"""The store on DynamoDB where several threads share it, as in tests and tools."""

import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from shared.dynamo_store import DynamoStore
from shared.records import INBOX, ConsumedEvent

THREADS = 8
ROUNDS = 10


@pytest.fixture
def impatient_threads() -> Iterator[None]:
    """Threads take turns after a few instructions."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(usual)


@pytest.mark.usefixtures("impatient_threads")
def test_threads_that_first_use_a_table_at_once_share_its_model() -> None:
    for number in range(ROUNDS):
        store, start = DynamoStore([INBOX], f"round-{number}-"), Barrier(THREADS)

        def model(store: DynamoStore = store, start: Barrier = start) -> object:
            start.wait()
            return store._model(ConsumedEvent)

        with ThreadPoolExecutor(THREADS) as pool:
            models = list(pool.map(lambda _, model=model: model(), range(THREADS)))
        assert len(set(map(id, models))) == 1
