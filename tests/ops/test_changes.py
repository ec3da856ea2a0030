"""What a deployment would change and lose: from change sets as AWS documents them, and from the templates."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.stub import Stubber

from ops.deploying import changes, template_losses
from ops.deploying.assembly import Assembly
from ops.deploying.changes import Change, Unseen
from ops.stage import stage_settings
from ops.stage.aws import Aws
from tests.ops import deployable
from tests.ops.deployable import FakeCdk

STACK = "Ates-dev-tracking"
TABLE = "AWS::DynamoDB::GlobalTable"
SET = {"StackName": STACK, "ChangeSetName": "ates-deploy"}
NOTHING = (
    "The submitted information didn't contain changes. Submit different information to create a change set."
)


def described(*found: dict[str, Any], **more: Any) -> dict[str, Any]:
    """An answer of DescribeChangeSet; the stubber checks it against AWS's model."""
    listed = [{"Type": "Resource", "ResourceChange": each} for each in found]
    return {"Status": "CREATE_COMPLETE", "ExecutionStatus": "AVAILABLE", "Changes": listed, **more}


def change(action: str, name: str, kind: str = TABLE, **more: str) -> dict[str, Any]:
    """A ResourceChange; what is added has no physical name yet."""
    physical = {} if action == "Add" else {"PhysicalResourceId": f"ates-dev-tracking-{name}"}
    return {"Action": action, "LogicalResourceId": name, "ResourceType": kind, **physical, **more}


def modified(name: str, replacement: str, **more: str) -> dict[str, Any]:
    return change("Modify", name, Replacement=replacement, **more)


@pytest.fixture
def assembly(tmp_path: Path) -> Assembly:
    deployable.assemble(tmp_path / "out", {})
    return Assembly(tmp_path / "out")


@pytest.fixture
def cloudformation(aws: Aws) -> Iterator[Stubber]:
    with Stubber(aws.cloudformation) as stubber:
        yield stubber


def planned(
    aws: Aws,
    stubber: Stubber,
    assembly: Assembly,
    *answers: dict[str, Any],
    deployed: dict[str, Any] | None = None,
    readable: bool = True,
) -> list[Change]:
    """Of the one stack, whose change set has these pages; unless it can be read, no template is."""
    stubber.add_client_error("delete_change_set", "ChangeSetNotFound", expected_params=SET)
    token: dict[str, str] = {}
    for answer in answers:
        stubber.add_response("describe_change_set", answer, {**SET, **token})
        token = {"NextToken": answer["NextToken"]} if "NextToken" in answer else {}
    if readable:
        body = json.dumps({"Resources": deployed or {}})
        stubber.add_response("get_template", {"TemplateBody": body}, {"StackName": STACK})
    stubber.add_response("delete_change_set", {}, SET)
    found = changes.planned(FakeCdk(aws, assembly.folder), aws, assembly, [STACK])  # type: ignore[arg-type]
    stubber.assert_no_pending_responses()
    return found


def lost(found: list[Change]) -> dict[str, str]:
    return {each.logical: each.said for each in found if each.loses_data}


def test_what_loses_data_is_found_on_every_page(
    aws: Aws, cloudformation: Stubber, assembly: Assembly
) -> None:
    first = described(
        modified("a", "True", PolicyAction="ReplaceAndDelete"),
        modified("b", "Conditional"),
        modified("c", "False"),
        change("Add", "d"),
        NextToken="more",
    )
    second = described(
        change("Remove", "e", PolicyAction="Delete"),
        change("Remove", "f", PolicyAction="Retain"),
        modified("g", "True", PolicyAction="ReplaceAndRetain"),
        change("Import", "h"),
        change("Modify", "i", "AWS::Lambda::Version", Replacement="True"),
    )
    found = planned(aws, cloudformation, assembly, first, second)
    assert lost(found) == {
        "a": "replaced",
        "b": "perhaps replaced",
        "e": "deleted",
        "f": "deleted; the old one stays, unused",
        "g": "replaced; the old one stays, unused",
    }
    assert found[0].name == "ates-dev-tracking-a"
    assert [each.how for each in found if each.logical in "cdhi"] == ["changed", "added", "added", "replaced"]


@pytest.mark.parametrize(
    ("given", "how"),
    [
        (change("Modify", "a"), "perhaps replaced"),
        (modified("a", "False", PolicyAction="ReplaceAndDelete"), "perhaps replaced"),
        (change("Dynamic", "a"), "perhaps replaced"),
        (change("SyncWithActual", "a"), None),
    ],
)
def test_what_is_not_said_to_stay_might_be_replaced(
    given: dict[str, Any], how: str | None, aws: Aws, cloudformation: Stubber, assembly: Assembly
) -> None:
    found = planned(aws, cloudformation, assembly, described(given))
    assert lost(found) == ({"a": how} if how else {})


