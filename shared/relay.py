"""What publishes a service's journal needs of its surroundings."""

from functools import cache

from shared.dynamo_store import DynamoStore
from shared.records import JOURNAL
from shared.settings import settings

PUT_EVENTS = "events:PutEvents"


@cache
def journal() -> DynamoStore:
    """The service's journal alone."""
    return DynamoStore([JOURNAL], settings().table_prefix)
