"""A function's environment variables, read once per process and never at import."""

import os
from functools import cache

from shared.frozen import Frozen
from shared.journal import SHARDS, JournalForm
from shared.tables import Shards

FIRST_FORM = "per_event"
FORMS = (FIRST_FORM, "2026-11-26")
"""What a stage may say of its rows until all functions read the next form, the oldest first."""
NEWEST = "newest"
REFORMED = frozenset({"accounting", "analytics", "tracking"})
"""The services whose rows have had another form since the last release; their functions have `ROW_FORM`."""


class MissingSetting(Exception):
    """The stack does not set an environment variable that the code needs."""


class Settings(Frozen):
    stage: str
    service: str
    use_case: str
    table_prefix: str
    bus_name: str
    business_timezone: str


def required(name: str) -> str:
    """An environment variable; raises MissingSetting."""
    value = os.environ.get(name)
    if not value:
        raise MissingSetting(name)
    return value


@cache
def settings() -> Settings:
    return Settings(
        stage=required("ATES_STAGE"),
        service=required("ATES_SERVICE"),
        use_case=required("ATES_USE_CASE"),
        table_prefix=required("TABLE_PREFIX"),
        bus_name=required("BUS_NAME"),
        business_timezone=required("BUSINESS_TIMEZONE"),
    )


def configuration_set() -> str | None:
    """The configuration set of SES; None on an emulator."""
    return os.environ.get("CONFIGURATION_SET")


def shards(name: str) -> Shards | None:
    """The stage's numbers for a spread; None in a function that neither reads nor writes its rows."""
    value = os.environ.get(f"SHARDS_{name.upper()}")
    if not value:
        return None
    written, read = map(int, value.split("/"))
    return Shards(written, read)


@cache
def journal_form() -> JournalForm:
    """How this function writes rows that have had another form.

    While a stack is updated, a function may have its new code before its new variables. So a variable allows
    the new form where the release before doesn't read it.
    """
    shards = os.environ.get("JOURNAL_SHARDS")
    return JournalForm(
        int(shards) if shards else SHARDS,
        per_event=os.environ.get("JOURNAL_FORM") == FIRST_FORM,
        as_released=os.environ.get("ROW_FORM") != NEWEST,
    )


def queue_url(name: str) -> str:
    """The URL of a work queue that the spec names in `sends_to`."""
    return required(f"QUEUE_URL_{name.upper()}")


def watched_queue_url(use_case: str) -> str:
    """The URL of the queue that feeds a use case which the spec names in `watches`."""
    return required(f"WATCHED_QUEUE_URL_{use_case.upper()}")


def function_name(name: str) -> str:
    """The physical name of a function ("auth/get_email") which the spec names in `invokes`."""
    return required(f"FUNCTION_NAME_{name.replace('/', '_').upper()}")


def per_second(limit: str) -> float:
    """The rate of a limit that the spec names: the invocation's own share if paced by it, else all of it."""
    return float(required(f"{limit.upper()}_PER_SECOND"))