def test_an_empty_change_set_is_no_change(aws: Aws, cloudformation: Stubber, assembly: Assembly) -> None:
    empty = {"Status": "FAILED", "StatusReason": NOTHING, "Changes": []}
    assert planned(aws, cloudformation, assembly, empty) == []


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ({"Status": "FAILED", "StatusReason": "Limit exceeded"}, r"is FAILED \(Limit exceeded\)"),
        ({"Status": "CREATE_IN_PROGRESS"}, "is CREATE_IN_PROGRESS"),
        ({}, "is without a status"),
        (described(change("Explode", "a")), "an action 'Explode', not known here"),
        ({"Status": "CREATE_COMPLETE", "Changes": [{"Type": "Hook"}]}, "a change of kind 'Hook', not known"),
    ],
)
def test_what_cannot_be_read_is_not_deployed(
    answer: dict[str, Any], said: str, aws: Aws, cloudformation: Stubber, assembly: Assembly
) -> None:
    with pytest.raises(Unseen, match=f"^{STACK}: its change set .*{said}"):
        planned(aws, cloudformation, assembly, answer, readable=False)
    cloudformation.assert_no_pending_responses()


def test_without_a_change_set_nothing_is_deployed(
    aws: Aws, cloudformation: Stubber, assembly: Assembly
) -> None:
    """The CDK leaves one for each stack that exists, an empty one too."""
    cloudformation.add_response("delete_change_set", {}, SET)
    cloudformation.add_client_error("describe_change_set", "ChangeSetNotFound", expected_params=SET)
    cloudformation.add_response("delete_change_set", {}, SET)
    with pytest.raises(Unseen, match="there is no change set, so nobody can say what would change"):
        changes.planned(FakeCdk(aws, assembly.folder), aws, assembly, [STACK])  # type: ignore[arg-type]


def test_a_change_set_that_is_being_made_is_anothers(
    aws: Aws, cloudformation: Stubber, assembly: Assembly
) -> None:
    cdk = FakeCdk(aws, assembly.folder)
    cloudformation.add_client_error("delete_change_set", "InvalidChangeSetStatus")
    with pytest.raises(Unseen, match="a change set is just being made; repeat this in a minute"):
        changes.planned(cdk, aws, assembly, [STACK])  # type: ignore[arg-type]
    assert cdk.prepared == []


def nested(**more: str) -> dict[str, Any]:
    return change("Modify", "inner", "AWS::CloudFormation::Stack", Replacement="False", **more)


def test_changes_of_a_nested_stack_are_read_too(
    aws: Aws, cloudformation: Stubber, assembly: Assembly
) -> None:
    cloudformation.add_client_error("delete_change_set", "ChangeSetNotFound")
    cloudformation.add_response("describe_change_set", described(nested(ChangeSetId="arn:inner")), SET)
    inner = {"StackName": "ates-dev-tracking-inner", "ChangeSetName": "arn:inner"}
    cloudformation.add_response("describe_change_set", described(modified("deep", "True")), inner)
    cloudformation.add_response("get_template", {"TemplateBody": '{"Resources": {}}'}, {"StackName": STACK})
    cloudformation.add_response("delete_change_set", {}, SET)
    found = changes.planned(FakeCdk(aws, assembly.folder), aws, assembly, [STACK])  # type: ignore[arg-type]
    assert lost(found) == {"deep": "replaced"}


def test_a_nested_stack_that_shows_nothing_is_not_deployed(
    aws: Aws, cloudformation: Stubber, assembly: Assembly
) -> None:
    with pytest.raises(Unseen, match="doesn't say what would change within ates-dev-tracking-inner"):
        planned(aws, cloudformation, assembly, described(nested()), readable=False)


def test_the_templates_are_compared_even_if_the_change_set_is_silent(
    aws: Aws, cloudformation: Stubber, assembly: Assembly
) -> None:
    deployed = {"tasks": {"Type": TABLE, "Properties": {"TableName": "ates-dev-tracking-tasks"}}}
    empty = {"Status": "FAILED", "StatusReason": NOTHING, "Changes": []}
    (found,) = planned(aws, cloudformation, assembly, empty, deployed=deployed)
    assert (found.name, found.how, found.loses_data) == ("ates-dev-tracking-tasks", "deleted", True)


