"""An AWS over HTTP on this machine: DynamoDB by moto; other services always answer the same."""

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import boto3
from botocore.exceptions import ClientError
from moto import mock_aws

from benchmarks.in_memory import InMemory
from infra.schema import schema
from shared.dynamo_models import physical_name

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
REGION = "us-east-1"
TUTORIAL_TABLE = "tutorial"


@contextmanager
def serving(tables: "Tables") -> Iterator[str]:
    """Its address."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            status, answer = respond(self.headers.get("X-Amz-Target", ""), self.path, body, tables.call)
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
    target: str, path: str, body: bytes, call: Callable[[str, Any], tuple[int, Any]]
) -> tuple[int, Any]:
    """DynamoDB's JSON is what its client takes and gives; a REST path is named by its last part."""
    service, _, operation = target.rpartition(".")
    if service.startswith("DynamoDB"):
        return call(operation, json.loads(body))
    if operation == "SendMessageBatch":
        return 200, _all_sent(json.loads(body))
    if operation == "PutEvents":
        return 200, _all_taken(json.loads(body))
    return 200, ANSWERS.get(operation or path, ANSWERS.get(path.rpartition("/")[2], {}))


def _all_taken(request: Any) -> Any:
    return {"FailedEntryCount": 0, "Entries": [{"EventId": "1"} for _ in request["Entries"]]}


def _all_sent(request: Any) -> Any:
    sent = [{"Id": each["Id"], "MessageId": "1", "MD5OfMessageBody": ""} for each in request["Entries"]]
    return {"Successful": sent, "Failed": []}


class Tables:
    """Within `mocked`; `fill` takes over the rows of the product in memory."""

    def __init__(self) -> None:
        self._dynamodb: Any = boto3.client("dynamodb", region_name=REGION)

    def call(self, operation: str, parameters: Any) -> tuple[int, Any]:
        try:
            answer = self._dynamodb._make_api_call(operation, parameters)
        except ClientError as error:
            found: Any = error.response
            document = {"__type": found["Error"]["Code"], "message": found["Error"]["Message"]}
            return 400, {**document, "CancellationReasons": found.get("CancellationReasons", [])}
        return 200, {name: value for name, value in answer.items() if name != "ResponseMetadata"}

    def fill(self, product: InMemory, service: str) -> None:
        """The tables of one service, and the tutorial's."""
        for name in self._dynamodb.list_tables()["TableNames"]:
            self._dynamodb.delete_table(TableName=name)
        key = {"AttributeName": "task_id"}
        self._dynamodb.create_table(
            TableName=TUTORIAL_TABLE,
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{**key, "AttributeType": "S"}],
            KeySchema=[{**key, "KeyType": "HASH"}],
        )
        prefix = product.environment(product.specs_of(service)[0])["TABLE_PREFIX"]
        for table in product.services[service].tables.values():
            physical = physical_name(table, prefix)
            self._dynamodb.create_table(TableName=physical, BillingMode="PAY_PER_REQUEST", **schema(table))
            for item in product.stores[service].typed_items(table.name):
                self._dynamodb.put_item(TableName=physical, Item=item)


@contextmanager
def mocked() -> Iterator[Tables]:
    with mock_aws():
        yield Tables()
