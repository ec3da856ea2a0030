"""Each service's OpenAPI document: valid, complete in what may go wrong, and what the service answers."""

import copy
import importlib
import json
from collections.abc import Iterator
from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator
from openapi_spec_validator.validation.exceptions import OpenAPIValidationError
from pydantic import BaseModel

from infra.discovery import discover
from infra.documents import openapi
from infra.package import ROOT, asset_files
from shared.api import RequestModel
from shared.spec import Http, UseCase

SERVICES = {service.name: service for service in discover() if openapi.routes(service)}
DOCUMENTS = {name: openapi.document(service) for name, service in SERVICES.items()}
ROUTES = {
    f"{spec.service}.{spec.name}": (spec, trigger)
    for service in SERVICES.values()
    for spec, trigger in openapi.routes(service)
}

each_service = pytest.mark.parametrize("service", SERVICES)
each_route = pytest.mark.parametrize(("spec", "trigger"), ROUTES.values(), ids=ROUTES.keys())


def operations(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    return (operation for methods in document["paths"].values() for operation in methods.values())


def operation(spec: UseCase) -> dict[str, Any]:
    (found,) = [each for each in operations(DOCUMENTS[spec.service]) if each["operationId"] == spec.name]
    return found


def test_every_service_but_notifications_has_one() -> None:
    assert SERVICES.keys() == {"auth", "tracking", "accounting", "analytics"}


@each_service
def test_it_is_valid_openapi(service: str) -> None:
    assert DOCUMENTS[service]["openapi"] == "3.1.0"
    OpenAPIV31SpecValidator(DOCUMENTS[service]).validate()


def test_what_is_no_valid_openapi_is_found() -> None:
    unresolved, twice = copy.deepcopy(DOCUMENTS["auth"]), copy.deepcopy(DOCUMENTS["auth"])
    del unresolved["components"]["schemas"]["Problem"]["type"]
    unresolved["components"]["schemas"]["Problem"]["type"] = "thing"
    for each in operations(twice):
        each["operationId"] = "same"
    for document in (unresolved, twice):
        with pytest.raises(OpenAPIValidationError):
            OpenAPIV31SpecValidator(document).validate()


@each_service
def test_an_operation_is_called_as_its_use_case(service: str) -> None:
    names = [each["operationId"] for each in operations(DOCUMENTS[service])]
    assert sorted(names) == sorted({spec.name for spec, _ in openapi.routes(SERVICES[service])})


REFUSALS = {
    "auth.get_me": {401, 403, 404, 503},
    "auth.get_openapi": {401, 403},
    "tracking.create_task": {400, 401, 403, 409, 413, 422, 503},
    "tracking.complete_task": {400, 401, 403, 404, 409, 422, 503},
    "tracking.get_task": {401, 403, 404, 503},
    "tracking.list_tasks": {400, 401, 403, 503},
    "tracking.start_shuffle": {400, 401, 403, 409, 422, 503},
    "accounting.correct_entry": {400, 401, 403, 404, 409, 413, 422, 503},
    "accounting.get_close": {400, 401, 403, 404, 503},
    "accounting.get_my_balance": {401, 403, 503},
    "analytics.list_top_tasks": {400, 401, 403, 503},
}
"""Written by hand from the requirements; the documents have them from the code."""


@pytest.mark.parametrize("name", REFUSALS)
def test_an_operation_says_how_it_may_refuse(name: str) -> None:
    spec, trigger = ROUTES[name]
    statuses = operation(spec)["responses"].keys() - {"default", str(trigger.status)}
    assert {int(status) for status in statuses} == REFUSALS[name]


@each_route
def test_every_problem_is_a_problem_document(spec: UseCase, trigger: Http) -> None:
    responses = operation(spec)["responses"]
    assert {"401", "403", "default"} <= responses.keys()
    for status in responses.keys() - {str(trigger.status)}:
        assert responses[status]["content"].keys() == {"application/problem+json"}


def test_a_refusal_names_the_types_of_its_problems() -> None:
    spec, _ = ROUTES["tracking.complete_task"]
    responses = operation(spec)["responses"]
    assert responses["409"]["description"] == "Conflict: `urn:ates:problem:already-completed`"
    assert responses["422"]["description"].endswith("`urn:ates:problem:idempotency-key-reused`")


# What a caller sends


@each_route
def test_an_unknown_field_is_refused_everywhere(spec: UseCase, trigger: Http) -> None:
    for model in (trigger.body, trigger.query):
        assert model is None or (
            issubclass(model, RequestModel) and model.model_config.get("extra") == "forbid"
        )


@each_route
def test_an_answer_is_of_a_model(spec: UseCase, trigger: Http) -> None:
    assert issubclass(trigger.answer, BaseModel)


@each_service
def test_every_text_that_is_sent_is_bounded(service: str) -> None:
    document = DOCUMENTS[service]
    for each in operations(document):
        for parameter in each["parameters"]:
            assert list(unbounded(parameter["schema"])) == [], parameter["name"]
        for content in each.get("requestBody", {}).get("content", {}).values():
            name = content["schema"]["$ref"].rpartition("/")[2]
            assert list(unbounded(document["components"]["schemas"][name])) == [], name


def unbounded(schema: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The texts that may be of any length."""
    if schema.get("type") == "string" and not schema.keys() & {"maxLength", "enum", "const", "format"}:
        yield schema
    for each in [*schema.get("anyOf", ()), *schema.get("properties", {}).values()]:
        yield from unbounded(each)


# What is served


def event(claims: dict[str, str]) -> dict[str, Any]:
    return {"rawPath": "/openapi.json", "requestContext": {"authorizer": {"jwt": {"claims": claims}}}}


@each_service
@pytest.mark.parametrize("role", ["worker", "accountant", "manager", "admin"])
def test_a_service_answers_its_document(service: str, role: str) -> None:
    handler = importlib.import_module(f"functions.{service}.get_openapi.handler").handler
    answer = handler(event({"sub": "ann", "token_use": "access", "cognito:groups": f"[{role}]"}), None)
    assert answer["statusCode"] == 200
    assert answer["headers"]["content-type"] == "application/json"
    assert json.loads(answer["body"]) == DOCUMENTS[service]
    assert handler(event({}), None)["statusCode"] == 401


@each_service
def test_the_asset_holds_the_document(service: str) -> None:
    held = asset_files(f"functions.{service}.get_openapi.handler")
    assert ROOT / "functions" / service / "get_openapi" / "openapi.json" in held
