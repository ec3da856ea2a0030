"""The address book, which invokes `auth/get_email`; only this service's sender may do so."""

import json
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from functions.notifications.domain import AddressUnavailable, AddressUnknown, Recipient
from shared.clients import client, error_code

ATTEMPTS = 2
"""At most 12 seconds each, so that time is left to report an auth service that hangs."""


class LambdaAddressBook:
    def __init__(self, function_name: str) -> None:
        self._function_name = function_name

    def recipient(self, account_id: str, correlation_id: str) -> Recipient:
        answer = self._ask({"account_id": account_id, "correlation_id": correlation_id})
        match answer:
            case {"email": str(email), "name": str(name)}:
                return Recipient(email, name)
            case {"error": "unknown"}:
                raise AddressUnknown("the auth service knows no such account")
        raise AddressUnavailable("the auth service gave an answer that can't be read")

    def _ask(self, question: dict[str, str]) -> Any:
        """Errors carry only codes, because AWS's messages might quote an address."""
        try:
            answer = client("lambda", ATTEMPTS).invoke(
                FunctionName=self._function_name, Payload=json.dumps(question).encode()
            )
            said = answer["Payload"].read()
        except ClientError as error:
            raise AddressUnavailable(f"the auth service: {error_code(error)}") from None
        except BotoCoreError as error:
            raise AddressUnavailable(f"the auth service: {type(error).__name__}") from None
        if answer.get("FunctionError"):
            raise AddressUnavailable("the auth service failed")
        try:
            return json.loads(said)
        except ValueError:
            return None
