"""Requests to analytics' functions, and the environment that the stack sets."""

from typing import Any

from tests.support.invocations import environment, http_request

ENVIRONMENT = environment("analytics")


def get(path: str, query: dict[str, str] | None = None, *, groups: str = "[admin]") -> dict[str, Any]:
    return http_request("GET", path, query=query, groups=groups)
