"""Which use case is behind which queue and schedule, so that all can run in one process."""

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, cast

from events.accounting import CloseRequested
from events.auth import AccountState
from events.envelope import read_envelope, reader_of
from events.tracking import ShuffleRequested, TaskEvent
from functions.accounting.begin_close import handler as begin_close_handler
from functions.accounting.begin_close import use_case as begin_close
from functions.accounting.close_account import handler as close_account_handler
from functions.accounting.close_account import use_case as close_account
from functions.accounting.close_days import use_case as close_days
from functions.accounting.closing import read_close_job
from functions.accounting.on_account_event import handler as accounting_account_handler
from functions.accounting.on_account_event import use_case as accounting_accounts
from functions.accounting.on_task_event import handler as on_task_event_handler
from functions.accounting.on_task_event import use_case as on_task_event
from functions.analytics.fill_generation import handler as fill_handler
from functions.analytics.fill_generation import use_case as fill_generation
from functions.analytics.on_ledger_event import handler as analytics_handler
from functions.analytics.on_ledger_event import use_case as analytics
from functions.auth.domain import IdentityProviderDown
from functions.auth.identity import IdentityProvider
from functions.auth.reconcile_identities.use_case import Busy, reconcile_identities
from functions.auth.sync_identity import handler as sync_identity_handler
from functions.auth.sync_identity import use_case as sync_identity
from functions.notifications.domain import Job, Letterhead
from functions.notifications.on_ledger_event import handler as reports_handler
from functions.notifications.on_ledger_event import use_case as reports
from functions.notifications.ports import AddressBook, Mailer
from functions.notifications.queue_due_reports import use_case as queue_due_reports
from functions.notifications.send_report import handler as send_report_handler
from functions.notifications.send_report import use_case as send_report
from functions.tracking.count_shard import handler as count_shard_handler
from functions.tracking.count_shard import use_case as count_shard
from functions.tracking.count_shuffle import handler as count_shuffle_handler
from functions.tracking.count_shuffle import use_case as count_shuffle
from functions.tracking.jobs import count_shard_job, reassign_chunk_job
from functions.tracking.on_account_event import handler as tracking_account_handler
from functions.tracking.on_account_event import use_case as tracking_accounts
from functions.tracking.reassign_chunk import handler as reassign_chunk_handler
from functions.tracking.reassign_chunk import use_case as reassign_chunk
from shared import messages
from shared.clock import Clock
from shared.context import Context
from shared.messages import NONE_FAILED, Failed, Received
from shared.queue import Read, batch_correlation, read_event, read_job
from shared.spec import Events, Jobs, UseCase
from shared.store import Store

Messages = Sequence[Received[Any]]

REPORTS_AT_A_TICK = 1_000
"""No mail leaves the process, so its rate has no limit."""


class World(Protocol):
    """What the handlers take from their environment; the demo and the simulation provide it."""

    @property
    def stores(self) -> Mapping[str, Store]:
        """Each service's tables."""
        ...

    @property
    def clock(self) -> Clock: ...

    @property
    def randomness(self) -> random.Random: ...

    @property
    def letterhead(self) -> Letterhead: ...

    @property
    def zone(self) -> str: ...

    @property
    def user_pool(self) -> IdentityProvider: ...

    @property
    def addresses(self) -> AddressBook: ...

    @property
    def mailer(self) -> Mailer: ...

    def jobs(self, queue: str) -> messages.WorkQueue:
        """The work queue `service.name`."""
        ...

    def waiting_task_events(self) -> int:
        """How many task events accounting has not consumed yet."""
        ...

    def context(self, correlation_id: str) -> Context: ...

    def note(self, what: str) -> None:
        """Records what failed at a tick; the next tick retries it."""
        ...


@dataclass(frozen=True)
class InProcessConsumer:
    """A use case behind a queue; `use` does what its handler does."""

    spec: UseCase
    read: Read[Any]
    use: Callable[[World, Messages, Context], Failed]

    def handle(self, world: World, some: Messages) -> Failed:
        return self.use(world, some, world.context(batch_correlation(some)))

    @property
    def trigger(self) -> Events | Jobs:
        return cast("Events | Jobs", self.spec.trigger)

    @property
    def queue(self) -> str:
        """The name of what feeds it: a work queue is sent to by that name."""
        trigger = self.trigger
        return f"{self.spec.service}.{trigger.name if isinstance(trigger, Jobs) else self.spec.name}"


