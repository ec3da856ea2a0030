"""What the functions that publish a service's journal share."""

from functools import cache

from shared.dynamo_store import DynamoStore
from shared.records import JOURNAL, RECEIPTS
from shared.settings import settings

PUT_EVENTS = "events:PutEvents"


@cache
def journal() -> DynamoStore:
    """A store of the service's journal and its receipts only."""
    return DynamoStore([JOURNAL, RECEIPTS], settings().table_prefix)
