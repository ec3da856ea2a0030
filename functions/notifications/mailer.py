"""The mailer on SES."""

import re
from email.parser import BytesHeaderParser
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from functions.notifications.domain import REPORT_HEADER, MailerUnavailable, MailRefused
from shared.clients import client, error_code

REFUSALS = frozenset({"MessageRejected", "BadRequestException"})
NOT_READY = ("not verified", "paused", "suspended", "exceeded", "does not exist")
"""Words of refusals that an operator can end: SES answers MessageRejected for an unverified sender too, and,
in its sandbox, for an unverified recipient."""
TAG = re.compile(r"[\w-]{1,256}", re.ASCII)


class SesMailer:
    """A sender that is throttled, paused, suspended or not verified counts as temporary: it can be fixed."""

    def __init__(self, sender: str, configuration_set: str | None = None) -> None:
        """With a configuration set, SES reports what became of a mail, and names it by its tags."""
        self._sender = sender
        self._configuration_set = configuration_set

    def send(self, email: str, mail: bytes) -> str:
        try:
            answer: dict[str, Any] = client("sesv2", attempts=1).send_email(
                FromEmailAddress=self._sender,
                Destination={"ToAddresses": [email]},
                Content={"Raw": {"Data": mail}},
                **self._followed(mail),
            )
        except ClientError as error:
            code = error_code(error)
            if code in REFUSALS and not _is_not_ready(error):
                raise MailRefused(f"SES: {code}") from None
            raise MailerUnavailable(f"SES: {code}") from None
        except BotoCoreError as error:
            raise MailerUnavailable(f"SES: {type(error).__name__}") from None
        return str(answer["MessageId"])

    def _followed(self, mail: bytes) -> dict[str, Any]:
        if self._configuration_set is None:
            return {}
        return {"ConfigurationSetName": self._configuration_set, "EmailTags": _tags(mail)}


def _is_not_ready(error: ClientError) -> bool:
    """The text is read, and not kept: it may quote an address."""
    text = str(error.response["Error"].get("Message", "")).lower()
    return any(words in text for words in NOT_READY)


def _tags(mail: bytes) -> list[dict[str, str]]:
    """The report's account and day, as far as they can be tags."""
    account_id, _, business_day = str(BytesHeaderParser().parsebytes(mail)[REPORT_HEADER]).rpartition("#")
    tags = {"account_id": account_id, "business_day": business_day}
    return [{"Name": name, "Value": value} for name, value in tags.items() if TAG.fullmatch(value)]
