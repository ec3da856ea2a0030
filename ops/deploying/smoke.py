"""Asks a deployed stage's addresses: every route refuses strangers, and answers who is signed in."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

import httpx

from infra.discovery import discover
from ops.deploying.findings import Finding, Weight
from shared.spec import Http, UseCase

PARAMETER = re.compile(r"\{\w+\}")
ADMIN = "admin"
DENIED = 401
NEEDED = (400, 404, 422)
"""Of a route that is asked with an id that doesn't exist, or without a query that it needs."""


def routes() -> Iterator[tuple[UseCase, "Http[Any, Any, Any]"]]:
    for service in discover():
        for spec in service.use_cases:
            if isinstance(spec.trigger, Http):
                yield spec, spec.trigger


def strangers(http: httpx.Client, apis: Mapping[str, str]) -> Finding:
    """Without a token the gateway refuses every route, so nothing is changed by asking."""
    wrong, asked = list[str](), 0
    for spec, route in routes():
        asked += 1
        address = apis[spec.service] + PARAMETER.sub("smoke", route.path)
        if said := _unexpected(http, route.method, address, {DENIED}, {}):
            wrong.append(f"{spec.service} {route.method} {route.path} {said}")
    return _finding("routes without a token", wrong, f"{asked} routes are there, and refuse strangers")


def signed_in(http: httpx.Client, apis: Mapping[str, str], token: str) -> Finding:
    """Every route that reads; what needs an id or a query may answer that it is missing."""
    about, bearer = "routes, signed in", {"Authorization": f"Bearer {token}"}
    role = _role(http, apis["auth"], bearer)
    if role != ADMIN:
        return Finding(about, Weight.WARNS, f"signed in as {role}, not as an admin", "sign in as an admin")
    wrong, asked = list[str](), 0
    for spec, route in routes():
        if route.method != "GET":
            continue
        asked += 1
        needs = PARAMETER.search(route.path) or _asks(route.query)
        wanted = {route.status, *(NEEDED if needs else ())}
        address = apis[spec.service] + PARAMETER.sub("smoke", route.path)
        if said := _unexpected(http, "GET", address, wanted, bearer):
            wrong.append(f"{spec.service} GET {route.path} {said}")
    return _finding(about, wrong, f"{asked} routes answer an admin")


def _role(http: httpx.Client, auth: str, bearer: dict[str, str]) -> str:
    """Of who signed in; or what the auth service answers instead."""
    try:
        answer = http.get(f"{auth}/me", headers=bearer)
        return str(answer.json()["role"]) if answer.is_success else f"nobody ({answer.status_code})"
    except (httpx.TransportError, KeyError, TypeError, ValueError):
        return "nobody (no answer)"


def dashboards(http: httpx.Client, address: str, config: Mapping[str, Any]) -> Finding:
    """The page and its configuration are served, and the page may call the APIs."""
    wrong = list[str]()
    try:
        page, told = http.get(f"{address}/"), http.get(f"{address}/config.json")
    except httpx.TransportError as lost:
        return _finding("the dashboards", [f"no answer ({lost})"], "")
    allowed = page.headers.get("content-security-policy", "")
    if page.status_code != httpx.codes.OK:
        wrong.append(f"the page answers {page.status_code}")
    wrong += [
        f"its policy doesn't allow {api}" for api in config["apis"].values() if _origin(api) not in allowed
    ]
    if told.status_code != httpx.codes.OK or told.json() != config:
        wrong.append("config.json is not this stage's")
    return _finding("the dashboards", wrong, f"are served at {address}")


def _asks(query: type[Any] | None) -> bool:
    """Whether something must be given."""
    return query is not None and any(each.is_required() for each in query.model_fields.values())


def _unexpected(
    http: httpx.Client, method: str, address: str, wanted: set[int], headers: Mapping[str, str]
) -> str:
    """Empty if the status is one of these."""
    try:
        status = http.request(method, address, headers=dict(headers)).status_code
    except httpx.TransportError as lost:
        return f"did not answer ({lost})"
    return "" if status in wanted else f"answers {status}"


def _origin(address: str) -> str:
    parts = httpx.URL(address)
    return f"{parts.scheme}://{parts.netloc.decode()}"


def _finding(about: str, wrong: list[str], fine: str) -> Finding:
    if wrong:
        return Finding(about, Weight.STOPS, "; ".join(wrong), "see `ates logs` and `ates status`")
    return Finding(about, Weight.FINE, fine)
