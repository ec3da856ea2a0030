"""The composition root that every handler shares."""

import random
from functools import cache
from typing import Any

from shared.clock import system_clock
from shared.context import Context
from shared.dynamo_store import DynamoStore
from shared.settings import settings
from shared.store import Store
from shared.tables import Binding, journal_bindings


@cache
def store(bindings: tuple[Binding, ...]) -> Store:
    """The service's tables; one connection per process."""
    return DynamoStore(bindings, settings().table_prefix)


@cache
def journal() -> Store:
    """The service's journal alone, for those who publish it."""
    return DynamoStore(journal_bindings(), settings().table_prefix)


def invocation(lambda_context: Any) -> Context:
    """The context of what a schedule, or somebody by name, invoked."""
    return Context(system_clock, random.SystemRandom(), lambda_context.aws_request_id)
