"""Over how many partitions a stage spreads rows; cdk.json: `"shards": {"tasks": {"written": 4, "read": 8}}`.

To raise a number, deploy the new `read` first, then `written`: so at no time, not even if a deployment is
rolled back, are there rows that somebody who reads doesn't look for. `read` is never lowered.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from shared.spec import UseCase
from shared.tables import Shards, Spread, Table

Sharding = Mapping[str, Shards]
"""By the name of a spread; the others have their default."""


class BadSharding(Exception):
    """cdk.json names no spread, or numbers that would lose rows."""


def sharding(settings: Mapping[str, Any]) -> Sharding:
    return {name: Shards(**numbers) for name, numbers in settings.items()}


def check(settings: Sharding, tables: Iterable[Table]) -> None:
    """Raises BadSharding."""
    spreads = {table.spread.name: table.spread for table in tables if table.spread}
    for name, shards in settings.items():
        if name not in spreads:
            raise BadSharding(f"there is nothing to spread named {name!r}, only {', '.join(sorted(spreads))}")
        spread = spreads[name]
        if not 1 <= shards.written <= shards.read or not spread.shards <= shards.read <= spread.most:
            raise BadSharding(
                f"{name}: `written` is at least 1 and at most `read`, which is from {spread.shards} to"
                f" {spread.most}"
            )


def variables(spec: UseCase, tables: Mapping[str, Table], settings: Sharding) -> Iterator[tuple[str, str]]:
    """The environment variables of a function, which needs the numbers of the tables that it accesses."""
    for spread in sorted(_spreads(spec, tables), key=lambda each: each.name):
        shards = settings.get(spread.name, spread.default)
        yield f"SHARDS_{spread.name.upper()}", f"{shards.written}/{shards.read}"


def _spreads(spec: UseCase, tables: Mapping[str, Table]) -> set[Spread]:
    accessed = [tables[path.partition("/")[0]] for path in spec.access]
    return {table.spread for table in accessed if table.spread}
