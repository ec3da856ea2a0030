"""The spec of `GET /openapi.json`, alike in every service with an HTTP API."""

from typing import Any

from pydantic import RootModel

from shared.spec import Http, UseCase

DOCUMENT = "openapi.json"
"""The document's name, beside the handler that answers it."""


class OpenapiDocument(RootModel[dict[str, Any]]):
    """An OpenAPI 3.1 document."""


def get_openapi(service: str, roles: tuple[str, ...]) -> UseCase:
    return UseCase(
        service=service,
        name="get_openapi",
        summary="Show the description of this HTTP API",
        trigger=Http("GET", f"/{DOCUMENT}", roles=roles, answer=OpenapiDocument),
    )
