"""Planted defects: mistakes typical of such systems, patched into the real use cases.

The simulation must find each of them; docs/simulation.md says with which seed.
"""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from datetime import timedelta

from functions.accounting import ledger, posting, restoring
from functions.accounting.close_account import use_case as close_account
from functions.accounting.close_days import use_case as close_days
from functions.accounting.correct_entry import use_case as correct_entry
from functions.accounting.on_task_event import prices
from functions.accounting.on_task_event import use_case as on_task_event
from functions.accounting.start_close import use_case as start_close
from functions.analytics import projection
from functions.auth.change_account import use_case as change_account
from functions.notifications import restoring as restored_notifications
from functions.notifications.domain import WAITING
from functions.notifications.send_report import use_case as send_report
from functions.tracking import restoring as restored_tracking
from functions.tracking.cancel_task import use_case as cancel_task
from functions.tracking.complete_task import use_case as complete_task
from functions.tracking.count_shard import use_case as count_shard
from functions.tracking.create_task import use_case as create_task
from functions.tracking.on_account_event import use_case as roster
from functions.tracking.reassign_chunk import use_case as reassign_chunk
from functions.tracking.rows import Completion
from ops.recovery import starting_point
from shared import outbox
from shared.records import ConsumedEvent
from shared.restoring import OWN_OVERLAP
from shared.store import Put
from tests.simulation import world
from tests.simulation.defects_of_days import DEFECTS_OF_DAYS
from tests.simulation.defects_of_journal import DEFECTS_OF_JOURNAL
from tests.simulation.defects_of_operation import DEFECTS_OF_OPERATION
from tests.simulation.planting import (
    Defect,
    all_but_completed,
    as_if_open,
    as_soon_as_over,
    below_the_latest,
    by_first_assignee,
    corrected_again,
    debt_forgotten,
    defect,
    everything_so_far,
    gap,
    ignoring,
    ignoring_refusals,
    instead,
    last_to_arrive,
    mark_before_publishing,
    marked_without_draws,
    marks_first,
    nameless,
    no_lease,
    no_marks,
    of_first,
    only_fresh_pages,
    put_price,
    remembered,
    unconditional,
    unguarded,
    unmarked,
    without,
)
from tests.simulation.run import simulate

