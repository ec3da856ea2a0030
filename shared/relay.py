"""What publishes a service's journal needs of its surroundings."""

from functools import cache

from shared.dynamo_store import DynamoStore
from shared.settings import settings
from shared.tables import journal_bindings

PUT_EVENTS = "events:PutEvents"


@cache
def journal() -> DynamoStore:
    """The service's journal alone."""
    return DynamoStore(journal_bindings(), settings().table_prefix)
