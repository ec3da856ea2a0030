"""What stands in for the AWS services that functions call besides DynamoDB."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from io import BytesIO
from typing import Any, Protocol

from functions.auth.domain import User

QUEUE_URL = "https://queue.test/"


class UseCaseFailed(Exception):
    """A use case refused or failed; nothing may fail here."""


class Surroundings(Protocol):
    """What is between the functions, as far as their calls need it."""

    def count(self, what: str, number: int = 1) -> None:
        """Count calls to another service."""

    def send(self, name: str, body: str) -> None:
        """Put a message on a consumer's queue."""

    def waiting(self, name: str) -> int:
        """The messages on a consumer's queue."""

    def route(self, source: str, event_name: str, detail: str) -> int:
        """Deliver an event to its consumers; returns to how many."""

    def invoke(self, name: str, event: Any) -> Any:
        """Run another function; returns what it does."""


@dataclass(frozen=True, slots=True)
class Outside:
    """Stands in for a boto3 client of another service, as far as the functions call it."""

    product: Surroundings
    name: str

    def put_events(self, **request: Any) -> Any:
        entries = request["Entries"]
        self.product.count("events")
        self.product.count("events.entries", len(entries))
        for entry in entries:
            delivered = self.product.route(entry["Source"], entry["DetailType"], entry["Detail"])
            self.product.count("events.deliveries", delivered)
            self.product.count("events.bytes", len(entry["Detail"].encode()))
        return {"Entries": [{"EventId": "1"} for _ in entries]}

    def send_message_batch(self, **request: Any) -> Any:
        self.product.count("sqs")
        self.product.count("sqs.entries", len(request["Entries"]))
        for entry in request["Entries"]:
            self.product.send(request["QueueUrl"].removeprefix(QUEUE_URL), entry["MessageBody"])
        return {"Successful": [{"Id": entry["Id"]} for entry in request["Entries"]]}

    def get_queue_attributes(self, **request: Any) -> Any:
        self.product.count("sqs")
        depth = self.product.waiting(request["QueueUrl"].removeprefix(QUEUE_URL))
        return {"Attributes": {request["AttributeNames"][0]: str(depth)}}

    def invoke(self, **request: Any) -> Any:
        self.product.count("lambda")
        name = request["FunctionName"].replace("/", ".")
        answer = self.product.invoke(name, json.loads(request["Payload"]))
        return {"Payload": BytesIO(json.dumps(answer).encode())}

    def send_email(self, **_: Any) -> Any:
        self.product.count("ses")
        return {"MessageId": "mail"}


class UserPool:
    """A user pool in which nobody has signed in yet."""

    def __init__(self) -> None:
        self.users: dict[str, User] = {}

    def ensure_user(self, email: str, name: str, **_: Any) -> tuple[str, bool]:
        account_id = f"00000000-0000-4000-8000-{len(self.users):012d}"
        self.users[account_id] = User(account_id, name, email, True, frozenset(), True, False)
        return account_id, True

    def invite_again(self, _email: str) -> bool:
        return True

    def user(self, account_id: str) -> User | None:
        return self.users.get(account_id)

    def ensure_attributes(self, account_id: str, attributes: Mapping[str, str]) -> None:
        self._change(account_id, name=attributes.get("name", self.users[account_id].name))

    def ensure_role(self, account_id: str, role: str) -> None:
        self._change(account_id, groups=frozenset({role}))

    def ensure_enabled(self, account_id: str, enabled: bool) -> None:
        self._change(account_id, enabled=enabled)

    def page_of_users(self, _after: str | None) -> tuple[list[str], str | None]:
        return sorted(self.users), None

    def _change(self, account_id: str, **fields: Any) -> None:
        self.users[account_id] = replace(self.users[account_id], **fields)


class Alarm:
    """In place of the logger: what it is told went wrong, and stops the run."""

    def warning(self, message: str, exc_info: BaseException | None = None, **_: Any) -> None:
        raise UseCaseFailed(message) from exc_info

    exception = error = warning

    def info(self, *_: Any, **__: Any) -> None:
        pass
