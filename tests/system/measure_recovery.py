"""Measure recovery times and print a table: `.venv/bin/python -m tests.system.measure_recovery --tasks 500`.

Starts its own MiniStack, fills it, loses tables, restores them, and stops it.
"""

import argparse
import json
import os
import platform
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ops.stage import local_json, tables
from ops.stage.api_client import http_client
from ops.stage.installation_files import InstallationFiles
from tests.system.conftest import free_port
from tests.system.product import Product, run_ates

SETTLE_SECONDS = 600
SHUFFLES = 2


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--tasks", type=int, default=500)
    count = int(arguments.parse_args().tasks)
    with tempfile.TemporaryDirectory() as folder, installed(Path(folder)) as product:
        fill(product, count)
        rows = len(product.rows("accounting", "entries"))
        print(f"{count} tasks, {rows} entries; {os.cpu_count()} cores, Python {platform.python_version()}\n")
        print("| command | seconds |\n|---|---|")
        for command, seconds in measure(product):
            print(f"| `ates {command}` | {seconds:.1f} |", flush=True)


@contextmanager
def installed(folder: Path) -> Iterator[Product]:
    run_ates(folder, "up", "--port", str(free_port()), "--web-port", str(free_port()))
    try:
        home = InstallationFiles.of({"ATES_HOME": str(folder)})
        with http_client() as http:
            yield Product(home, local_json.load(home.local_json), http)
    finally:
        run_ates(folder, "clean", "--yes", check=False)


def fill(product: Product, count: int) -> None:
    backlog = product.home.folder / "backlog.jsonl"
    backlog.write_text("".join(json.dumps({"title": f"Task {n}"}) + "\n" for n in range(count)))
    product.ates("import", str(backlog))
    for _ in range(SHUFFLES):
        assert product.call("manager", "POST", "tracking", "/shuffles", json={}).status_code == 202
        product.settle(SETTLE_SECONDS)


def measure(product: Product) -> Iterator[tuple[str, float]]:
    """Each command with its seconds."""
    yield timed(product, "verify")
    yield timed(product, "backup")
    for service in ("accounting", "tracking", "auth", "notifications"):
        lose(product, service)
        yield timed(product, "restore", service, "--to", "now", "--yes")
    yield timed(product, "rebuild", "analytics")
    yield timed(product, "regenerate", "--service", "tracking", "--since-last-entry")
    product.settle(SETTLE_SECONDS)
    yield timed(product, "replay", "--consumer", "accounting.on_task_event", "--from", "2020-01-01")


def timed(product: Product, *command: str) -> tuple[str, float]:
    began = time.monotonic()
    product.ates(*command)
    return " ".join(command), time.monotonic() - began


def lose(product: Product, service: str) -> None:
    for table in tables.names(service):
        product.aws.dynamodb.delete_table(TableName=product.aws.target.name(service, table))


if __name__ == "__main__":
    main()
