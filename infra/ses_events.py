"""SES's events about our mails, as jobs for a use case. SES sends them to the account's default bus."""

from collections.abc import Mapping

from aws_cdk.aws_events import CfnRule
from aws_cdk.aws_sqs import Queue
from constructs import Construct

from infra import names, rules
from infra.stages import Stage

EVENTS = {"bounce": "Email Bounced", "complaint": "Email Complaint Received"}
TYPES = {"bounce": "$.detail.bounce.bounceType", "complaint": "$.detail.mail.timestamp"}
"""A variable without a value would leave the job unreadable; of a complaint nothing more is asked."""
PATHS = {
    "event_id": "$.id",
    "message_id": "$.detail.mail.messageId",
    "account_id": "$.detail.mail.tags.account_id[0]",
    "business_day": "$.detail.mail.tags.business_day[0]",
}


def to_jobs(scope: Construct, stage: Stage, function: str, queue: Queue) -> None:
    """Only what is named here reaches the queue, and so no address.

    There is no dead-letter queue for what can't be delivered: that would hold the whole event.
    """
    for kind, event in EVENTS.items():
        rules.to_queue(
            scope,
            kind,
            names.ses_rule(function, kind),
            rules.DEFAULT_BUS,
            {
                "source": ["aws.ses"],
                "detail-type": [event],
                "detail": {"mail": {"tags": _of_ours(stage)}},
            },
            queue,
            transformer=_job(kind),
        )


def _of_ours(stage: Stage) -> Mapping[str, object]:
    """Mails of our configuration set that name their report."""
    exists = [{"exists": True}]
    return {
        "ses:configuration-set": [names.bus(stage.name)],
        "account_id": exists,
        "business_day": exists,
    }


def _job(kind: str) -> CfnRule.InputTransformerProperty:
    job = f'"kind":"{kind}","type":<type>'
    named = ",".join(f'"{name}":<{name}>' for name in PATHS if name != "event_id")
    return CfnRule.InputTransformerProperty(
        input_paths_map={**PATHS, "type": TYPES[kind]},
        input_template=f'{{"correlation_id":<event_id>,"job":{{{job},{named}}}}}',
    )
