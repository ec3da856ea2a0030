"""A released HTTP API is never broken; a breaking change needs a higher major version."""

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Literal

import pytest
from pydantic import Field, create_model

from infra.discovery import Service, discover
from infra.documents import openapi
from infra.documents.__main__ import ROOT, released_documents
from infra.documents.api_breaks import breaks
from infra.documents.released import broken, texts
from shared.api import AnswerModel, MoneyAnswer, PageQuery, RequestModel
from shared.spec import Http, UseCase

CURRENT = openapi.documents(discover())


def test_every_api_is_released() -> None:
    apis, _ = released_documents()
    assert {path.stem for path in (ROOT / apis.folder).glob("*.json")} == CURRENT.keys()


# A small API, and changes of it


class Place(RequestModel):
    room: Annotated[str, Field(min_length=1, max_length=20)]


class Paint(RequestModel):
    colour: Literal["red", "green"]
    title: Annotated[str, Field(min_length=1, max_length=200)]
    layers: Annotated[int, Field(ge=1, le=9)] = 1
    note: str | None = None
    place: Place | None = None
    helpers: Annotated[list[Place], Field(max_length=5)] = Field(default_factory=list)


class Painted(AnswerModel):
    task_id: str
    colour: Literal["red", "green"]
    price: MoneyAnswer
    note: str | None
    layers: list[int]


class Query(PageQuery):
    colour: Literal["red", "green"] | None = None


def api(*specs: UseCase) -> dict[str, Any]:
    return openapi.document(Service("auth", "functions.auth", specs or (painting(), listing()), {}))


def painting(**changes: Any) -> UseCase:
    trigger = Http(
        **{
            "method": "POST",
            "path": "/paintings/{painting_id}",
            "roles": ("worker",),
            "answer": Painted,
            "body": Paint,
            "status": 201,
            **changes,
        }
    )
    return UseCase("auth", "get_openapi", "Paint", trigger)


def listing(**changes: Any) -> UseCase:
    given = {"method": "GET", "path": "/paintings", "roles": ("worker",), "answer": Painted, "query": Query}
    return UseCase("auth", "get_openapi", "List", Http(**{**given, **changes}))


def sending(base: type[RequestModel] = Paint, **fields: Any) -> dict[str, Any]:
    """The API with changed fields of the body."""
    return api(painting(body=create_model("Paint", __base__=base, **fields)), listing())


def answering(base: type[AnswerModel] = Painted, **fields: Any) -> dict[str, Any]:
    model = create_model("Painted", __base__=base, **fields)
    return api(painting(answer=model), listing(answer=model))


def asking(**fields: Any) -> dict[str, Any]:
    return api(painting(), listing(query=create_model("Query", __base__=Query, **fields)))


def edited(edit: Callable[[dict[str, Any]], Any]) -> dict[str, Any]:
    document = copy.deepcopy(api())
    edit(document)
    return document


def schema(document: dict[str, Any], name: str) -> dict[str, Any]:
    found: dict[str, Any] = document["components"]["schemas"][name]
    return found


