"""The store on DynamoDB, with pynamodb: one connection for all tables of a service."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from datetime import UTC, datetime
from functools import reduce
from operator import and_
from threading import Lock
from types import MappingProxyType
from typing import Any, NoReturn

from botocore.exceptions import BotoCoreError, ClientError
from pynamodb.attributes import TTLAttribute
from pynamodb.connection import Connection
from pynamodb.exceptions import PynamoDBException
from pynamodb.expressions.condition import Condition
from pynamodb.models import Model
from pynamodb.pagination import PageIterator
from pynamodb.transactions import TransactWrite

from shared.bounds import Bounds
from shared.clock import Clock
from shared.dynamo_models import model_of
from shared.store import (
    Action,
    Add,
    Below,
    Check,
    ConditionFailed,
    Conflict,
    Expected,
    Insert,
    OutcomeUnknown,
    Put,
    R,
    Refused,
    Remove,
    Store,
    Unavailable,
)
from shared.tables import Index, Shards, Table, places

CONNECT_TIMEOUT_SECONDS = 2
READ_TIMEOUT_SECONDS = 5
MAX_RETRIES = 3
MAX_CONNECTIONS = 16

_CONNECTION_SETTINGS: Mapping[str, Any] = {
    "connect_timeout_seconds": CONNECT_TIMEOUT_SECONDS,
    "read_timeout_seconds": READ_TIMEOUT_SECONDS,
    "max_retry_attempts": MAX_RETRIES,
    "max_pool_connections": MAX_CONNECTIONS,
}
_CONFLICTS = frozenset({"TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"})
_RETRYABLE = frozenset(
    {
        "TransactionConflictException",
        "TransactionInProgressException",
        "ThrottlingException",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
    }
)
_UNANSWERED = frozenset({"InternalServerError", "InternalFailure", "ServiceUnavailable", "RequestTimeout"})


class DynamoStore(Store):
    """Raises Unavailable if DynamoDB can't be reached or keeps refusing."""

    def __init__(
        self,
        tables: Iterable[Table],
        prefix: str,
        sharding: Mapping[str, Shards] = MappingProxyType({}),
        clock: Clock | None = None,
    ) -> None:
        self.sharding, self.clock = sharding, clock
        self._places = places(tables)
        self._prefix = prefix
        self._connection = Connection(**_CONNECTION_SETTINGS)
        self._models: dict[str, type[Model]] = {}
        self._creating = Lock()
        self._bounds = Bounds(self._places)

    def get(self, kind: type[R], **key: str | int) -> R | None:
        return self._get(kind, key, consistent=True)

    def glance(self, kind: type[R], **key: str | int) -> R | None:
        return self._get(kind, key, consistent=False)

    def _get(self, kind: type[R], key: Mapping[str, str | int], *, consistent: bool) -> R | None:
        self._bounds.check_key(kind, key)
        model = self._model(kind)
        try:
            return _row(kind, model.get(*self._key(kind, key), consistent_read=consistent))
        except model.DoesNotExist:
            return None
        except (PynamoDBException, BotoCoreError, ClientError) as error:
            _raise_unavailable(error)

    def get_many(self, kind: type[R], keys: Sequence[Mapping[str, str | int]]) -> list[R]:
        if not keys:
            return []
        for key in keys:
            self._bounds.check_key(kind, key)
        wanted = [self._key(kind, key) for key in keys]
        items = wanted if self._place(kind).sort_key else [key[0] for key in wanted]
        try:
            return [_row(kind, found) for found in self._model(kind).batch_get(items, consistent_read=True)]
        except (PynamoDBException, BotoCoreError, ClientError) as error:
            _raise_unavailable(error)

    def query(
        self,
        kind: type[R],
        partition: str | int,
        *,
        above: str | int | None = None,
        below: str | int | None = None,
        through: str | int | None = None,
        limit: int,
        newest_first: bool = False,
    ) -> list[R]:
        self._bounds.check_query(kind, partition, above, below, through)
        place, index = self._place(kind), self._index(kind)
        upper = through if below is None else below
        if above is not None and upper is not None and above >= upper:  # type: ignore[operator]
            return []
        try:
            found = self._model(kind).query(
                partition,
                self._sort_condition(kind, above, below, through),
                index_name=index,
                consistent_read=index is None,
                scan_index_forward=not newest_first,
                limit=limit + 2,  # BETWEEN includes the two bounds, which are dropped here
            )
            rows = [_row(kind, item) for item in found]
        except (PynamoDBException, BotoCoreError, ClientError) as error:
            _raise_unavailable(error)
        exclusive = (above, below)
        return [row for row in rows if getattr(row, place.sort_key or "", None) not in exclusive][:limit]

    def count(self, kind: type[Any], partition: str | int, *, limit: int) -> int:
        """Count by pages: pynamodb's own `count` reads to the partition's end, whatever the limit."""
        self._bounds.check_query(kind, partition, None, None, None)
        model, index = self._model(kind), self._index(kind)
        key = getattr(model, self._place(kind).partition_key).serialize(partition)
        asked = {"index_name": index, "consistent_read": index is None, "limit": limit}
        pages: PageIterator[Any] = PageIterator(
            model._get_connection().query, (key,), {**asked, "select": "COUNT"}
        )
        counted = 0
        try:
            for page in pages:
                counted += page["Count"]
                if counted >= limit:
                    break
        except (PynamoDBException, BotoCoreError, ClientError) as error:
            _raise_unavailable(error)
        return min(counted, limit)

    def _place(self, kind: type[Any]) -> Table | Index:
        table, index = self._places[kind]
        return index or table

    def _index(self, kind: type[Any]) -> str | None:
        """The index from which rows of this class are read; None for the table itself."""
        _, index = self._places[kind]
        return index.name if index else None

    def _model(self, kind: type[Any]) -> type[Model]:
        """Created when first needed: a function uses few of its service's tables."""
        table, _ = self._places[kind]
        with self._creating:
            if table.name not in self._models:
                self._models[table.name] = model_of(table, self._prefix, self._connection)
        return self._models[table.name]

    def _sort_condition(
        self, kind: type[Any], above: str | int | None, below: str | int | None, through: str | int | None
    ) -> Condition | None:
        """The condition on the sort key; DynamoDB accepts only one."""
        sort_key = self._place(kind).sort_key
        if sort_key is None:
            return None
        attribute = getattr(self._model(kind), sort_key)
        upper = through if below is None else below
        if above is not None and upper is not None:
            return attribute.between(above, upper)  # type: ignore[no-any-return]
        if above is not None:
            return attribute > above  # type: ignore[no-any-return]
        if below is not None:
            return attribute < below  # type: ignore[no-any-return]
        return attribute <= through if through is not None else None

    def write(self, actions: Sequence[Action], token: str) -> None:
        self._bounds.check_write(actions)
        order: list[tuple[int, int]] = []
        try:
            with TransactWrite(connection=self._connection, client_request_token=token) as transaction:
                for position, action in enumerate(actions):
                    order.append((self._include(transaction, action), position))
        except PynamoDBException as error:
            # pynamodb sends checks, deletes, puts and updates in this order, not in the given one.
            _raise_refusal(error, [position for _, position in sorted(order)])
        except BotoCoreError as error:
            raise OutcomeUnknown(str(error)) from error

    def put_all(self, rows: Sequence[Any]) -> None:
        for row in rows:
            self._bounds.check_write([Put(row)])
        try:
            with self._model(type(rows[0])).batch_write() as batch:
                for row in rows:
                    batch.save(self._item(row))
        except (PynamoDBException, BotoCoreError, ClientError) as error:
            _raise_unavailable(error)

    def _include(self, transaction: TransactWrite, action: Action) -> int:
        """Add an action to a transaction; returns the rank of its kind in pynamodb's order."""
        if isinstance(action, Insert | Put):
            transaction.save(self._item(action.row), condition=self._put_condition(action))
            return 2
        model = self._model(action.kind)
        condition = self._condition(action.kind, action.expected)
        key = self._key(action.kind, action.key)
        if isinstance(action, Check):
            transaction.condition_check(model, *key, condition=condition)
            return 0
        if isinstance(action, Remove):
            transaction.delete(model(*key), condition=condition)
            return 1
        transaction.update(model(*key), actions=_update_actions(model, action), condition=condition)
        return 3

    def _key(self, kind: type[Any], key: Mapping[str, str | int]) -> tuple[Any, Any]:
        place = self._place(kind)
        return key[place.partition_key], key[place.sort_key] if place.sort_key else None

    def _item(self, row: Any) -> Model:
        model = self._model(type(row))
        return model(**{f.name: _attribute_value(model, f.name, getattr(row, f.name)) for f in fields(row)})

    def _put_condition(self, action: Insert | Put) -> Condition | None:
        kind = type(action.row)
        if isinstance(action, Put):
            return self._condition(kind, action.expected)
        return getattr(self._model(kind), self._place(kind).partition_key).does_not_exist()  # type: ignore[no-any-return]

    def _condition(self, kind: type[Any], expected: Expected) -> Condition | None:
        model = self._model(kind)
        parts = [_expectation(model, name, value) for name, value in expected.items()]
        return reduce(and_, parts) if parts else None


