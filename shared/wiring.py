"""The composition root that every handler shares."""

from functools import cache

from shared.clock import system_clock
from shared.dynamo_store import DynamoStore
from shared.settings import settings, shards
from shared.store import Store
from shared.tables import Table


@cache
def store(tables: tuple[Table, ...]) -> Store:
    """The service's tables; one connection per process."""
    spreads = {table.spread.name for table in tables if table.spread}
    sharding = {name: found for name in sorted(spreads) if (found := shards(name))}
    return DynamoStore(tables, settings().table_prefix, sharding, system_clock)
