"""Each service's OpenAPI document is valid, lists every refusal, and is what the service serves."""

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator
from openapi_spec_validator.validation.exceptions import OpenAPIValidationError
from pydantic import BaseModel

import functions
from functions import get_openapi
from infra import package
from infra.discovery import Service, discover
from infra.documents import openapi
from infra.documents.refusals import refusals
from infra.package import Assets
from shared.api import RequestModel
from shared.http import MAX_BODY_BYTES
from shared.spec import Http, Route, UseCase
from tests.support.invocations import http_request

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


def test_every_service_except_notifications_has_a_document() -> None:
    assert SERVICES.keys() == {"auth", "tracking", "accounting", "analytics"}


@each_service
def test_the_document_is_valid_openapi(service: str) -> None:
    assert DOCUMENTS[service]["openapi"] == "3.1.0"
    OpenAPIV31SpecValidator(DOCUMENTS[service]).validate()


def test_an_invalid_openapi_document_is_found() -> None:
    unresolved, twice = copy.deepcopy(DOCUMENTS["auth"]), copy.deepcopy(DOCUMENTS["auth"])
    del unresolved["components"]["schemas"]["Problem"]["type"]
    unresolved["components"]["schemas"]["Problem"]["type"] = "thing"
    for each in operations(twice):
        each["operationId"] = "same"
    for document in (unresolved, twice):
        with pytest.raises(OpenAPIValidationError):
            OpenAPIV31SpecValidator(document).validate()


@each_service
def test_an_operation_is_named_after_its_use_case(service: str) -> None:
    names = [each["operationId"] for each in operations(DOCUMENTS[service])]
    assert sorted(names) == sorted({spec.name for spec, _ in openapi.routes(SERVICES[service])})


