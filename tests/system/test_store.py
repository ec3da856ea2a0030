"""The store on the emulator's tables passes the same suite as the ones in memory and on moto."""

from collections.abc import Iterator, Mapping

import pytest

from shared.store import Store
from tests.support.store_suite import TABLES, Emptied, StoreSuite, takes
from tests.system.product import Product

MINISTACK_DIFFERS: Mapping[str, str] = {
    **takes(
        "MiniStack does not check it",
        "a sum of 39 digits",
        "a key of an index of 2,049 bytes",
        "a partition of 2,049 bytes to query",
        "a change of a key",
        "an addition to what is set",
    ),
    "test_it_refuses_what_dynamodb_does_not_take[a sum of 39 digits]": "MiniStack adds without a limit",
}


@pytest.fixture(scope="class")
def tables(product: Product) -> Iterator[Emptied]:
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setenv("AWS_ENDPOINT_URL", product.local.endpoint)
        monkeypatch.setenv("AWS_DEFAULT_REGION", product.local.region)
        made = Emptied(TABLES, "suite-")
        made.create()
        yield made
        made.delete()


class TestOnMiniStack(StoreSuite):
    differs = MINISTACK_DIFFERS

    @pytest.fixture
    def store(self, tables: Emptied) -> Store:
        return tables.empty()
