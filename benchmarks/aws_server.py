"""An AWS over HTTP on this machine: DynamoDB by moto, the users of a pool; all else always answers alike."""

import json
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import boto3
from botocore.exceptions import ClientError
from moto import mock_aws

from functions.auth.domain import User
from infra.schema import schema
from shared.dynamo_models import physical_name
from shared.store import chunks
from shared.tables import Table

NEW_USER = "99999999-0000-4000-8000-000000000000"
"""No account has it yet."""
ATTRIBUTES = [{"Name": "sub", "Value": NEW_USER}, {"Name": "email", "Value": "a@ates.example"}]
ANSWERS: Mapping[str, Any] = {
    "GetQueueAttributes": {"Attributes": {"ApproximateNumberOfMessages": "0"}},
    "AdminCreateUser": {"User": {"Username": NEW_USER, "Attributes": ATTRIBUTES}},
    "AdminGetUser": {
        "Username": NEW_USER,
        "UserAttributes": ATTRIBUTES,
        "Enabled": True,
        "UserStatus": "FORCE_CHANGE_PASSWORD",
    },
    "AdminListGroupsForUser": {"Groups": []},
    "ListUsers": {"Users": []},
    "/v2/email/outbound-emails": {"MessageId": "mail"},
    "invocations": {"email": "a@ates.example", "name": "A"},
}
Items = Sequence[Mapping[str, Any]]
"""Rows as DynamoDB has them."""
NOBODY: Mapping[str, User] = {}
REGION = "us-east-1"
TUTORIAL_TABLE = "tutorial"
MOST_AT_ONCE = 25
"""Rows that DynamoDB takes in a call."""


@contextmanager
def serving(tables: "Tables") -> Iterator[str]:
    """Its address."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            status, answer = respond(
                self.headers.get("X-Amz-Target", ""), self.path, body, tables.call, tables.users
            )
            text = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/x-amz-json-1.0")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


def respond(
    target: str,
    path: str,
    body: bytes,
    call: Callable[[str, Any], tuple[int, Any]],
    users: Mapping[str, User] = NOBODY,
) -> tuple[int, Any]:
    """DynamoDB's JSON is what its client takes and gives; a REST path is named by its last part."""
    service, _, operation = target.rpartition(".")
    if service.startswith("DynamoDB"):
        return call(operation, json.loads(body))
    if operation == "SendMessageBatch":
        return 200, _all_sent(json.loads(body))
    if operation == "PutEvents":
        return 200, _all_taken(json.loads(body))
    if operation.startswith("Admin") and (user := _named(json.loads(body).get("Username", ""), users)):
        return 200, _about(user).get(operation, {})
    return 200, ANSWERS.get(operation or path, ANSWERS.get(path.rpartition("/")[2], {}))


def _named(username: str, users: Mapping[str, User]) -> User | None:
    """By the account's id or by the address, as a pool takes both."""
    return users.get(username) or next((user for user in users.values() if user.email == username), None)


def _about(user: User) -> Mapping[str, Any]:
    """What the pool answers, by operation."""
    told = {"sub": user.account_id, "email": user.email, "email_verified": "true", "name": user.name}
    attributes = [{"Name": name, "Value": value} for name, value in told.items()]
    return {
        "AdminCreateUser": {"User": {"Username": user.account_id, "Attributes": attributes}},
        "AdminGetUser": {
            "Username": user.account_id,
            "UserAttributes": attributes,
            "Enabled": user.enabled,
            "UserStatus": "CONFIRMED" if user.has_own_password else "FORCE_CHANGE_PASSWORD",
        },
        "AdminListGroupsForUser": {"Groups": [{"GroupName": group} for group in sorted(user.groups)]},
    }


def _all_taken(request: Any) -> Any:
    return {"FailedEntryCount": 0, "Entries": [{"EventId": "1"} for _ in request["Entries"]]}


def _all_sent(request: Any) -> Any:
    sent = [{"Id": each["Id"], "MessageId": "1", "MD5OfMessageBody": ""} for each in request["Entries"]]
    return {"Successful": sent, "Failed": []}


class Tables:
    """Within `mocked`; `fill` takes over rows and users of the product in memory."""

    def __init__(self) -> None:
        self._dynamodb: Any = boto3.client("dynamodb", region_name=REGION)
        self.users = NOBODY

    def call(self, operation: str, parameters: Any) -> tuple[int, Any]:
        try:
            answer = self._dynamodb._make_api_call(operation, parameters)
        except ClientError as error:
            found: Any = error.response
            document = {"__type": found["Error"]["Code"], "message": found["Error"]["Message"]}
            return 400, {**document, "CancellationReasons": found.get("CancellationReasons", [])}
        return 200, {name: value for name, value in answer.items() if name != "ResponseMetadata"}

    def fill(self, rows: Iterable[tuple[Table, Items]], prefix: str, users: Mapping[str, User]) -> None:
        """These tables, and the tutorial's; nothing else is left."""
        self.users = users
        for name in self._dynamodb.list_tables()["TableNames"]:
            self._dynamodb.delete_table(TableName=name)
        key = {"AttributeName": "task_id"}
        self._dynamodb.create_table(
            TableName=TUTORIAL_TABLE,
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{**key, "AttributeType": "S"}],
            KeySchema=[{**key, "KeyType": "HASH"}],
        )
        for table, items in rows:
            physical = physical_name(table, prefix)
            self._dynamodb.create_table(TableName=physical, BillingMode="PAY_PER_REQUEST", **schema(table))
            for group in chunks(items, MOST_AT_ONCE):
                puts = [{"PutRequest": {"Item": item}} for item in group]
                self._dynamodb.batch_write_item(RequestItems={physical: puts})


@contextmanager
def mocked() -> Iterator[Tables]:
    with mock_aws():
        yield Tables()
