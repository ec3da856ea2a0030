"""Auth on DynamoDB, by moto."""

from collections.abc import Iterator

import pytest
from moto import mock_aws

from functions.auth.bootstrap_account.use_case import bootstrap_account
from functions.auth.rows import TABLES, Account, Counter, ListedAccount
from shared.dynamo_store import DynamoStore
from shared.journal import SHARDS, buckets
from shared.records import JournalRecord
from tests.auth.fakes import FakeUserPool
from tests.auth.people import ADA, DARIA, account
from tests.support.fakes import NOON, context
from tests.support.moto_store import create_tables


@pytest.fixture
def store() -> Iterator[DynamoStore]:
    with mock_aws():
        real = DynamoStore(TABLES, "test-")
        create_tables(real)
        yield real


def test_accounts_are_created_on_dynamodb(store: DynamoStore) -> None:
    pool = FakeUserPool()
    bootstrap_account(ADA, store, context(), pool)
    bootstrap_account(ADA, store, context(seed=2), pool)
    bootstrap_account(DARIA, store, context(seed=3), pool)
    assert store.get(Account, account_id="sub-1") == account(ADA, "sub-1")
    assert store.get(Counter, counter="active_admins") == Counter("active_admins", 1)
    listed = [row for shard in range(4) for row in store.query(ListedAccount, shard, limit=9)]
    assert sorted(row.account_id for row in listed) == ["sub-1", "sub-2"]
    records = [row for bucket in buckets(NOON, SHARDS) for row in store.query(JournalRecord, bucket, limit=9)]
    assert {record.subject_id for record in records} == {"sub-1", "sub-2"}
