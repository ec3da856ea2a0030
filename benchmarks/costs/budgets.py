"""What each case may cost, exactly, and why no less.

A GET without a line here costs what the table of its service shows; that is compared too.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from benchmarks.costs.case import Cost


@dataclass(frozen=True, slots=True)
class Budget:
    cost: Cost
    because: str


def budget(calls: int, reads: float, writes: int, because: str) -> Budget:
    return Budget(Cost(calls, reads, writes), because)


ACCOUNT_EVENT = "the event's version is compared with the row; the guard against a lost table is read"
NO_MARK = "the row read shows the version; no mark is written"
RELAY = "a receipt for all events of a day; the bus has them, so they are not read again"
SWEEP = (
    "a look at the first form's index per shard, two at each partition of the day, "
    "the day's receipts where there are records; the watermark is moved once, in a transaction"
)

BUDGETS: Mapping[str, Budget] = {
    "accounting.on_task_event: a task is created and assigned": budget(
        4,
        6,
        14,
        "price and its mark 4; entry 2, one record of both events 2, balance 4, the company's sums 2",
    ),
    "accounting.on_task_event: a task is completed": budget(
        4, 6, 12, "as above, without the price; the event's mark 2"
    ),
    "accounting.on_task_event: 5 tasks are created and assigned": budget(
        4, 18, 58, "all in one transaction, with one record of their events and one row of company sums"
    ),
    "accounting.on_task_event: events that were booked before": budget(
        3, 6, 0, "balances, marks and prices are read, nothing is written"
    ),
    "accounting.on_account_event: a new account": budget(2, 2, 8, ACCOUNT_EVENT),
    "accounting.on_account_event: a new name": budget(2, 2, 5, ACCOUNT_EVENT),
    "accounting.correct_entry": budget(
        7,
        6,
        17,
        "an entry as above with its index of corrections; the wrong one is found by the time in its id; "
        "the admin is checked twice",
    ),
    "accounting.publish_events: 2 events": budget(1, 0, 1, RELAY),
    "accounting.sweep_journal: nothing to publish": budget(26, 21, 2, SWEEP),
    "accounting.close_days: nothing to close": budget(5, 33, 0, "open accounts, and the closes of a month"),
    "accounting.close_days: all accounts to close": budget(6, 33, 2, "the close is noted once"),
    "accounting.close_account: an account that is paid": budget(
        2,
        1,
        14,
        "an entry as above, the event of the close and the sums of the day, in one transaction per day",
    ),
    "accounting.close_account: an account without entries": budget(2, 1, 4, "`closed_through` and its index"),
    "accounting.start_close": budget(7, 4, 6, "close, event and the check of the caller, once per press"),
    "accounting.begin_close: all accounts to close": budget(7, 64, 2, "as a tick of `close_days`"),
    "analytics.on_ledger_event: a fee": budget(
        5, 4, 6, "sums of the day, account with the counted numbers, count of the minus"
    ),
    "analytics.on_ledger_event: a reward": budget(6, 5, 8, "the day's top task besides"),
    "analytics.on_ledger_event: an entry that was counted before": budget(
        3, 3, 0, "the account's row says so"
    ),
    "auth.bootstrap_account": budget(5, 4, 7, "row, address and event; the row is read again after the pool"),
    "auth.change_account: a new name": budget(
        5, 4, 6, "row with its index, event, and the check of the caller, whose row is read twice"
    ),
    "auth.get_email": budget(1, 1, 0, "one row"),
    "auth.invite_account": budget(6, 5, 9, "as bootstrap_account, and the check of the caller"),
    "auth.invite_again": budget(4, 3, 4, "the row and the check of the caller"),
    "auth.publish_events: 1 event": budget(1, 0, 1, RELAY),
    "auth.reconcile_identities: all accounts": budget(140, 277, 180, "a row is written if its result is new"),
    "auth.reconcile_identities: an idle tick": budget(1, 1, 0, "when the last comparison was"),
    "auth.sweep_journal: nothing to publish": budget(26, 21, 2, SWEEP),
    "auth.sync_identity: a new role": budget(2, 2, 0, "the row is read again after the pool was changed"),
    "notifications.on_ledger_event: an entry": budget(1, 0, 1, "one line; it may be written again"),
    "notifications.on_ledger_event: an account's payout and closed day": budget(
        3, 1, 4, "a line, a report with its index; the guard"
    ),
    "notifications.publish_events: 1 event": budget(1, 0, 1, RELAY),
    "notifications.queue_due_reports: nothing is due": budget(4, 2, 0, "one look at the index per shard"),
    "notifications.queue_due_reports: one is due": budget(5, 2, 4, "its lease, which moves it in the index"),
    "notifications.mark_undelivered: a bounce for good": budget(2, 1, 6, "report, account and event"),
    "notifications.send_report": budget(
        5, 3, 9, "lease, then sent, each moves it in the index; the event; whether mail reaches the account"
    ),
    "notifications.sweep_journal: nothing to publish": budget(26, 21, 2, SWEEP),
    "tracking.cancel_task: another's": budget(6, 6, 12, "as one's own, and the check of the caller"),
    "tracking.cancel_task: one's own": budget(5, 5, 10, "as complete_task; whether it claims its jira_id"),
    "tracking.cancel_task: one's own, unique": budget(5, 5, 12, "the claim is removed besides"),
    "tracking.complete_task": budget(
        4, 4, 10, "task 2 and its indexes 3, open task 2, event with its index 3; whether a press counts"
    ),
    "tracking.count_shard: 60 tasks in all shards": budget(
        36, 44, 24, "each shard's page of chunks, its progress, and that it is counted"
    ),
    "tracking.count_shuffle": budget(1, 1, 0, "the press"),
    "tracking.create_task": budget(
        4, 2.5, 10, "task 2 and its indexes 3, open task 2, 2 events in one record with its index 3"
    ),
    "tracking.create_task: unique": budget(6, 4, 12, "the claim is looked up and written, the index asked"),
    "tracking.create_task: with an Idempotency-Key": budget(5, 3.5, 11, "the answer 2; no jira_id"),
    "tracking.on_account_event: a new name": budget(2, 1, 6, "replica with its index, slot of the roster"),
    "tracking.on_account_event: a version that is known": budget(1, 1, 0, NO_MARK),
    "tracking.on_account_event: joins the eligible": budget(3, 2, 6, "replica, head and slot of the roster"),
    "tracking.on_account_event: leaves the eligible": budget(
        4, 3, 10, "the last slot and its account move besides"
    ),
    "tracking.publish_events: 2 events": budget(1, 0, 1, RELAY),
    "tracking.reassign_chunk: 60 tasks in all shards": budget(
        37,
        223,
        621,
        "10 per task: task 2, the index whose key changes 2, event with its index 3, mark 2, …",
    ),
    "tracking.start_shuffle": budget(
        3, 2, 23, "press with its index, 2 rows of each of 4 shards, event, caller"
    ),
    "tracking.sweep_journal: nothing to publish": budget(34, 30, 2, SWEEP),
}
