"""The OpenAPI 3.1 document of a service's HTTP API."""

import re
from collections.abc import Iterable
from itertools import chain
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from infra.discovery import Service
from infra.documents.refusals import Refusals, refusals
from shared.clock import DAY_SCHEMA
from shared.http import KEY_PATTERN, MAX_BODY_BYTES, PATH_PARAMETER_PATTERN, REPEATED
from shared.problems import PROBLEM_URN, TITLES
from shared.spec import Http, Route, UseCase

OPENAPI_VERSION = "3.1.0"
API_VERSIONS: dict[str, str] = {
    "auth": "2.1.0",
    "tracking": "3.0.0",
    "accounting": "2.1.0",
    "analytics": "2.1.0",
}
"""Versions other than the first, by service; a breaking change needs a higher major version."""
FIRST_API_VERSION = "1.0.0"
_SCHEMA_REF = "#/components/schemas/{model}"

PROBLEM: dict[str, Any] = {
    "type": "object",
    "description": "RFC 9457",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["field", "code", "message"],
                "properties": {
                    "field": {"type": "string"},
                    "code": {"type": "string", "description": "Stable; the message may change."},
                    "message": {"type": "string"},
                    "limit": {
                        "type": ["integer", "string"],
                        "description": "The limit that the value broke.",
                    },
                },
            },
        },
    },
}

_PROBLEM_CONTENT = {"application/problem+json": {"schema": {"$ref": _SCHEMA_REF.format(model="Problem")}}}
_MEMBERS: dict[str, dict[str, Any]] = {
    PROBLEM_URN + "task-exists": {
        "task_id": {"type": "string", "description": "With task-exists: the first task of the jira_id."}
    }
}
"""Further members of problems, by their type."""

_RETRY_AFTER = {
    "description": "With authority-not-confirmed: how many seconds to wait before trying again.",
    "schema": {"type": "string", "pattern": "^[0-9]+$"},
}


def routes(service: Service) -> list[tuple[UseCase, Route]]:
    """The use cases with a route, in the order of their paths."""
    found = [(spec, spec.trigger) for spec in service.use_cases if isinstance(spec.trigger, Http)]
    return sorted(found, key=lambda pair: (pair[1].path, pair[1].method))


def documents(services: Iterable[Service]) -> dict[str, dict[str, Any]]:
    """The documents of the services with an HTTP API, by service."""
    return {service.name: document(service) for service in services if routes(service)}


def document(service: Service) -> dict[str, Any]:
    """The document, made of the handlers' own models."""
    schemas = _Schemas([trigger for _, trigger in routes(service)])
    paths: dict[str, dict[str, Any]] = {}
    kinds: list[str] = []
    for spec, trigger in routes(service):
        refused = refusals(service, spec, trigger)
        kinds += chain.from_iterable(refused.values())
        operation = _operation(spec, trigger, schemas, refused)
        paths.setdefault(trigger.path, {})[trigger.method.lower()] = operation
    return {
        "openapi": OPENAPI_VERSION,
        "info": {
            "title": f"aTES {service.name}",
            "version": API_VERSIONS.get(service.name, FIRST_API_VERSION),
        },
        "security": [{"accessToken": []}],
        "paths": paths,
        "components": {
            "securitySchemes": {
                "accessToken": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
            },
            "schemas": {**schemas.definitions, "Problem": _problem_schema(kinds)},
        },
    }


class _Schemas:
    """JSON Schemas of routes' models; models that they refer to are components."""

    def __init__(self, triggers: list[Route]) -> None:
        wanted = [(trigger.answer, "serialization") for trigger in triggers]
        wanted += [(trigger.body, "validation") for trigger in triggers if trigger.body]
        wanted += [(trigger.query, "validation") for trigger in triggers if trigger.query]
        self._refs, top = models_json_schema(list(dict.fromkeys(wanted)), ref_template=_SCHEMA_REF)  # type: ignore[arg-type]
        self.definitions: dict[str, Any] = dict(top.get("$defs", {}))
        self._queries = {
            name: self.definitions.pop(name)
            for name in [self.name(trigger.query, "validation") for trigger in triggers if trigger.query]
            if name in self.definitions
        }

    def name(self, model: type[BaseModel], mode: str) -> str:
        return str(self.ref(model, mode)["$ref"]).rpartition("/")[2]

    def ref(self, model: type[BaseModel], mode: str) -> dict[str, Any]:
        return self._refs[model, mode]  # type: ignore[index]

    def query(self, model: type[BaseModel]) -> dict[str, Any]:
        return dict(self._queries[self.name(model, "validation")])


