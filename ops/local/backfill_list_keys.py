"""Backfills the sort keys of lists, in rows written before those lists were sorted.

The product writes the key with every row now; a row that changes meanwhile has it already.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from functions.accounting.ledger import balance_key
from functions.accounting.rows import Account, Balance
from ops.stage import tables
from ops.stage.aws import Aws
from shared.clients import error_code
from shared.names import name_key


@dataclass(frozen=True, slots=True)
class Lacking:
    """A row without its key; the key is made of the field `made_of`."""

    table: str
    account_id: str
    attribute: str
    key: str
    made_of: str
    value: Any


def complete(aws: Aws) -> int:
    """How many rows of accounting were completed."""
    return sum(_write(aws, row) for row in [*_accounts(aws), *_balances(aws)])


def _accounts(aws: Aws) -> Iterator[Lacking]:
    for row in tables.rows(aws, "accounting", Account):
        if row.name_key is None:
            key = name_key(row.name, row.account_id)
            yield Lacking("accounts", row.account_id, "name_key", key, "version", row.version)


def _balances(aws: Aws) -> Iterator[Lacking]:
    for row in tables.rows(aws, "accounting", Balance):
        if row.balance_key is None:
            key = balance_key(row.balance, row.account_id)
            yield Lacking("balances", row.account_id, "balance_key", key, "balance", row.balance)


def _write(aws: Aws, row: Lacking) -> bool:
    try:
        aws.dynamodb.update_item(
            TableName=aws.target.name("accounting", row.table),
            Key={"account_id": {"S": row.account_id}},
            UpdateExpression="SET #key = :key",
            ConditionExpression="#made_of = :value",
            ExpressionAttributeNames={"#key": row.attribute, "#made_of": row.made_of},
            ExpressionAttributeValues={":key": {"S": row.key}, ":value": tables.typed(row.value)},
        )
    except ClientError as refused:
        if error_code(refused) != "ConditionalCheckFailedException":
            raise
        return False
    return True
