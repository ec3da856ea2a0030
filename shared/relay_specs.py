"""The specs of a journal's relay, alike in every service."""

from shared.spec import BATCH_GET, QUERY, UPDATE, Every, Stream, UseCase

PUT_EVENTS = "events:PutEvents"


def publish_events(service: str) -> UseCase:
    return UseCase(
        service=service,
        name="publish_events",
        summary="Publish journal records as they are written",
        trigger=Stream("journal"),
        access={"journal": (UPDATE,)},
        actions=(PUT_EVENTS,),
        timeout_seconds=30,
    )


def sweep_journal(service: str) -> UseCase:
    return UseCase(
        service=service,
        name="sweep_journal",
        summary="Publish what the stream left unpublished for more than two minutes",
        trigger=Every(minutes=1),
        access={"journal": (BATCH_GET, UPDATE), "journal/unpublished": (QUERY,)},
        actions=(PUT_EVENTS,),
        timeout_seconds=60,
    )
