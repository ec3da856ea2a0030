"""A service's tables under moto."""

from collections.abc import Sequence
from typing import Any

from infra.schema import schema
from shared.dynamo_models import physical_name
from shared.dynamo_store import DynamoStore
from shared.guards import sentinels
from shared.store import Put
from shared.tables import Table


def moto_store(tables: Sequence[Table], prefix: str) -> DynamoStore:
    """Creates the tables, empty except for their sentinels."""
    store = DynamoStore(tables, prefix)
    create_tables(store)
    if guards := sentinels(tables):
        store.transact([Put(row) for row in guards])
    return store


def create_tables(store: DynamoStore) -> None:
    """As they are deployed, by the store's own connection."""
    for table in tables_of(store):
        name = physical_name(table, store._prefix)
        _client(store).create_table(TableName=name, BillingMode="PAY_PER_REQUEST", **schema(table))


def delete_tables(store: DynamoStore) -> None:
    for table in tables_of(store):
        _client(store).delete_table(TableName=physical_name(table, store._prefix))


def tables_of(store: DynamoStore) -> list[Table]:
    return list({table.name: table for table, _ in store._places.values()}.values())


def _client(store: DynamoStore) -> Any:
    return store._connection.client
