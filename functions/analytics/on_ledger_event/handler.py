from collections.abc import Sequence
from typing import cast

from events.envelope import Event, read_envelope
from functions.analytics.on_ledger_event.spec import SPEC
from functions.analytics.on_ledger_event.use_case import on_ledger_event
from functions.analytics.projection import Messages
from functions.analytics.rows import TABLES
from shared.clock import system_clock
from shared.messages import Failed, Received
from shared.queue import consumer, read_event
from shared.settings import settings
from shared.wiring import store


def _handle(messages: Sequence[Received[Event]]) -> Failed:
    """The rule routes the events of the spec, no others."""
    return on_ledger_event(
        cast(Messages, messages), store(TABLES), system_clock, settings().business_timezone
    )


handler = consumer(SPEC, read_event(read_envelope), _handle)
