"""The composition root that every handler shares."""

from functools import cache

from shared.clock import system_clock
from shared.dynamo_store import DynamoStore
from shared.settings import settings
from shared.store import Store
from shared.tables import Table


@cache
def store(tables: tuple[Table, ...]) -> Store:
    """The service's tables; one connection per process."""
    return DynamoStore(tables, settings().table_prefix, system_clock)
