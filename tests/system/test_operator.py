"""What an operator and a developer do at the command line, on the deployed product."""

import json
import os
import subprocess
import sys
from typing import Any

import pytest

from ops.console.wait import Timer
from ops.recovery import missing_tables
from ops.stage import consumers, event_sources
from tests.system.product import Product, wait_for

CONSUMER = "analytics.on_ledger_event"
REPORTER = "notifications.on_ledger_event"


def problems(product: Product) -> list[dict[str, str]]:
    found: list[dict[str, str]] = json.loads(product.ates("status", "--json", check=False).stdout)["problems"]
    return found


def test_a_consumer_that_was_switched_off_is_named_and_resumed(product: Product) -> None:
    function = consumers.named("dev", CONSUMER).function
    (mapping,) = event_sources.mappings(product.aws, [function])
    product.aws.functions.update_event_source_mapping(UUID=mapping["UUID"], Enabled=False)
    try:
        wait_for(lambda: problems(product), 60, "status does not see it")
        (found,) = problems(product)
        assert found["what"].startswith(f"{CONSUMER} consumes nothing")
        assert product.ates("status", check=False).returncode == 1
        product.ates(*found["next_command"].split()[1:])
        assert problems(product) == []
    finally:
        event_sources.resume(product.aws, function, Timer())


def test_a_table_that_is_gone_is_named_and_restored_without_a_backup(product: Product) -> None:
    """Of notifications, which no other test of this product needs then; nothing here makes a backup."""
    table = product.aws.target.name("notifications", "reports")
    product.aws.dynamodb.delete_table(TableName=table)
    try:
        said = f"table {table} does not exist"
        assert {"what": said, "next_command": "ates restore notifications --to now"} in problems(product)
        verified = product.ates("verify", check=False)
        assert verified.returncode == 1
        assert table in verified.stdout
        restore = "restore", "notifications", "--to", "now"
        assert "from the archive alone" in product.ates(*restore, "--dry-run").stdout
        assert "there is no backup of" in product.ates(*restore, "--from", "backup", check=False).stderr
        product.ates(*restore, "--yes")
        assert problems(product) == []
    finally:
        missing_tables.make(product.aws, "notifications", Timer())


@pytest.mark.night
def test_a_function_and_a_source_that_are_gone_are_named_and_made_again(product: Product) -> None:
    """What waited for them is lost with their queues, and comes back from the archive."""
    function = consumers.named("dev", CONSUMER).function
    (mapping,) = event_sources.mappings(product.aws, [consumers.named("dev", REPORTER).function])
    product.aws.functions.delete_function(FunctionName=function)
    product.aws.functions.delete_event_source_mapping(UUID=mapping["UUID"])
    gone = [
        {"what": f"function {function} does not exist", "next_command": "make up"},
        {"what": f"{REPORTER} consumes nothing: its source is gone", "next_command": "make up"},
    ]
    wait_for(lambda: all(each in problems(product) for each in gone), 60, "status does not see it")
    assert product.ates("resume", REPORTER, check=False).returncode == 1
    product.call("manager", "POST", "tracking", "/tasks", json={"title": "Sharpen the beak"})
    product.ates("up")
    assert problems(product) == []
    for consumer in (CONSUMER, REPORTER):
        product.ates("replay", "--consumer", consumer, "--from", "2020-01-01")
    product.ates("verify")


def test_tools_of_aws_work_with_the_environment_that_ates_prints(product: Product) -> None:
    said = product.ates("env").stdout
    script = (
        f"{said}\nexec {sys.executable} -c 'import boto3; print(boto3.client(\"dynamodb\").list_tables())'"
    )
    done = subprocess.run(
        ["/bin/sh", "-c", script],
        env={"PATH": os.environ["PATH"], "AWS_PROFILE": "not-here", "HTTP_PROXY": "http://127.0.0.1:9"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "ates-dev-" in done.stdout, done.stderr


def test_one_request_is_found_in_the_logs_of_all_services(product: Product) -> None:
    created = product.call("manager", "POST", "tracking", "/tasks", json={"title": "Count the feathers"})
    task_id = created.json()["task_id"]
    product.settle()

    def lines() -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = json.loads(product.ates("logs", "tracking", "--json").stdout)["lines"]
        return found

    wait_for(lines, 60, "nothing was logged")
    assert any(each["function"] == "tracking.create_task" for each in lines()), task_id


def test_accounts_are_listed_and_changed(product: Product) -> None:
    found = json.loads(product.ates("accounts", "list", "--role", "worker", "--json").stdout)["accounts"]
    worker = next(each for each in found if each["email"] == "worker5@ates.example")
    product.ates("accounts", "change", worker["email"], "--name", worker["name"])
    assert product.ates("accounts", "change", worker["email"], "--role", "x", check=False).returncode == 2


def test_another_port_is_refused_while_it_runs(product: Product) -> None:
    done = product.ates("up", "--port", "1", check=False)
    assert done.returncode == 2
    assert "runs already, on port" in done.stderr