def _expectation(model: type[Model], name: str, value: Any) -> Condition:
    attribute = getattr(model, name)
    if value is None:
        return attribute.does_not_exist()  # type: ignore[no-any-return]
    if isinstance(value, Below):
        limit = _attribute_value(model, name, value.limit)
        return attribute.does_not_exist() | (attribute < limit)  # type: ignore[no-any-return]
    return attribute == _attribute_value(model, name, value)  # type: ignore[no-any-return]


def _update_actions(model: type[Model], action: Add) -> list[Any]:
    added = [getattr(model, name).add(amount) for name, amount in action.amounts.items()]
    put = [
        getattr(model, name).remove()
        if value is None
        else getattr(model, name).set(_attribute_value(model, name, value))
        for name, value in action.values.items()
    ]
    return added + put


def _attribute_value(model: type[Model], name: str, value: Any) -> Any:
    """Rows have expiry in Unix seconds; pynamodb's TTL attribute takes a datetime."""
    if value is not None and isinstance(model.get_attributes()[name], TTLAttribute):
        return datetime.fromtimestamp(value, UTC)
    return value


def _row(kind: type[R], item: Any) -> R:
    """A missing attribute gets the field's default, as in the memory store."""
    found = {f.name: _plain(getattr(item, f.name)) for f in fields(kind)}  # type: ignore[arg-type]
    return kind(**{name: value for name, value in found.items() if value is not None})


def _plain(value: Any) -> Any:
    return int(value.timestamp()) if isinstance(value, datetime) else value


def _raise_unavailable(error: Exception) -> NoReturn:
    raise Unavailable(_message(error)) from error


def _raise_refusal(error: PynamoDBException, order: Sequence[int]) -> NoReturn:
    """Raise the error for a refused transaction's reasons; Refused if a retry can't help."""
    reasons = getattr(error, "cancellation_reasons", [])
    codes = [None if reason is None else reason.code for reason in reasons]
    failed = [order[rank] for rank, code in enumerate(codes) if code == "ConditionalCheckFailed"]
    if failed:
        raise ConditionFailed(failed) from error
    code = error.cause_response_code
    if code in _RETRYABLE or any(reason in _CONFLICTS for reason in codes):
        raise Conflict(_message(error)) from error
    if isinstance(error.cause, BotoCoreError) or code in _UNANSWERED:
        raise OutcomeUnknown(_message(error)) from error
    raise Refused(_message(error)) from error


def _message(error: Exception) -> str:
    """The error with DynamoDB's own message, which pynamodb leaves out and an operator needs."""
    cause = getattr(error, "cause", None)
    return f"{error}: {cause}" if cause else str(error)
