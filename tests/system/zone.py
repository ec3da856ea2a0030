"""An installation whose company is in another time zone than in cdk.json."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ops.stage import local_json, stacks, target
from ops.stage.aws import Aws
from ops.stage.installation_files import InstallationFiles
from tests.system.conftest import free_port
from tests.system.product import run_ates

ZONE = "Pacific/Kiritimati"
VARIABLE = "BUSINESS_TIMEZONE"


@contextmanager
def in_kiritimati(folder: Path) -> Iterator[Path]:
    """The folder of a separate installation whose functions and dashboards have this zone."""
    try:
        run_ates(folder, "up", "--port", str(free_port()), "--web-port", str(free_port()))
        found = local_json.load(InstallationFiles.of({"ATES_HOME": str(folder)}).local_json)
        aws = Aws(target.local(found.endpoint, found.region))
        _set_zone_of_functions(aws)
        _set_zone_of_dashboards(aws)
        yield folder
    finally:
        run_ates(folder, "clean", "--yes", check=False)


def _set_zone_of_functions(aws: Aws) -> None:
    count = 0
    for page in aws.functions.get_paginator("list_functions").paginate():
        for function in page["Functions"]:
            variables = function.get("Environment", {}).get("Variables", {})
            if VARIABLE in variables:
                aws.functions.update_function_configuration(
                    FunctionName=function["FunctionName"],
                    Environment={"Variables": {**variables, VARIABLE: ZONE}},
                )
                count += 1
    assert count, f"no function has {VARIABLE}"


def _set_zone_of_dashboards(aws: Aws) -> None:
    where: Any = {"Bucket": stacks.output(aws, stacks.WEB, "WebBucket"), "Key": "config.json"}
    config = json.loads(aws.objects.get_object(**where)["Body"].read())
    changed = json.dumps({**config, "business_timezone": ZONE}).encode()
    aws.objects.put_object(**where, Body=changed, ContentType="application/json", CacheControl="no-cache")
