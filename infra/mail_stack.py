"""The stack of the mails' sender: its identity in SES, and what SES does with our mails.

It comes first on AWS, as others need a sender that is verified: deploy it alone, add the DNS records that it
outputs, and deploy the rest when SES has verified the domain.
"""

from aws_cdk import ArnFormat, CfnOutput, Stack
from aws_cdk.aws_ses import (
    CfnConfigurationSetEventDestination,
    ConfigurationSet,
    EmailIdentity,
    Identity,
    MailFromBehaviorOnMxFailure,
    SuppressionReasons,
)
from constructs import Construct

from infra import alarms, names
from infra.stages import Stage

EXISTING = "existing"


class MailStack(Stack):
    """Outputs `DnsRecord1` and so on, each as `NAME TYPE VALUE`."""

    def __init__(self, scope: Construct, stage: Stage) -> None:
        super().__init__(scope, names.stack(stage.name, "mail"), **stage.of_stacks)
        followed = self._configuration_set(stage)
        if stage.sender_identity != EXISTING:
            self._identity(stage, followed)
        alarms.reputation(self, stage)

    def _configuration_set(self, stage: Stage) -> ConfigurationSet:
        """Bounces and complaints go to the default bus, the only one to which SES sends."""
        followed = ConfigurationSet(
            self,
            "mails",
            configuration_set_name=names.bus(stage.name),
            reputation_metrics=True,
            suppression_reasons=SuppressionReasons.BOUNCES_AND_COMPLAINTS,
        )
        bus = self.format_arn(
            service="events",
            resource="event-bus",
            resource_name="default",
            arn_format=ArnFormat.SLASH_RESOURCE_NAME,
        )
        CfnConfigurationSetEventDestination(
            self,
            "events",
            configuration_set_name=followed.configuration_set_name,
            event_destination=CfnConfigurationSetEventDestination.EventDestinationProperty(
                name="default-bus",
                enabled=True,
                matching_event_types=["BOUNCE", "COMPLAINT"],
                event_bridge_destination=CfnConfigurationSetEventDestination.EventBridgeDestinationProperty(
                    event_bus_arn=bus
                ),
            ),
        )
        return followed

    def _identity(self, stage: Stage, followed: ConfigurationSet) -> None:
        """Mail of others with this sender, such as Cognito's, is followed too."""
        domain = stage.sender_domain
        identity = EmailIdentity(
            self,
            "sender",
            identity=Identity.domain(domain),
            configuration_set=followed,
            mail_from_domain=stage.mail_from,
            mail_from_behavior_on_mx_failure=MailFromBehaviorOnMxFailure.USE_DEFAULT_VALUE,
            feedback_forwarding=False,
        )
        identity.apply_removal_policy(stage.removal)
        records = [
            *(f"{each.name} CNAME {each.value}" for each in identity.dkim_records),
            f"{stage.mail_from} MX 10 feedback-smtp.{self.region}.amazonses.com",
            f'{stage.mail_from} TXT "v=spf1 include:amazonses.com ~all"',
            f'_dmarc.{domain} TXT "v=DMARC1; p=quarantine; adkim=r; aspf=r"',
        ]
        for number, record in enumerate(records, start=1):
            CfnOutput(self, f"DnsRecord{number}", value=record)
