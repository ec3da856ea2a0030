"""Send commands as a client should: repeated until the product answers."""

import time
from collections.abc import Mapping
from typing import Any

import httpx

from tests.system.product import Product, not_confirmed

PAUSE_SECONDS = 0.25
REQUEST_SECONDS = 15
GIVE_UP_SECONDS = 120
REPEATED = frozenset({429, 500, 502, 503, 504})
"""Statuses after which a request is repeated, a creation under its Idempotency-Key.

A refusal because a service doesn't know the caller is repeated too: its tables may just be restored.
"""


def repeated(
    product: Product, who: str, method: str, service: str, path: str, body: Any = None, key: str | None = None
) -> tuple[httpx.Response, int]:
    """The answer, and the number of lost ones before it; fails if there is none in time."""
    url, headers = getattr(product.local.apis, service) + path, _headers(product, who, key)
    deadline, lost = time.monotonic() + GIVE_UP_SECONDS, 0
    while (answer := _try(product, method, url, headers, body)) is None:
        lost += 1
        assert time.monotonic() < deadline, f"{method} {path} had no answer in {GIVE_UP_SECONDS} s"
        time.sleep(PAUSE_SECONDS)
    return answer, lost


def _headers(product: Product, who: str, key: str | None) -> Mapping[str, str]:
    headers = {"Authorization": f"Bearer {product.token(who)}"}
    return {**headers, "Idempotency-Key": key} if key else headers


def _try(
    product: Product, method: str, url: str, headers: Mapping[str, str], body: Any
) -> httpx.Response | None:
    try:
        answer = product.http.request(method, url, json=body, headers=headers, timeout=REQUEST_SECONDS)
    except httpx.TransportError:
        return None
    return None if answer.status_code in REPEATED or not_confirmed(answer) else answer
