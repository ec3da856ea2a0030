"""The product on a MiniStack that enforces IAM: each function has the rights of its role, and no more."""

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest

from tests.system import working_day
from tests.system.failures import effects
from tests.system.product import Product
from tests.system.separate import installation

pytestmark = pytest.mark.night

ENFORCED = {"AUTH": "true"}
REFUSALS = ("AccessDenied", "not authorized to perform", "UnauthorizedOperation")


@pytest.fixture(scope="module")
def enforced(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """An installation of its own; its tools have the account's rights, its functions those of their roles."""
    with installation(tmp_path_factory.mktemp("enforced"), variables=ENFORCED) as product:
        yield product


def test_a_day_of_work_needs_no_right_that_a_role_lacks(enforced: Product) -> None:
    before = refusals(enforced)
    load = working_day.work(enforced)
    working_day.sweep(enforced)
    enforced.settle(300)
    found = effects.count(enforced, [load])
    assert (found.lost, found.doubled) == (0, 0), found
    enforced.ates("verify")
    assert not refusals(enforced) - before


def test_a_right_that_a_role_lacks_is_refused(enforced: Product) -> None:
    """So the test above would have seen it."""
    name = enforced.aws.target.name("tracking", "get_task")
    role = enforced.aws.functions.get_function_configuration(FunctionName=name)["Role"].rpartition("/")[2]
    roles = client_of_roles(enforced)
    (policy,) = roles.list_role_policies(RoleName=role)["PolicyNames"]
    before = roles.get_role_policy(RoleName=role, PolicyName=policy)["PolicyDocument"]
    less = [each for each in before["Statement"] if "dynamodb" not in json.dumps(each["Action"])]
    assert len(less) < len(before["Statement"])
    task = working_day.asked(
        enforced, "manager", "POST", "tracking", "/tasks", json={"title": "Look at this"}
    )
    url = f"{enforced.local.apis.tracking}/tasks/{task.json()['task_id']}"
    bearer = {"Authorization": f"Bearer {enforced.token('manager')}"}
    try:
        put(enforced, role, policy, {**before, "Statement": less})
        assert enforced.http.get(url, headers=bearer).status_code in (500, 503)
    finally:
        put(enforced, role, policy, before)
    assert enforced.http.get(url, headers=bearer).status_code == 200


def refusals(product: Product) -> set[tuple[str, str]]:
    """What functions have logged of refused calls; each line has its time."""
    return {line for line in product.logged() if any(words in line[1] for words in REFUSALS)}


def client_of_roles(product: Product) -> Any:
    session = boto3.Session("test", "test", region_name=product.local.region)
    return session.client("iam", endpoint_url=product.local.endpoint)


def put(product: Product, role: str, policy: str, document: object) -> None:
    client_of_roles(product).put_role_policy(
        RoleName=role, PolicyName=policy, PolicyDocument=json.dumps(document)
    )
