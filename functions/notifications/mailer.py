"""The mailer on SES."""

from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from functions.notifications.domain import MailerUnavailable, MailRefused
from shared.clients import client, error_code

FOR_GOOD = frozenset({"MessageRejected", "BadRequestException"})


class SesMailer:
    """A throttled, paused or suspended sending account counts as temporary: an operator can fix it."""

    def __init__(self, sender: str) -> None:
        self._sender = sender

    def send(self, email: str, mail: bytes) -> str:
        try:
            answer: dict[str, Any] = client("sesv2", attempts=1).send_email(
                FromEmailAddress=self._sender,
                Destination={"ToAddresses": [email]},
                Content={"Raw": {"Data": mail}},
            )
        except ClientError as error:
            code = error_code(error)
            if code in FOR_GOOD:
                raise MailRefused(f"SES: {code}") from None
            raise MailerUnavailable(f"SES: {code}") from None
        except BotoCoreError as error:
            raise MailerUnavailable(f"SES: {type(error).__name__}") from None
        return str(answer["MessageId"])
