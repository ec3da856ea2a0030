"""GET /openapi.json; every service that has an HTTP API has this function."""

from pathlib import Path
from typing import Any

from pydantic import RootModel

from events.auth import ROLES
from shared.http import Request, endpoint
from shared.idempotency import Answer
from shared.settings import settings
from shared.spec import EVERY_SERVICE, Http, UseCase

DOCUMENT = "openapi.json"
"""Generated into the service's folder by `python -m infra.documents`."""


class OpenapiDocument(RootModel[dict[str, Any]]):
    """An OpenAPI 3.1 document."""


SPEC = UseCase(
    service=EVERY_SERVICE,
    name="get_openapi",
    summary="Show the description of this HTTP API",
    trigger=Http("GET", f"/{DOCUMENT}", roles=ROLES, answer=OpenapiDocument),
    files=(DOCUMENT,),
)


def run(_: Request) -> Answer:
    document = Path(__file__).with_name(settings().service) / DOCUMENT
    return Answer(200, document.read_text(encoding="utf-8"))


handler = endpoint(SPEC, run, {})
