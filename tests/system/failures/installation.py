"""The installation under failures: its functions behind the proxy, and ways to disable parts of it.

What takes minutes on AWS takes seconds here, only by configuration (the queues' visibility timeout); the
product's code is unchanged.
"""

import json
import math
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from ops.console.wait import Timer
from ops.recovery import dead_letters
from ops.stage import consumers, in_flight
from ops.stage.aws import Aws
from tests.system.failures.proxy import Proxy
from tests.system.product import Product, wait_for

VISIBILITY_SECONDS = 4
SWITCHED_SECONDS = 30
QUIET_SECONDS = 120


@dataclass
class Installation:
    """A product behind a proxy; each change is undone when its block ends."""

    product: Product
    proxy: Proxy

    def __post_init__(self) -> None:
        self.aws: Aws = self.product.aws

    def name(self, function: str) -> str:
        """The physical name of `accounting/on_task_event`."""
        return self.aws.target.name(*function.split("/"))

    def functions(self, service: str | None = None) -> list[str]:
        """The physical names of a service's functions, or of all."""
        prefix = self.aws.target.name(service, "") if service else self.aws.target.prefix
        pages = self.aws.functions.get_paginator("list_functions").paginate()
        found = [each["FunctionName"] for page in pages for each in page["Functions"]]
        ours = [name for name in found if name.startswith(prefix)]
        assert ours, f"no function is called {prefix}…"
        return ours

    def put_behind_the_proxy(self) -> None:
        """Make each function call AWS through the proxy, with its name in the User-Agent."""
        for name in self.functions():
            proxied = {"AWS_ENDPOINT_URL": self.proxy.endpoint, "AWS_SDK_UA_APP_ID": name}
            self._set_environment(name, {**self._environment(name), **proxied})

    @contextmanager
    def with_environment(self, function: str, **variables: str) -> Iterator[None]:
        """Run a function (`tracking/publish_events`) with changed environment variables."""
        name = self.name(function)
        found = self._environment(name)
        try:
            self._set_environment(name, {**found, **variables})
            yield
        finally:
            self._set_environment(name, found)

    def _environment(self, name: str) -> dict[str, str]:
        return self.aws.functions.get_function_configuration(FunctionName=name)["Environment"]["Variables"]

    def _set_environment(self, name: str, variables: dict[str, str]) -> None:
        self.aws.functions.update_function_configuration(
            FunctionName=name, Environment={"Variables": variables}
        )

    def shorten_retries(self, seconds: int = VISIBILITY_SECONDS) -> None:
        """Retry failed messages after seconds instead of minutes."""
        for url in self.queue_urls():
            self.set_visibility(url, seconds)

    def queue_urls(self) -> list[str]:
        """All queues except dead-letter queues."""
        pages = self.aws.queues.get_paginator("list_queues").paginate(QueueNamePrefix=self.aws.target.bus)
        urls = [url for page in pages for url in page.get("QueueUrls", [])]
        return [url for url in urls if not url.endswith("-dlq")]

    def set_visibility(self, url: str, seconds: int) -> None:
        self.aws.queues.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": str(seconds)})

    def queue(self, consumer: str) -> str:
        """The URL of the queue of a consumer (`accounting.on_task_event`)."""
        return consumers.url(self.aws, consumers.named(self.aws.target.stage, consumer).queue)

    @contextmanager
    def fast_retries(self, consumer: str) -> Iterator[None]:
        """Retry a consumer's messages every second, so the last try is soon."""
        url = self.queue(consumer)
        self.set_visibility(url, 1)
        try:
            yield
        finally:
            self.set_visibility(url, VISIBILITY_SECONDS)

    def consumers(self, functions: Sequence[str]) -> list[str]:
        """The consumers among these functions (`accounting/on_task_event`)."""
        there = consumers.of(self.aws.target.stage)
        return [name for name in (each.replace("/", ".") for each in functions) if name in there]

    @contextmanager
    def endless_retries(self, consumer: str) -> Iterator[None]:
        """Retry a consumer's messages at once and without limit."""
        url = self.queue(consumer)
        names: Any = ["VisibilityTimeout", "RedrivePolicy"]
        found: Any = self.aws.queues.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
        policy = {**json.loads(found["RedrivePolicy"]), "maxReceiveCount": 1000}
        changed: Any = {"VisibilityTimeout": "2", "RedrivePolicy": json.dumps(policy)}
        try:
            self.aws.queues.set_queue_attributes(QueueUrl=url, Attributes=changed)
            yield
        finally:
            self.aws.queues.set_queue_attributes(QueueUrl=url, Attributes=found)

    @contextmanager
    def cut_off(self, *names: str) -> Iterator[None]:
        """Deliver nothing to these functions (`accounting/on_task_event`) from their queue or stream."""
        ids = [each["UUID"] for name in names for each in self.mappings(name)]
        try:
            self._switch(ids, enabled=False)
            yield
        finally:
            self._switch(ids, enabled=True)

    def mappings(self, function: str) -> Sequence[Any]:
        """A function's event source mappings."""
        return self.aws.functions.list_event_source_mappings(FunctionName=self.name(function))[
            "EventSourceMappings"
        ]

    @contextmanager
    def down(self, *physical_names: str) -> Iterator[None]:
        """Refuse every invocation of these functions."""
        with ExitStack() as undo:
            for name in physical_names:
                undo.callback(self.aws.functions.delete_function_concurrency, FunctionName=name)
                self.aws.functions.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=0)
            yield

    def unpublished(self) -> int:
        """The number of tracking's events that are not published yet."""
        return sum(in_flight.unpublished(self.aws, [self.aws.target.name("tracking", "journal")]).values())

    def settle(self) -> None:
        """Wait until no event and no job is in flight, as long as their number falls.

        A shuffle includes the open tasks of all earlier scenarios.
        """
        least = math.inf
        while (left := self._backlog()).total:
            assert left.total < least, f"for {QUIET_SECONDS} s there is still {left}"
            least = left.total

    def _backlog(self) -> in_flight.InFlight:
        return in_flight.wait_until_none(self.aws, Timer(), QUIET_SECONDS, lambda _: None, self.queue_urls())

    def clean_up(self) -> None:
        """After a failed test: redrive dead letters once, and delete those that fail again."""
        for bring in (dead_letters.redrive, dead_letters.delete):
            for consumer in consumers.of(self.aws.target.stage).values():
                with dead_letters.reserved(self.aws, consumer) as letters:
                    for letter in letters:
                        bring(self.aws, consumer, letter)
            with suppress(AssertionError):
                self.settle()

    def _switch(self, ids: Sequence[str], enabled: bool) -> None:
        for each in ids:
            self.aws.functions.update_event_source_mapping(UUID=each, Enabled=enabled)
        wanted = "Enabled" if enabled else "Disabled"
        for each in ids:
            wait_for(lambda each=each: self._state(each) == wanted, SWITCHED_SECONDS, f"not {wanted}")  # type: ignore[misc]

    def _state(self, mapping: str) -> str:
        return self.aws.functions.get_event_source_mapping(UUID=mapping)["State"]


def now() -> float:
    return time.time()
