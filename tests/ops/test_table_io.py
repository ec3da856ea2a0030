"""Reading tables into rows and writing them back keeps every kind of row of every service unchanged."""

import pytest
from moto import mock_aws

from ops.recovery import table_io
from ops.stage import tables
from ops.stage.aws import Aws
from ops.stage.stacks import SERVICES
from tests.ops import tables_of

ROWS_OF_A_KIND = 3


def fill_tables(aws: Aws, service: str) -> None:
    """Write some rows of each kind, all with different keys."""
    rows = [
        tables_of.sample(kind, ROWS_OF_A_KIND * position + number)
        for position, kind in enumerate(tables_of.kinds(service))
        for number in range(ROWS_OF_A_KIND)
    ]
    tables_of.put(aws, service, rows)


@pytest.mark.parametrize("service", SERVICES)
def test_rows_read_deleted_and_written_again_are_the_same(aws: Aws, service: str) -> None:
    with mock_aws():
        tables_of.make(aws, service)
        fill_tables(aws, service)
        before = tables_of.raw(aws, service)
        rows = table_io.rows(service, lambda table: tables.items(aws, service, table))
        assert {kind: len(of_kind) for kind, of_kind in rows.items()} == dict.fromkeys(
            tables_of.kinds(service), ROWS_OF_A_KIND
        )
        done: list[int] = []
        table_io.prune(aws, service, {}, done.append)
        assert not any(tables_of.raw(aws, service).values())
        table_io.fill(aws, service, rows, done.append)
        assert tables_of.raw(aws, service) == before
        assert sum(done) == 2 * sum(map(len, before.values()))


@pytest.mark.parametrize("service", SERVICES)
def test_prune_deletes_all_rows_except_the_given_ones(aws: Aws, service: str) -> None:
    with mock_aws():
        tables_of.make(aws, service)
        fill_tables(aws, service)
        rows = table_io.rows(service, lambda table: tables.items(aws, service, table))
        kept = {kind: of_kind[1:] for kind, of_kind in rows.items()}
        table_io.prune(aws, service, kept, lambda _: None)
        left = table_io.rows(service, lambda table: tables.items(aws, service, table))
        assert {kind: sorted(map(repr, of_kind)) for kind, of_kind in left.items()} == {
            kind: sorted(map(repr, of_kind)) for kind, of_kind in kept.items()
        }


def test_an_absent_field_stays_absent(aws: Aws) -> None:
    with mock_aws():
        tables_of.make(aws, "accounting")
        (kind,) = [each for each in tables_of.kinds("accounting") if each.__name__ == "Close"]
        tables_of.put(aws, "accounting", [kind("2026-11-22", "2026-11-23T00:05:00.000Z")])
        rows = table_io.rows("accounting", lambda table: tables.items(aws, "accounting", table))
        table_io.fill(aws, "accounting", rows, lambda _: None)
        (item,) = tables_of.raw(aws, "accounting")["closes"]
        assert set(item) == {"business_day", "started_at"}


def test_a_row_without_required_fields_is_unreadable(aws: Aws) -> None:
    with pytest.raises(tables.UnreadableRow, match="a row of Price has no fee, reward, drawn_at"):
        table_io.rows("accounting", lambda table: [{"task_id": "t"}] if table == "prices" else [])


def test_unprocessed_items_are_written_again(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    with mock_aws():
        tables_of.make(aws, "analytics")
        write, put_off = aws.dynamodb.batch_write_item, iter([True, False])

        def batch_write_item(**request: object) -> object:
            if next(put_off):
                return {"UnprocessedItems": request["RequestItems"]}
            return write(**request)  # type: ignore[arg-type]

        monkeypatch.setattr(aws.dynamodb, "batch_write_item", batch_write_item)
        (kind,) = [each for each in tables_of.kinds("analytics") if each.__name__ == "Generation"]
        table_io.fill(aws, "analytics", {kind: [kind("current", 3)]}, lambda _: None)
        assert tables_of.raw(aws, "analytics")["generations"] == [
            {"name": {"S": "current"}, "generation": {"N": "3"}}
        ]