def _job(document: Any) -> Job:
    return Job(report_id=str(document["report_id"]), attempts=int(document["attempts"]))


def _send_reports(world: World, messages: Messages, context: Context) -> Failed:
    post = send_report.Post(world.addresses, world.mailer, world.letterhead)
    for message in messages:
        own = context.within(message.correlation_id)
        send_report.send_report(message.payload, world.stores["notifications"], own, post)
    return NONE_FAILED


CONSUMERS = (
    InProcessConsumer(
        on_task_event_handler.SPEC,
        read_event(reader_of(TaskEvent)),
        lambda w, m, c: on_task_event.on_task_event(m, w.stores["accounting"], c, w.zone),
    ),
    InProcessConsumer(
        accounting_account_handler.SPEC,
        read_event(reader_of(AccountState)),
        lambda w, m, _c: accounting_accounts.on_account_event(m, w.stores["accounting"], w.zone),
    ),
    InProcessConsumer(
        begin_close_handler.SPEC,
        read_event(reader_of(CloseRequested)),
        lambda w, m, c: begin_close.begin_close(
            m, w.stores["accounting"], c, w.jobs("accounting.close_accounts")
        ),
    ),
    InProcessConsumer(
        close_account_handler.SPEC,
        read_job(read_close_job),
        lambda w, m, c: close_account.close_account(
            m, w.stores["accounting"], c, w.jobs("accounting.close_accounts")
        ),
    ),
    InProcessConsumer(
        tracking_account_handler.SPEC,
        read_event(reader_of(AccountState)),
        lambda w, m, _c: tracking_accounts.on_account_event(m, w.stores["tracking"]),
    ),
    InProcessConsumer(
        count_shuffle_handler.SPEC,
        read_event(reader_of(ShuffleRequested)),
        lambda w, m, _c: count_shuffle.count_shuffle(
            m, w.stores["tracking"], w.jobs("tracking.shuffle_counts")
        ),
    ),
    InProcessConsumer(
        count_shard_handler.SPEC,
        read_job(count_shard_job),
        lambda w, m, c: count_shard.count_shard(
            m,
            w.stores["tracking"],
            c,
            w.jobs("tracking.shuffle_counts"),
            w.jobs("tracking.shuffle_chunks"),
        ),
    ),
    InProcessConsumer(
        reassign_chunk_handler.SPEC,
        read_job(reassign_chunk_job),
        lambda w, m, c: reassign_chunk.reassign_chunk(m, w.stores["tracking"], c),
    ),
    InProcessConsumer(
        reports_handler.SPEC,
        read_event(read_envelope),
        lambda w, m, c: reports.on_ledger_event(m, w.stores["notifications"], c),
    ),
    InProcessConsumer(send_report_handler.SPEC, read_job(_job), _send_reports),
    InProcessConsumer(
        analytics_handler.SPEC,
        read_event(read_envelope),
        lambda w, m, c: analytics.on_ledger_event(m, w.stores["analytics"], c, w.zone),
    ),
    InProcessConsumer(
        fill_handler.SPEC,
        read_job(fill_generation.read_fill),
        lambda w, m, c: fill_generation.fill_generation(m, w.stores["analytics"], c, w.zone),
    ),
    InProcessConsumer(
        sync_identity_handler.SPEC,
        read_event(reader_of(AccountState)),
        lambda w, m, _c: sync_identity.sync_identity(m, w.stores["auth"], w.user_pool),
    ),
)


def close_days_now(world: World) -> None:
    """A tick of the schedule."""
    close_days.close_days(
        world.stores["accounting"],
        world.context("close_days"),
        world.jobs("accounting.close_accounts"),
        world.waiting_task_events,
        world.zone,
    )


def queue_due_reports_now(world: World) -> None:
    """A tick of the schedule."""
    queue_due_reports.queue_due_reports(
        world.stores["notifications"],
        world.context("queue_due_reports"),
        world.jobs("notifications.reports"),
        REPORTS_AT_A_TICK,
        lambda: True,
    )


def reconcile_identities_now(world: World) -> None:
    """A tick of the schedule."""
    try:
        reconcile_identities(world.stores["auth"], world.context("reconcile"), world.user_pool, lambda: True)
    except (Busy, IdentityProviderDown) as error:
        world.note(f"reconcile_identities: {error!r}")


TICKS: Mapping[str, Callable[[World], None]] = {
    "accounting.close_days": close_days_now,
    "auth.reconcile_identities": reconcile_identities_now,
    "notifications.queue_due_reports": queue_due_reports_now,
}
