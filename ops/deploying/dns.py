"""The DNS records of the sender's domain, and whether SES has verified it."""

from collections.abc import Sequence
from dataclasses import dataclass

from rich.table import Table
from rich.text import Text

from infra import names
from ops.deploying.preflight import is_verified
from ops.deploying.settings import Settings
from ops.stage import stacks
from ops.stage.aws import Aws

RECORD = "DnsRecord"


@dataclass(frozen=True, slots=True)
class Sender:
    """`records` are `(name, type, value)`; none for an identity that another stage owns."""

    domain: str
    verified: bool
    records: tuple[tuple[str, str, str], ...]


def sender(aws: Aws, settings: Settings) -> Sender:
    stack = stacks.find(aws, names.stack(settings.name, stacks.MAIL))
    outputs = stack.outputs if stack else {}
    texts = [outputs[key] for key in sorted(outputs) if key.startswith(RECORD)]
    return Sender(
        settings.sender_domain,
        bool(is_verified(aws, settings.sender_domain)),
        tuple(_record(text) for text in texts),
    )


def table(records: Sequence[tuple[str, str, str]]) -> Table:
    shown = Table("DNS record", "type", "value", box=None, pad_edge=False)
    for record in records:
        shown.add_row(*map(Text, record))
    return shown


def _record(text: str) -> tuple[str, str, str]:
    name, kind, value = text.split(" ", 2)
    return name, kind, value
