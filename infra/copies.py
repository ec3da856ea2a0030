"""Daily copies of all tables in another region or account, by AWS Backup."""

from aws_cdk import Stack
from aws_cdk.aws_backup import CfnBackupPlan, CfnBackupSelection, CfnBackupVault
from aws_cdk.aws_iam import ManagedPolicy, Role, ServicePrincipal
from constructs import Construct

from infra import nag, names
from infra.stages import Stage

DAILY = "cron(30 2 * * ? *)"
KEPT_HERE_DAYS = 7
KEPT_THERE_DAYS = 35
POLICY = "service-role/AWSBackupServiceRolePolicyForBackup"


def copies(scope: Construct, stage: Stage, destination: str) -> None:
    """`destination` is the ARN of the other vault, which must accept copies from this account."""
    name = names.bus(stage.name)
    vault = CfnBackupVault(scope, "vault", backup_vault_name=name)
    vault.apply_removal_policy(stage.removal)
    plan = CfnBackupPlan(
        scope,
        "backup_plan",
        backup_plan=CfnBackupPlan.BackupPlanResourceTypeProperty(
            backup_plan_name=name, backup_plan_rule=[_daily(vault, destination)]
        ),
    )
    CfnBackupSelection(
        scope,
        "backed_up",
        backup_plan_id=plan.ref,
        backup_selection=CfnBackupSelection.BackupSelectionResourceTypeProperty(
            selection_name="tables",
            iam_role_arn=_role(scope).role_arn,
            resources=[
                Stack.of(scope).format_arn(service="dynamodb", resource=f"table/{names.prefix(stage.name)}*")
            ],
        ),
    )


def _daily(vault: CfnBackupVault, destination: str) -> CfnBackupPlan.BackupRuleResourceTypeProperty:
    return CfnBackupPlan.BackupRuleResourceTypeProperty(
        rule_name="daily",
        target_backup_vault=vault.ref,
        schedule_expression=DAILY,
        lifecycle=_kept(KEPT_HERE_DAYS),
        copy_actions=[
            CfnBackupPlan.CopyActionResourceTypeProperty(
                destination_backup_vault_arn=destination, lifecycle=_kept(KEPT_THERE_DAYS)
            )
        ],
    )


def _kept(days: int) -> CfnBackupPlan.LifecycleResourceTypeProperty:
    return CfnBackupPlan.LifecycleResourceTypeProperty(delete_after_days=days)


def _role(scope: Construct) -> Role:
    role = Role(
        scope,
        "backup_role",
        assumed_by=ServicePrincipal("backup.amazonaws.com"),
        managed_policies=[ManagedPolicy.from_aws_managed_policy_name(POLICY)],
    )
    policy = f"Policy::arn:<AWS::Partition>:iam::aws:policy/{POLICY}"
    nag.acknowledge(role, f"IAM4[{policy}]", "AWS Backup's own policy: it changes with AWS Backup.")
    return role