DEFECTS = (
    defect("a lost inbox is not noticed", on_task_event, "get_guarded", instead(unguarded)),
    Defect(
        "lost prices are drawn again",
        (
            (prices, "get_guarded", instead(unguarded)),
            (prices, "draw", unmarked),
            (on_task_event, "draw", unmarked),
        ),
    ),
    defect("no inbox mark", on_task_event._Poster, "_actions", without(ConsumedEvent)),
    defect("the mark is written before the effect", on_task_event._Poster, "_write", marks_first),
    defect("the company's sums of a joint posting are the first account's", posting, "_day_totals", of_first),
    Defect(
        "the fee is drawn again at each event",
        (
            (on_task_event, "known_prices", instead(lambda _ids, _store: {})),
            (prices, "draw", put_price),
            (on_task_event, "draw", put_price),
        ),
    ),
    defect("the event that a price names is not looked at", on_task_event, "known_prices", nameless),
    defect(
        "an event is marked only if a price was drawn with it",
        on_task_event._Poster,
        "_actions",
        marked_without_draws,
    ),
    defect("the wrong account is charged", on_task_event, "_by_assignee", by_first_assignee),
    defect(
        "an event is booked to a balance read before, without a condition",
        posting,
        "balance_action",
        instead(lambda _before, after: Put(after)),
    ),
    defect(
        "the close is not conditional on what it read",
        close_account,
        "actions_for",
        lambda sound: lambda *given, **named: unconditional(sound(*given, **named)),
    ),
    defect("the close pays the next day's money", close_account, "next_close", everything_so_far),
    defect("debt is not carried over", close_account, "next_close", debt_forgotten),
    defect(
        "the day begins an hour early",
        on_task_event,
        "business_day",
        lambda sound: lambda at, zone: sound(at + timedelta(hours=1), zone),
    ),
    Defect(
        "a day is closed as soon as it is over",
        ((close_days, "due_day", as_soon_as_over), (start_close, "due_day", as_soon_as_over)),
    ),
    Defect(
        "a late entry goes to a closed day",
        (
            (ledger, "open_day", instead(lambda day, _closed: day)),
            (ledger, "check_posted", instead(lambda _before, _posted: None)),
        ),
    ),
    defect(
        "entries are not chained",
        ledger,
        "_moved",
        lambda sound: lambda before, entry: replace(sound(before, entry), last_hash=ledger.GENESIS),
    ),
    defect(
        "an entry is corrected twice",
        correct_entry,
        "mark_of",
        corrected_again,
    ),
    defect("the restored ledger has fresh prices", restoring, "_prices", instead(lambda *_rows: [])),
    defect("the restored ledger has forgotten its marks", restoring, "_marks", instead(lambda _entries: ())),
    defect("a restore replays a quarter of an hour", starting_point, "OTHERS_OVERLAP", instead(OWN_OVERLAP)),
    defect("a restored shuffle has forgotten what it did", restored_tracking, "_shuffles", no_marks),
    defect(
        "a restore forgets what was mailed",
        restored_notifications,
        "_sent",
        lambda sound: lambda *given: replace(sound(*given), state=WAITING, due_shard=0),
    ),
    defect("the relay ignores refused entries", outbox, "put", ignoring_refusals),
    defect("the relay marks before the bus has taken", world, "publish", mark_before_publishing),
    defect("nothing is swept", world, "sweep", instead(lambda *_given: 0)),
    defect("a consumer acknowledges what failed", world, "handle_apart", ignoring),
    defect(
        "the shuffle forgets its mark",
        reassign_chunk,
        "_reassignment",
        lambda sound: lambda *given: replace(sound(*given), actions=sound(*given).actions[:2]),
    ),
    defect(
        "the shuffle says nothing of its assignments",
        reassign_chunk,
        "_reassignment",
        lambda sound: lambda *given: replace(sound(*given), actions=sound(*given).actions[::2]),
    ),
    defect("a page counted before a crash is not handed on", count_shard, "count_shard", only_fresh_pages),
    Defect(
        "a draw from a roster remembered",
        ((create_task, "draw", remembered), (reassign_chunk, "draw", remembered)),
    ),
    defect("who leaves the roster leaves a gap", roster, "_leave", gap),
    defect("the last account event to arrive wins", roster, "_apply", last_to_arrive),
    Defect(
        "a cancelled task is reassigned",
        (
            (reassign_chunk, "still_open", instead(all_but_completed)),
            (reassign_chunk, "reassigned", as_if_open),
        ),
    ),
    Defect(
        "what ends leaves nothing for a press that has yet to count it",
        ((complete_task, "leave", without(Completion)), (cancel_task, "leave", without(Completion))),
    ),
    defect("anyone cancels a task", cancel_task, "_confirmed", instead(lambda *_given: ())),
    defect(
        "anyone completes a task",
        complete_task,
        "completed",
        lambda sound: lambda task, _account_id, at: sound(task, task.assignee_id, at),
    ),
    defect(
        "a repeated creation makes a second task",
        create_task,
        "create_task",
        lambda sound: (
            lambda content, creator, store, context, _remember: sound(content, creator, store, context)
        ),
    ),
    defect("the last admin may go", change_account, "_count", instead(lambda *_given: [])),
    defect("a report has no lease", send_report, "_begin", no_lease),
    defect(
        "a report is sent before all entries are there",
        send_report,
        "_lines",
        lambda sound: lambda report, store: (report.entry_count, sound(report, store)[1]),
    ),
    defect(
        "a failing e-mail is told at each attempt",
        send_report,
        "_keep",
        lambda sound: lambda report, *given: sound(replace(report, failure_told=False), *given),
    ),
    Defect(
        "analytics counts at each delivery",
        (
            (projection, "_marks", instead(lambda *_given: iter(()))),
            (projection, "is_counted", instead(lambda *_given: False)),
        ),
    ),
    defect(
        "analytics counts a numbered entry again", projection, "is_counted", instead(lambda *_given: False)
    ),
    defect("a late entry counts as counted", projection, "is_counted", below_the_latest),
    defect(
        "payouts count as earnings",
        projection,
        "SUM_OF_KIND",
        lambda sound: {**sound, "payout": "fees"},
    ),
    *DEFECTS_OF_DAYS,
    *DEFECTS_OF_OPERATION,
    *DEFECTS_OF_JOURNAL,
)


@contextmanager
def planted(name: str | None) -> Iterator[None]:
    """The defect of this name, or none; raises KeyError."""
    found = {each.name: each for each in DEFECTS}
    with found[name].planted() if name else nullcontext():
        yield


def seeds_needed(defect: Defect, most: int, likely: int = 1) -> tuple[int, str | None]:
    """The first seed that finds a defect, and the broken rule; None if none up to `most` does.

    `likely` is tried first, so a long search ends at once while the runs stay the same.
    """
    with defect.planted():
        for seed in (likely, *range(1, most + 1)):
            if findings := simulate(seed).findings:
                return seed, findings[0]
    return most, None