def listed(document: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = document["paths"]["/paintings"]["get"]
    return found


class Unpriced(AnswerModel):
    task_id: str
    colour: Literal["red", "green"]
    note: str | None
    layers: list[int]


class Untitled(RequestModel):
    colour: Literal["red", "green"]


class Longer(Place):
    floor: int


class Cents(AnswerModel):
    amount: int


BROKEN: dict[str, tuple[dict[str, Any], str]] = {
    "path removed": (api(listing()), "POST /paintings/{painting_id}: removed"),
    "method changed": (api(painting(method="PATCH"), listing()), "POST /paintings/{painting_id}: removed"),
    "status changed": (api(painting(status=202), listing()), "status: was 201 and is 202"),
    "query parameter removed": (api(painting(), listing(query=PageQuery)), "query colour: removed"),
    "new required parameter": (asking(day=(str, ...)), "query day: required, and was not"),
    "parameter became required": (
        asking(colour=(Literal["red", "green"], ...)),
        "query colour: required, and was not",
    ),
    "parameter's value removed": (
        asking(colour=(Literal["red"] | None, None)),
        "query colour: 'green' is not among ['red']",
    ),
    "parameter's bound lowered": (
        asking(limit=(Annotated[int, Field(ge=1, le=100)], 50)),
        "query limit: maximum 100 doesn't take 200",
    ),
    "parameter's default changed": (
        asking(limit=(Annotated[int, Field(ge=1, le=200)], 20)),
        "query limit: default was 50 and is 20",
    ),
    "parameter's type narrowed": (
        asking(cursor=(int | None, None)),
        "query cursor: integer doesn't take string",
    ),
    "new required field": (sending(weight=(int, ...)), "body.weight: may be absent and is required"),
    "field became required": (
        sending(layers=(Annotated[int, Field(ge=1, le=9)], ...)),
        "body.layers: may be absent and is required",
    ),
    "field no longer taken": (sending(Untitled), "body.title: is no field"),
    "field's value removed": (
        sending(colour=(Literal["red"], ...)),
        "body.colour: 'green' is not among ['red']",
    ),
    "field's values named": (sending(title=(Literal["a"], ...)), "body.title: takes only ['a']"),
    "field's type changed": (sending(title=(int, ...)), "body.title: integer doesn't take string"),
    "null no longer taken": (sending(note=(str, "")), "body.note: string doesn't take null"),
    "field's length bounded": (
        sending(note=(Annotated[str, Field(max_length=9)] | None, None)),
        "body.note: maxLength 9 doesn't take absent",
    ),
    "field's least raised": (
        sending(layers=(Annotated[int, Field(ge=2, le=9)], 1)),
        "body.layers: minimum 2 doesn't take 1",
    ),
    "field's pattern added": (
        sending(title=(Annotated[str, Field(min_length=1, max_length=200, pattern="^a")], ...)),
        "body.title: pattern '^a' doesn't take absent",
    ),
    "a part's new required field": (
        sending(place=(Longer | None, None)),
        "body.place.floor: may be absent and is required",
    ),
    "a list's new required field": (
        sending(helpers=(Annotated[list[Longer], Field(max_length=5)], Field(default_factory=list))),
        "body.helpers[].floor: may be absent and is required",
    ),
    "body came": (api(painting(), listing(body=Paint)), "GET /paintings body: required, and was not"),
    "answer's field removed": (answering(Unpriced), "201.price: removed"),
    "answer's optional field removed": (
        edited(
            lambda d: (
                schema(d, "Painted")["properties"].pop("note"),
                schema(d, "Painted")["required"].remove("note"),
            )
        ),
        "201.note: removed",
    ),
    "answer's field may be absent": (
        edited(lambda d: schema(d, "Painted")["required"].remove("note")),
        "201.note: may be absent and is required",
    ),
    "answer's field may be null": (
        answering(task_id=(str | None, ...)),
        "201.task_id: string doesn't take null",
    ),
    "answer's type changed": (
        answering(layers=(list[str], ...)),
        "201.layers[]: integer doesn't take string",
    ),
    "answer's type widened": (
        edited(lambda d: schema(d, "Painted")["properties"]["layers"]["items"].update(type="number")),
        "201.layers[]: integer doesn't take number",
    ),
    "answer's value added": (
        answering(colour=(Literal["red", "green", "blue"], ...)),
        "201.colour: 'blue' is not among ['red', 'green']",
    ),
    "answer's part lost a field": (answering(price=(Cents, ...)), "201.price.currency: removed"),
    "answer's media type changed": (
        edited(lambda d: listed(d)["responses"]["200"].update(content={"text/html": {"schema": {}}})),
        "200: text/html is not expected",
    ),
    "body's media type changed": (
        edited(
            lambda d: d["paths"]["/paintings/{painting_id}"]["post"]["requestBody"].update(
                content={"text/html": {"schema": {}}}
            )
        ),
        "body: application/json is not taken any more",
    ),
    "problems changed": (
        edited(lambda d: schema(d, "Problem")["properties"].pop("detail")),
        "default.detail: removed",
    ),
    "security changed": (edited(lambda d: d.update(security=[{"apiKey": []}])), "security: changed"),
    "operation's security changed": (edited(lambda d: listed(d).update(security=[])), "security: changed"),
    "a word that is not known": (
        edited(lambda d: schema(d, "Paint")["properties"]["title"].update({"if": {"maxLength": 5}})),
        "body.title: if {'maxLength': 5} doesn't take absent",
    ),
    "a word that is not known in an answer": (
        edited(lambda d: schema(d, "Painted")["properties"]["task_id"].update({"not": {"const": "x"}})),
        "201.task_id: not absent doesn't take {'const': 'x'}",
    ),
}


@pytest.mark.parametrize(("document", "reason"), BROKEN.values(), ids=BROKEN.keys())
def test_a_break_is_refused(document: dict[str, Any], reason: str) -> None:
    found = breaks(api(), document)
    assert any(reason in each for each in found), found


ALLOWED: dict[str, dict[str, Any]] = {
    "nothing": api(),
    "a new operation": api(painting(), listing(), listing(path="/colours")),
    "a new optional parameter": asking(day=(str | None, None)),
    "a new optional field": sending(weight=(int | None, None)),
    "a field may be absent": sending(title=(Annotated[str, Field(min_length=1, max_length=200)], "none")),
    "a field's bounds widened": sending(layers=(Annotated[int, Field(ge=0, le=10)], 1)),
    "a field's bounds gone": sending(title=(str, ...)),
    "a field's values added": sending(colour=(Literal["red", "green", "blue"], ...)),
    "a field takes null": sending(title=(Annotated[str, Field(min_length=1, max_length=200)] | None, ...)),
    "a field takes anything": sending(note=(Any, None)),
    "a field takes any number": sending(layers=(Annotated[float, Field(ge=1, le=9)], 1)),
    "an answer says more": answering(weight=(int, ...)),
    "an answer's values removed": answering(colour=(Literal["red"], ...)),
    "an answer is never null": answering(note=(str, ...)),
    "an answer's values bounded": answering(task_id=(Annotated[str, Field(max_length=36)], ...)),
    "other words": edited(lambda d: schema(d, "Paint").update(description="as told now")),
    "another refusal": edited(
        lambda d: listed(d)["responses"].update({"418": {"description": "I'm a Teapot", "content": {}}})
    ),
    "a refusal less": edited(lambda d: listed(d)["responses"].pop("400")),
}


@pytest.mark.parametrize("document", ALLOWED.values(), ids=ALLOWED.keys())
def test_a_change_that_no_caller_notices_is_allowed(document: dict[str, Any]) -> None:
    assert breaks(api(), document) == []


def test_the_names_of_models_do_not_matter() -> None:
    renamed = json.loads(json.dumps(api()).replace("Place", "Spot").replace("Painted", "Covered"))
    assert renamed != api()
    assert breaks(api(), renamed) == []


@pytest.mark.parametrize(("version", "allowed"), [("1.1.0", False), ("2.0.0", True), ("10.0.0", True)])
def test_only_a_higher_major_version_may_break(version: str, allowed: bool) -> None:
    before, document = copy.deepcopy(api()), copy.deepcopy(api(listing()))
    before["info"]["version"], document["info"]["version"] = "1.0.0", version
    assert (breaks(before, document) == []) is allowed


# Against the files


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for path, text in texts(CURRENT, tmp_path).items():
        path.write_text(text)
    return tmp_path


def test_a_new_release_is_not_broken(folder: Path) -> None:
    assert {path.stem: json.loads(path.read_text()) for path in folder.glob("*")} == CURRENT
    assert list(broken(CURRENT, folder, breaks)) == []


def test_an_api_that_breaks_its_release_is_found(folder: Path) -> None:
    changed = copy.deepcopy(CURRENT)
    del changed["tracking"]["components"]["schemas"]["TaskAnswer"]["properties"]["title"]
    found = list(broken(changed, folder, breaks))
    assert "tracking: GET /tasks/{task_id} 200.title: removed" in found


def test_a_released_api_cannot_be_removed(folder: Path) -> None:
    left = {name: document for name, document in CURRENT.items() if name != "auth"}
    assert list(broken(left, folder, breaks)) == ["auth: was released and is gone"]
