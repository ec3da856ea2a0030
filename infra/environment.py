"""The environment variables of a function, which `shared.settings` reads."""

from collections.abc import Iterator, Mapping

from infra import names, pacing, sharding
from infra.discovery import Service
from infra.queues import Consumed
from infra.stages import Stage
from shared.settings import FIRST_FORM, FORMS, NEWEST, REFORMED
from shared.spec import Jobs, UseCase


def of(
    spec: UseCase, stage: Stage, service: Service, queues: Mapping[str, Consumed], user_pool_id: str | None
) -> dict[str, str]:
    """Variables by name; `queues` has those of the service's consumers, by use case."""
    return {
        **_common(spec, stage),
        **_of_journal(spec, stage),
        **_of_rows(spec, stage),
        **_of_tables(spec, stage),
        **dict(_queue_urls(spec, queues)),
        **dict(sharding.variables(spec, service.tables, stage.shards)),
        **dict(pacing.variables(spec, stage, service.use_cases)),
        **{_function_variable(name): _function_name(stage, name) for name in spec.invokes},
        **({"USER_POOL_ID": user_pool_id} if user_pool_id else {}),
    }


def _common(spec: UseCase, stage: Stage) -> dict[str, str]:
    return {
        "ATES_STAGE": stage.name,
        "ATES_SERVICE": spec.service,
        "ATES_USE_CASE": spec.name,
        "TABLE_PREFIX": names.physical(stage.name, spec.service, ""),
        "BUS_NAME": names.bus(stage.name),
        "BUSINESS_TIMEZONE": stage.business_timezone,
        "POWERTOOLS_SERVICE_NAME": spec.service,
        **({"POWERTOOLS_TRACE_DISABLED": "true"} if stage.local else {}),
        **(_mail(stage) if "ses:SendEmail" in spec.actions else {}),
    }


def _mail(stage: Stage) -> dict[str, str]:
    return {"SENDER": stage.sender, **({} if stage.local else {"CONFIGURATION_SET": names.bus(stage.name)})}


def _of_journal(spec: UseCase, stage: Stage) -> dict[str, str]:
    if "journal" not in spec.access:
        return {}
    form = {"JOURNAL_FORM": FIRST_FORM} if stage.journal_form == FIRST_FORM else {}
    return {"JOURNAL_SHARDS": str(stage.journal_shards), **form}


def _of_rows(spec: UseCase, stage: Stage) -> dict[str, str]:
    """A stage that names any form still writes what the release before reads."""
    return {"ROW_FORM": FORMS[-1] if stage.journal_form else NEWEST} if spec.service in REFORMED else {}


def _of_tables(spec: UseCase, stage: Stage) -> dict[str, str]:
    """botocore asks this DynamoDB instead of the usual one."""
    endpoint = stage.tables_at.get(spec.service)
    return {"AWS_ENDPOINT_URL_DYNAMODB": endpoint} if endpoint else {}


def _queue_urls(spec: UseCase, queues: Mapping[str, Consumed]) -> Iterator[tuple[str, str]]:
    for consumer, consumed in queues.items():
        match consumed.trigger:
            case Jobs(name=name) if name in spec.sends_to:
                yield f"QUEUE_URL_{name.upper()}", consumed.queue.queue_url
        if consumer in spec.watches:
            yield f"WATCHED_QUEUE_URL_{consumer.upper()}", consumed.queue.queue_url
        if consumer == spec.name:
            yield "DEAD_LETTER_QUEUE_URL", consumed.dead_letters.queue_url
            yield "MAX_RECEIVES", str(consumed.trigger.max_receives)


def _function_variable(path: str) -> str:
    return f"FUNCTION_NAME_{path.replace('/', '_').upper()}"


def _function_name(stage: Stage, path: str) -> str:
    return names.physical(stage.name, *path.split("/"))
