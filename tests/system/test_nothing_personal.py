"""After a day of work, no log and no event holds a token, a password, an e-mail address or another's name."""

import json
import re
from collections.abc import Iterator

import pytest

from tests.system import working_day
from tests.system.product import Product
from tests.system.separate import installation

pytestmark = pytest.mark.night

SECRETS = {
    "a token": re.compile(r"eyJ[\w-]{10,}\.[\w-]+"),
    "a bearer's header": re.compile(r"\bBearer\s", re.IGNORECASE),
    "an e-mail address": re.compile(r"[\w.+-]+@(?!email\.amazonses\.com)[\w-]+\.[\w.]+"),
    "a key of AWS": re.compile(r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b"),
    "a refresh or session token": re.compile(r"(?i)(?:refresh|session)_?token"),
}


def found(texts: Iterator[tuple[str, str]], product: Product, names: bool) -> list[tuple[str, str, str]]:
    """What is secret, where, and the text around it; with people's `names`, where none is expected."""
    secrets = dict(SECRETS)
    passwords = {re.escape(account.password) for account in product.local.accounts}
    secrets["a password"] = re.compile("|".join(sorted(passwords)))
    if names:
        people = {re.escape(row["name"]) for row in product.rows("auth", "accounts")}
        secrets["a name"] = re.compile("|".join(sorted(people)))
    return [
        (where, what, text[max(0, match.start() - 60) : match.end() + 20])
        for where, text in texts
        for what, pattern in secrets.items()
        if (match := pattern.search(text))
    ]


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """An installation of its own: its day leaves a newcomer to whom tasks go, and a corrected entry."""
    with installation(tmp_path_factory.mktemp("working-day")) as product:
        yield product


@pytest.fixture(scope="module")
def worked(product: Product) -> Product:
    working_day.work(product)
    working_day.sweep(product)
    product.settle(300)
    return product


def test_logs_hold_nothing_secret_or_personal(worked: Product) -> None:
    lines = list(worked.logged())
    assert len({function for function, _ in lines}) > 30, "too few functions have logged"
    assert not found(iter(lines), worked, names=True)


def test_events_hold_nothing_secret(worked: Product) -> None:
    """Names are in the events of accounts, which carry them to the services that show them."""
    events = [
        (event["event_name"], json.dumps(event, ensure_ascii=False))
        for service in ("auth", "tracking", "accounting", "notifications")
        for event in worked.events(service)
    ]
    assert len({name for name, _ in events}) > 10
    assert not found(iter(events), worked, names=False)
    others = (each for each in events if not each[0].startswith("Account."))
    assert not found(others, worked, names=True)


@pytest.mark.parametrize(
    "line",
    ["eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIx", "mail to irina@ates.example failed", "authorization: Bearer x"],
)
def test_a_secret_would_be_found(worked: Product, line: str) -> None:
    assert found(iter([("somewhere", line)]), worked, names=False)
