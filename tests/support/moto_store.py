"""A service's tables under moto."""

from shared.dynamo_store import DynamoStore
from shared.guards import sentinels
from shared.store import Put
from shared.tables import Binding


def moto_store(bindings: tuple[Binding, ...], prefix: str) -> DynamoStore:
    """Creates the tables, empty except for their sentinels."""
    store = DynamoStore(bindings, prefix)
    for model in set(store._models.values()):
        model.create_table(billing_mode="PAY_PER_REQUEST")
    if guards := sentinels(binding.layout for binding in bindings):
        store.transact([Put(row) for row in guards])
    return store