REFUSALS = {
    "auth.get_me": {401, 403, 404, 503},
    "auth.get_openapi": {401, 403},
    "auth.list_accounts": {400, 401, 403, 503},
    "auth.invite_account": {400, 401, 403, 404, 409, 413, 422, 503},  # 404: its row was lost meanwhile
    "auth.get_account": {401, 403, 404, 503},
    "auth.invite_again": {400, 401, 403, 404, 409, 422, 503},
    "auth.change_account": {400, 401, 403, 404, 409, 413, 503},
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
"""Written by hand from the requirements; the documents take them from the code."""


@pytest.mark.parametrize("name", REFUSALS)
def test_an_operation_lists_its_refusals(name: str) -> None:
    spec, trigger = ROUTES[name]
    statuses = operation(spec)["responses"].keys() - {"default", str(trigger.status)}
    assert {int(status) for status in statuses} == REFUSALS[name]


@each_route
def test_every_problem_is_a_problem_document(spec: UseCase, trigger: Route) -> None:
    responses = operation(spec)["responses"]
    assert {"401", "403", "default"} <= responses.keys()
    for status in responses.keys() - {str(trigger.status)}:
        gateways = {"application/json"} if status == "401" else set()
        assert responses[status]["content"].keys() == {"application/problem+json"} | gateways


def test_the_refusals_of_the_wiring_are_listed_too() -> None:
    """Every route with a path parameter."""
    trigger = Http("GET", "/paintings/{painting_id}", ("worker",), answer=RequestModel)
    service = Service("auth", "functions.auth", (UseCase("auth", "get_openapi", "", trigger),), {})
    (found,) = operations(openapi.document(service))
    assert found["responses"].keys() == {"200", "401", "403", "404", "default"}


CODE = {
    "__init__.py": "",
    "api.py": """
from functions.made_up.domain import Hidden, Lost, Taken
PROBLEMS = {Lost: 404, Taken: 409, Hidden: 403}
""",
    "domain.py": """
class Lost(Exception): ...
class LostForGood(Lost): ...
class Taken(Exception): ...
class Hidden(Exception): ...
def find():
    trouble = LostForGood
    raise trouble
def hidden():
    raise Hidden
""",
    "show_it/__init__.py": "",
    "show_it/handler.py": """
from functions.made_up import domain
from functions.made_up.api import PROBLEMS
from functions.made_up.domain import Taken, hidden
from shared.http import endpoint
from shared.problems import HttpError
class Shown:
    def show(self):
        try:
            return domain.find()
        except (Taken, KeyError):
            raise HttpError(418, "no coffee")
def run(request):
    hidden = Shown()
    return hidden.show()
handler = endpoint(None, run, PROBLEMS)
""",
}
"""It catches one of its exceptions, and calls its own method of the same name as a function elsewhere."""


def test_problems_are_found_in_the_reachable_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, text in CODE.items():
        (tmp_path / "functions/made_up" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "functions/made_up" / name).write_text(text)
    monkeypatch.setattr(package, "ROOT", tmp_path)
    monkeypatch.setattr(functions, "__path__", [str(tmp_path / "functions")])
    trigger = Http("GET", "/it", ("worker",), answer=RequestModel)
    spec = UseCase("made_up", "show_it", "", trigger)
    service = Service("made_up", "functions.made_up", (spec,), {})
    assert refusals(service, spec, trigger) == {
        401: [],
        403: [],
        404: ["urn:ates:problem:lost-for-good"],
        418: [],
    }


@each_route
def test_the_rules_for_fields_are_in_the_document(spec: UseCase, trigger: Route) -> None:
    """Ranges, keys, cursors and days: the document has the rules that the service applies."""
    for each in operation(spec)["parameters"]:
        schema, name = each["schema"], each["name"]
        if name in ("from", "to"):
            assert schema["description"].startswith("Only with ")
        elif name in ("cursor", "Idempotency-Key"):
            assert schema["pattern"]
        elif name in ("day", "date"):
            assert schema["format"] == "date"
        elif each["in"] == "path":
            assert schema["pattern"]
    if trigger.body is not None:
        assert operation(spec)["requestBody"]["description"] == f"At most {MAX_BODY_BYTES} bytes."


def test_fields_that_cannot_be_null_say_so() -> None:
    schema = DOCUMENTS["auth"]["components"]["schemas"]["ChangeAccountRequest"]
    assert schema["minProperties"] == 1
    for each in schema["properties"].values():
        assert "default" not in each
        assert "null" not in json.dumps(each)


def test_a_refusal_names_the_types_of_its_problems() -> None:
    spec, _ = ROUTES["tracking.complete_task"]
    responses = operation(spec)["responses"]
    kinds = "`urn:ates:problem:already-cancelled`, `urn:ates:problem:already-completed`"
    assert responses["409"]["description"] == f"Conflict: {kinds}"
    assert responses["422"]["description"].endswith("`urn:ates:problem:idempotency-key-reused`")


# What a caller sends


@each_route
def test_an_unknown_field_is_refused_everywhere(spec: UseCase, trigger: Route) -> None:
    for model in (trigger.body, trigger.query):
        assert model is None or (
            issubclass(model, RequestModel) and model.model_config.get("extra") == "forbid"
        )


@each_route
def test_every_answer_has_a_model(spec: UseCase, trigger: Route) -> None:
    assert issubclass(trigger.answer, BaseModel)


@each_service
def test_every_text_in_a_request_is_bounded(service: str) -> None:
    document = DOCUMENTS[service]
    for each in operations(document):
        for parameter in each["parameters"]:
            assert list(unbounded(parameter["schema"])) == [], parameter["name"]
        for content in each.get("requestBody", {}).get("content", {}).values():
            name = content["schema"]["$ref"].rpartition("/")[2]
            assert list(unbounded(document["components"]["schemas"][name])) == [], name


def unbounded(schema: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The texts of unlimited length."""
    if schema.get("type") == "string" and not schema.keys() & {"maxLength", "enum", "const", "format"}:
        yield schema
    for each in [*schema.get("anyOf", ()), *schema.get("properties", {}).values()]:
        yield from unbounded(each)


@each_route
def test_a_list_is_a_page(spec: UseCase, trigger: Route) -> None:
    """Items and a cursor; a `limit` is 50 by default and 200 at most."""
    found = operation(spec)
    names = {each["name"]: each["schema"] for each in found["parameters"]}
    assert ("limit" in names) == ("cursor" in names)
    if "limit" in names:
        limits = (names["limit"]["minimum"], names["limit"]["default"], names["limit"]["maximum"])
        assert limits == (1, 50, 200)
    if spec.name.startswith("list_"):
        answer = found["responses"]["200"]["content"]["application/json"]["schema"]["$ref"]
        page = DOCUMENTS[spec.service]["components"]["schemas"][answer.rpartition("/")[2]]
        assert {"items", "next_cursor"} <= set(page["required"])


@each_route
def test_every_post_takes_an_idempotency_key(spec: UseCase, trigger: Route) -> None:
    assert trigger.takes_idempotency_key == (trigger.method == "POST")


# What is served


@each_service
@pytest.mark.parametrize("role", ["worker", "accountant", "manager", "admin"])
def test_a_service_serves_its_document(monkeypatch: pytest.MonkeyPatch, service: str, role: str) -> None:
    monkeypatch.setattr(get_openapi, "settings", lambda: SimpleNamespace(service=service))
    handler = get_openapi.handler
    answer = handler(http_request(path="/openapi.json", groups=f"[{role}]"), None)
    assert answer["statusCode"] == 200
    assert answer["headers"]["content-type"] == "application/json"
    assert json.loads(answer["body"]) == DOCUMENTS[service]
    assert handler({**http_request(path="/openapi.json"), "requestContext": {}}, None)["statusCode"] == 401


@each_service
def test_the_asset_contains_the_document(service: str) -> None:
    (spec,) = (each for each in SERVICES[service].use_cases if each.name == "get_openapi")
    handler = SERVICES[service].handler_module(spec)
    assets = Assets([handler], None)
    folder = Path(assets.function(handler, SERVICES[service].files(spec)))
    held = (folder / "functions" / service / "openapi.json").read_text()
    assert json.loads(held) == DOCUMENTS[service]