def test_a_loss_that_both_show_is_named_once(aws: Aws, cloudformation: Stubber, assembly: Assembly) -> None:
    deployed = {"tasks": {"Type": TABLE, "Properties": {"TableName": "t"}, "DeletionPolicy": "Retain"}}
    (found,) = planned(aws, cloudformation, assembly, described(change("Remove", "tasks")), deployed=deployed)
    assert found.name == "ates-dev-tracking-tasks"


def test_a_template_that_is_no_json_is_not_deployed_over(
    aws: Aws, cloudformation: Stubber, assembly: Assembly
) -> None:
    cloudformation.add_client_error("delete_change_set", "ChangeSetNotFound")
    cloudformation.add_response("describe_change_set", described(), SET)
    cloudformation.add_response("get_template", {"TemplateBody": "Resources: {}"}, {"StackName": STACK})
    cloudformation.add_response("delete_change_set", {}, SET)
    with pytest.raises(Unseen, match="its deployed template can't be read"):
        changes.planned(FakeCdk(aws, assembly.folder), aws, assembly, [STACK])  # type: ignore[arg-type]


KEPT = {"DeletionPolicy": "RetainExceptOnCreate", "UpdateReplacePolicy": "Retain"}


@pytest.mark.parametrize(
    ("old", "new", "how", "stays"),
    [
        ({"TableName": "a"}, None, "deleted", False),
        ({"TableName": "a"}, {"TableName": "b"}, "replaced", False),
        ({"KeySchema": ["a"]}, {"KeySchema": ["b"]}, "replaced", False),
        ({"TableName": "a", **KEPT}, None, "deleted", True),
        ({"TableName": "a", **KEPT}, {"TableName": "b", **KEPT}, "replaced", True),
        ({"TableName": "a", **KEPT}, {"TableName": "b"}, "replaced", False),
        ({"TableName": "a"}, {"TableName": "a", "TimeToLive": 1}, None, False),
    ],
)
def test_what_a_new_template_loses(
    old: dict[str, Any], new: dict[str, Any] | None, how: str | None, stays: bool
) -> None:
    def whole(given: dict[str, Any]) -> dict[str, Any]:
        own = {name: value for name, value in given.items() if name not in KEPT}
        policies = {name: value for name, value in given.items() if name in KEPT}
        return {"Type": TABLE, "Properties": own, **policies}

    found = list(template_losses.between({"t": whole(old)}, {"t": whole(new)} if new else {}))
    assert [(each.how, each.stays) for each in found] == ([(how, stays)] if how else [])


def test_another_type_under_the_same_name_is_a_loss() -> None:
    old, new = {"x": {"Type": TABLE}}, {"x": {"Type": "AWS::DynamoDB::Table"}}
    assert [each.how for each in template_losses.between(old, new)] == ["deleted"]


@pytest.mark.parametrize(
    "kind", ["AWS::Cognito::UserPool", "AWS::SES::EmailIdentity", "AWS::Events::Archive"]
)
def test_each_kind_that_holds_data_counts(kind: str) -> None:
    assert [each.kind for each in template_losses.between({"x": {"Type": kind}}, {})] == [kind]
    assert not list(template_losses.between({"x": {"Type": "AWS::Lambda::Function"}}, {}))


def test_the_dashboards_bucket_holds_nothing_that_is_lost() -> None:
    bucket = "AWS::S3::Bucket"
    assert not Change("Ates-dev-web", "replaced", bucket, "files").loses_data
    assert Change("Ates-dev-events", "replaced", bucket, "backups").loses_data


def test_the_firewall_is_looked_up_where_cloudfronts_rules_are(
    aws: Aws, assembly: Assembly, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = "Ates-dev-firewall"
    (assembly.folder / f"{name}.template.json").write_text('{"Resources": {}}')
    monkeypatch.setattr(stage_settings, "limits_dashboards", lambda _stage: True)
    assert aws.of_cloudfront.cloudformation.meta.region_name == "us-east-1"
    with Stubber(aws.of_cloudfront.cloudformation) as there, Stubber(aws.cloudformation):
        there.add_client_error("delete_change_set", "ChangeSetNotFound")
        there.add_response("describe_change_set", described())
        there.add_response("get_template", {"TemplateBody": '{"Resources": {}}'})
        there.add_response("delete_change_set", {})
        assert changes.planned(FakeCdk(aws, assembly.folder), aws, assembly, [name]) == []  # type: ignore[arg-type]
        there.assert_no_pending_responses()
