"""`ates deploy` twice over a whole stage, with real change sets: what changes, and what would be lost."""

import io
import json
from collections.abc import Collection, Iterator
from contextlib import redirect_stderr
from typing import Any

import pytest

from ops.deploying import smoke
from ops.deploying.template_losses import HOLDS_DATA
from ops.stage import stacks, tables
from ops.stage.stage_api import TOKEN
from tests.system.deploying import change
from tests.system.failures import effects
from tests.system.failures.load import Load
from tests.system.product import Product
from tests.system.stage_on_an_emulator import SENDER, EmulatedStage, emulated_stage

pytestmark = pytest.mark.night

NEW = "analytics.on_ledger_event"
"""A consumer that the stage gets with the second deployment."""
TASKS = 8


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmulatedStage]:
    """Deployed once, without one of its consumers; not before the account was bootstrapped."""
    with emulated_stage(tmp_path_factory.mktemp("stage")) as stage:
        stage.set(sender=SENDER, without=NEW)
        with redirect_stderr(io.StringIO()) as told:
            assert stage.deploy("--yes") == 1
        assert "npx cdk bootstrap" in told.getvalue()
        stage.bootstrap()
        assert stage.deploy("--yes", "--admin", "ada@popug.com", "--show-password") == 0
        yield stage


def planned(stage: EmulatedStage, capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    """What a dry run says."""
    capsys.readouterr()
    assert stage.deploy("--dry-run", "--json") == 0, capsys.readouterr().err
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def kept(stage: EmulatedStage) -> dict[str, int]:
    """The rows of each table, but for those of a schedule, and of analytics before it has its consumer."""
    services = [each for each in stacks.SERVICES if each != "analytics"]
    return {
        f"{service}/{table}": sum(1 for _ in tables.items(stage.aws, service, table))
        for service in services
        for table in tables.names(service)
        if table != "reconciliations"
    }


def sizes(stage: EmulatedStage) -> dict[str, int]:
    """The memory of each function."""
    pages = stage.aws.functions.get_paginator("list_functions").paginate()
    found = {each["FunctionName"]: each["MemorySize"] for page in pages for each in page["Functions"]}
    return {name: size for name, size in found.items() if name.startswith(stage.aws.target.prefix)}


def deployed_templates(stage: EmulatedStage) -> dict[str, str]:
    clients = stage.aws.cloudformation
    return {
        name: json.dumps(clients.get_template(StackName=name)["TemplateBody"], sort_keys=True)
        for name in stacks.expected(stage.aws.target)
    }


def forget(stage: EmulatedStage, consumer: str) -> None:
    """As a release without this consumer would have noted who has caught up."""
    name = f"/ates/{stage.aws.target.stage}/caught-up-consumers"
    noted = json.loads(stage.aws.parameters.get_parameter(Name=name)["Parameter"]["Value"])
    noted.remove(consumer)
    stage.aws.parameters.put_parameter(Name=name, Value=json.dumps(noted), Type="String", Overwrite=True)


@pytest.mark.timeout(1800)
def test_a_second_deployment_changes_what_it_says_and_loses_nothing(
    stage: EmulatedStage, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    forget(stage, NEW)
    with stage.product() as product:
        product.settle()
        load = Load(product, TASKS, shuffles=1).start().finish()
        product.settle()
        before, memory = kept(stage), sizes(stage)
        with_harmless_changes(stage)
        harmless(planned(stage, capsys), memory)
        monkeypatch.setenv(TOKEN, product.token("admin"))
        assert stage.deploy("--yes") == 0
        said = capsys.readouterr()
        assert f"{NEW} is new; it has got the archive's events" in said.err
        assert f"{len(list(smoke.routes()))} routes answer an admin" in said.out
        assert {name: sizes(stage)[name] for name in memory} == {
            name: 2 * size for name, size in memory.items()
        }
        product.settle()
        assert kept(stage) == before
        nothing_lost(product, load)


def with_harmless_changes(stage: EmulatedStage) -> None:
    """Functions with more memory, queues that keep messages for a day less, and a consumer that is new."""
    infra = stage.sources.folder / "infra"
    change(infra / "function.py", "memory_size=spec.memory_mb,", "memory_size=2 * spec.memory_mb,")
    change(infra / "queues.py", "KEPT = Duration.days(14)", "KEPT = Duration.days(13)")
    stage.set(sender_identity="existing")


def harmless(found: dict[str, Any], functions: Collection[str]) -> None:
    """What holds data is changed or added, and each function is changed."""
    changes = found["changes"]
    assert found["new_stacks"] == []
    assert not [each for each in changes if each["loses_data"]]
    hows = {(each["type"], each["how"]) for each in changes if each["type"] in HOLDS_DATA}
    assert hows == {
        ("AWS::Logs::LogGroup", "added"),
        ("AWS::SQS::Queue", "added"),
        ("AWS::SQS::Queue", "changed"),
    }
    changed = {each["name"] for each in changes if each["how"] == "changed"}
    assert changed >= set(functions)


def nothing_lost(product: Product, load: Load) -> None:
    """Analytics has what happened before it had a consumer, too."""
    found = effects.count(product, [load])
    assert (found.lost, found.doubled) == (0, 0), found
    assert found.delivered >= TASKS
    counted = sum(each.get("entry_count", 0) for each in product.rows("analytics", "day_totals"))
    assert counted == len(product.rows("accounting", "entries")) > 0


def test_a_change_that_would_lose_data_is_named_and_refused(
    stage: EmulatedStage, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A table with another name, and one that is no longer in the template under the same logical id."""
    before, templates = kept(stage), deployed_templates(stage)
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    with stage.changed() as sources:
        source = sources / "infra" / "tables.py"
        renamed = 'table_name=f"{name}-2" if name.endswith("-tracking-tasks") else name,'
        change(source, "table_name=name,", renamed)
        other = 'f"{declared.name}_table" if declared.name != "reports" else "other",'
        change(source, 'f"{declared.name}_table",', other)
        stage.set(sender_identity="existing")
        assert stage.deploy("--yes") == 1
    told = capsys.readouterr().err
    (said,) = [line for line in told.splitlines() if "nothing was done" in line] or [told]
    assert said.partition("--yes doesn't agree to that: ")[2] == (
        "ates-dev-notifications-reports (deleted), ates-dev-tracking-tasks (replaced)"
    )
    assert kept(stage) == before
    assert deployed_templates(stage) == templates
