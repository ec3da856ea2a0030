"""Asks a deployed stage: every route refuses strangers, and answers an admin; nothing is changed."""

import re
from collections.abc import Callable, Iterator, Mapping
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
REFUSED = 400
OF_A_FUNCTION = "application/problem+json"
"""The gateway answers in another form."""
NO_COMMAND = {"content-type": "application/json", "idempotency-key": "not a key"}, "{"
"""Headers and body of a request that each command refuses before it does anything."""


def routes() -> Iterator[tuple[UseCase, "Http[Any, Any, Any]"]]:
    for service in discover():
        for spec in service.use_cases:
            if isinstance(spec.trigger, Http):
                yield spec, spec.trigger


def strangers(http: httpx.Client, apis: Mapping[str, str]) -> Finding:
    """Without a token the gateway refuses every route; if its function does, the authorizer is missing."""

    def asked(spec: UseCase, route: "Http[Any, Any, Any]") -> str:
        return _unexpected(http, route.method, _address(apis, spec, route), {DENIED}, by_gateway=True)

    return _each("routes without a token", asked, "routes are there, and refuse strangers")


def signed_in(http: httpx.Client, apis: Mapping[str, str], token: str) -> Finding:
    """What needs an id or a query may answer that it is missing; commands refuse NO_COMMAND."""
    about, bearer = "routes, signed in", {"Authorization": f"Bearer {token}"}
    role = _role(http, apis["auth"], bearer)
    if role != ADMIN:
        return Finding(about, Weight.WARNS, f"signed in as {role}, not as an admin", "sign in as an admin")

    def asked(spec: UseCase, route: "Http[Any, Any, Any]") -> str:
        address = _address(apis, spec, route)
        if route.method == "GET":
            needs = PARAMETER.search(route.path) or _asks(route.query)
            wanted = {route.status, *(NEEDED if needs else ())}
            return _unexpected(http, "GET", address, wanted, headers=bearer)
        headers, body = NO_COMMAND
        return _unexpected(http, route.method, address, {REFUSED}, headers=headers | bearer, content=body)

    return _each(about, asked, "routes answer an admin")


def _each(about: str, asked: Callable[[UseCase, "Http[Any, Any, Any]"], str], fine: str) -> Finding:
    """Asks every route; `asked` returns what is wrong with it."""
    there = list(routes())
    said = ((f"{spec.service} {route.method} {route.path}", asked(spec, route)) for spec, route in there)
    wrong = [f"{name} {fault}" for name, fault in said if fault]
    return _finding(about, wrong, f"{len(there)} {fine}")


def _address(apis: Mapping[str, str], spec: UseCase, route: "Http[Any, Any, Any]") -> str:
    return apis[spec.service] + PARAMETER.sub("smoke", route.path)


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
    http: httpx.Client, method: str, address: str, wanted: set[int], by_gateway: bool = False, **content: Any
) -> str:
    """Empty if the status is one of these."""
    try:
        answer = http.request(method, address, **content)
    except httpx.TransportError as lost:
        return f"did not answer ({lost})"
    if answer.status_code not in wanted:
        return f"answers {answer.status_code}"
    if by_gateway and answer.headers.get("content-type") == OF_A_FUNCTION:
        return "has no authorizer: the function itself refuses"
    return ""


def _origin(address: str) -> str:
    parts = httpx.URL(address)
    return f"{parts.scheme}://{parts.netloc.decode()}"


def _finding(about: str, wrong: list[str], fine: str) -> Finding:
    if wrong:
        return Finding(about, Weight.STOPS, "; ".join(wrong), "see `ates logs` and `ates status`")
    return Finding(about, Weight.FINE, fine)
