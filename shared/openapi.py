"""The handler of `GET /openapi.json`, alike in every service with an HTTP API."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from shared.http import Request, Response, endpoint
from shared.idempotency import Answer
from shared.openapi_specs import DOCUMENT
from shared.spec import UseCase


def openapi_handler(spec: UseCase, handler_file: str) -> Callable[[dict[str, Any], Any], Response]:
    """Answers the document that lies beside the handler, as it is."""

    def run(_: Request) -> Answer:
        return Answer(200, Path(handler_file).with_name(DOCUMENT).read_text(encoding="utf-8"))

    return endpoint(spec, run, {})
