"""Whether the stage's alarms reach somebody."""

from botocore.exceptions import ClientError

from infra import names
from ops.deploying.findings import Finding, Weight
from ops.deploying.settings import Settings
from ops.stage.aws import Aws
from shared.clients import error_code

PENDING = "PendingConfirmation"
ABOUT = "alarms"


def finding(aws: Aws, settings: Settings, account: str) -> Finding:
    """Only who gets the mail can confirm it."""
    if not settings.alarm_email:
        return Finding(ABOUT, Weight.WARNS, "tell nobody", "give the stage an `alarm_email`")
    topic = f"arn:aws:sns:{aws.topics.meta.region_name}:{account}:{names.alarms(settings.name)}"
    try:
        pages = aws.topics.get_paginator("list_subscriptions_by_topic").paginate(TopicArn=topic)
        states = {
            each["Endpoint"]: each["SubscriptionArn"] for page in pages for each in page["Subscriptions"]
        }
    except ClientError as refused:
        return Finding(ABOUT, Weight.WARNS, f"unknown: {error_code(refused)}", f"look at the topic {topic}")
    state = states.get(settings.alarm_email)
    if state is None:
        to_do = "subscribe it again (aws sns subscribe): it was removed"
        return Finding(ABOUT, Weight.WARNS, f"don't reach {settings.alarm_email}", to_do)
    if state == PENDING:
        to_do = "open the link in AWS's mail to that address"
        return Finding(ABOUT, Weight.WARNS, f"{settings.alarm_email} has not confirmed yet", to_do)
    return Finding(ABOUT, Weight.FINE, f"reach {settings.alarm_email}")