def _operation(spec: UseCase, trigger: Route, schemas: _Schemas, refused: Refusals) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": spec.name,
        "summary": spec.summary,
        "description": f"For {', '.join(trigger.roles)}.",
        "parameters": [*_path_parameters(trigger), *_query_parameters(trigger, schemas)],
        "responses": _responses(trigger, schemas, refused),
    }
    if trigger.takes_idempotency_key:
        operation["parameters"].append(_idempotency_key())
    if trigger.body is not None:
        content = {"application/json": {"schema": schemas.ref(trigger.body, "validation")}}
        operation["requestBody"] = {
            "description": f"At most {MAX_BODY_BYTES} bytes.",
            "required": True,
            "content": content,
        }
    return operation


def _path_parameters(trigger: Route) -> list[dict[str, Any]]:
    """Path parameters as shared.http accepts them."""
    key = {"type": "string", "minLength": 1, "maxLength": 128, "pattern": PATH_PARAMETER_PATTERN}
    return [
        {"name": name, "in": "path", "required": True, "schema": DAY_SCHEMA if name == "day" else key}
        for name in re.findall(r"{(\w+)}", trigger.path)
    ]


def _query_parameters(trigger: Route, schemas: _Schemas) -> list[dict[str, Any]]:
    if trigger.query is None:
        return []
    schema = schemas.query(trigger.query)
    required = schema.get("required", [])
    return [
        {"name": name, "in": "query", "required": name in required, "schema": _without_null(each)}
        for name, each in schema["properties"].items()
    ]


def _without_null(schema: dict[str, Any]) -> dict[str, Any]:
    """A query can't contain null: the parameter is omitted instead."""
    choices = [each for each in schema.get("anyOf", ()) if each != {"type": "null"}]
    if len(choices) != 1:
        return schema
    kept = {word: value for word, value in schema.items() if word not in ("anyOf", "default")}
    return {**kept, **choices[0]}


def _idempotency_key() -> dict[str, Any]:
    return {
        "name": "Idempotency-Key",
        "in": "header",
        "required": False,
        "description": f"For 30 days the same key and body get the first answer again, with {REPEATED}.",
        "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": KEY_PATTERN},
    }


_UNAUTHORIZED = {
    "description": f"{TITLES[401]}: no problem document if the gateway itself refused the token.",
    "content": {
        "application/json": {
            "schema": {
                "type": "object",
                "required": ["message"],
                "properties": {"message": {"type": "string"}},
            }
        },
        **_PROBLEM_CONTENT,
    },
}


def _responses(trigger: Route, schemas: _Schemas, refused: Refusals) -> dict[str, Any]:
    answer = {"application/json": {"schema": schemas.ref(trigger.answer, "serialization")}}
    responses = {
        str(trigger.status): {"description": TITLES[trigger.status], "content": answer},
        **{str(status): _problem(status, kinds) for status, kinds in refused.items()},
        "401": _UNAUTHORIZED,
        "default": {"description": "Any other problem.", "content": _PROBLEM_CONTENT},
    }
    if trigger.confirmed_by is not None:
        responses["403"]["headers"] = {"Retry-After": _RETRY_AFTER}
    return responses


def _problem(status: int, kinds: list[str]) -> dict[str, Any]:
    named = ", ".join(f"`{kind}`" for kind in kinds)
    phrase = TITLES[status]
    return {"description": f"{phrase}: {named}" if named else phrase, "content": _PROBLEM_CONTENT}


def _problem_schema(kinds: Iterable[str]) -> dict[str, Any]:
    """With the further members of the service's problems."""
    members = {name: schema for kind in kinds for name, schema in _MEMBERS.get(kind, {}).items()}
    return {**PROBLEM, "properties": {**PROBLEM["properties"], **members}}
