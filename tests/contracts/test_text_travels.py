"""The text of a request arrives unchanged everywhere, for all of Unicode."""

import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import pytest

from events.envelope import read_envelope
from functions.accounting.on_task_event.use_case import on_task_event
from functions.notifications.domain import Recipient
from functions.notifications.rows import ReportLine
from functions.notifications.send_report.mail import MAX_LINES, compose
from functions.tracking.create_task import handler as create
from functions.tracking.rows import Task
from shared.context import Context
from shared.journal import EventDocument
from shared.queue import read_event
from shared.store import Put, changed, chunks
from shared.text import deliverable, one_line
from tests.accounting.support import entries, findings, ledger
from tests.notifications.fakes import LETTERHEAD, World, parsed, text_of
from tests.notifications.test_mail import REPORT, read_html
from tests.shared.test_text import EVERY, SEQUENCES, expected
from tests.support.fakes import FakeClock, journal
from tests.tracking.conftest import environment
from tests.tracking.requests import call, use
from tests.tracking.world import World as Company
from tests.tracking.world import company

__all__ = ["environment"]

SIZE = 190


def titles(last: str, step: int) -> list[str]:
    """Every character that a title may have up to `last`, every `step`th after it, in as few as possible."""
    taken = [each for each in EVERY if each not in "[]" and not expected(each)]
    taken = [each for each in taken if each <= last or ord(each) % step == 0]
    pieces = ["".join(taken[start : start + SIZE]) for start in range(0, len(taken), SIZE)]
    return [*SEQUENCES, *(kept for piece in pieces for kept in _halves(f"a{piece}b"))]


def _halves(typed: str) -> Iterator[str]:
    """Split a title that NFC makes too long."""
    if len(one_line(typed)) <= 200:
        yield typed
    else:
        yield from _halves(typed[: len(typed) // 2])
        yield from _halves(typed[len(typed) // 2 :])


def delivered(events: Sequence[EventDocument]) -> list[Any]:
    """As a queue delivers them: the bus has parsed the JSON and written it again."""
    found = []
    for event in events:
        body = json.dumps({"detail": event}, ensure_ascii=False)
        assert deliverable(body) == body
        message = {"messageId": event["event_id"], "body": body}
        found.append(read_event(read_envelope)(message))
    return found


@pytest.mark.parametrize(
    ("step", "characters"),
    [
        pytest.param(64, 75_000, id="sample"),
        pytest.param(1, 1_100_000, id="all", marks=[pytest.mark.night, pytest.mark.timeout(600)]),
    ],
)
def test_all_of_unicode_arrives_unchanged_everywhere(
    step: int, characters: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From the request through API, journal, bus, queue and ledger to the mail.

    By day the first plane, which has the characters of all living languages, and a part of the others.
    """
    tracking, accounting, notifications = company("ann"), ledger(), World()
    use(monkeypatch, create, tracking)
    typed = titles("\uffff", step)
    assert len("".join(typed)) > characters
    for title in typed:
        status, answer = call(create, body={"title": title, "description": f"\n\t{title}\n"})
        assert (status, answer["title"]) == (201, one_line(title))
        assert answer["description"] == f"\n\t{one_line(title)}\n"
    kept = {one_line(title) for title in typed}
    assert {task.title for task in tracking.rows(Task)} == kept

    messages = delivered(journal(tracking))
    assert {each.payload.title for each in messages} == kept
    randomness = random.Random(1)
    for batch in chunks(messages, 10):
        assert on_task_event(batch, accounting, Context(FakeClock(), randomness, ""), "UTC") == {}
    assert {entry.title for entry in entries(accounting)} == kept
    assert findings(accounting) == []

    posted = [each.payload for each in delivered(journal(accounting, "Ledger.EntryPosted"))]
    assert {each.title for each in posted} == kept
    for batch in chunks(posted, 100):
        notifications.hear(*batch)
    lines = notifications.store.rows(ReportLine)
    assert {each.title for each in lines} == kept
    for part in chunks(lines, MAX_LINES):
        _assert_mailed(part)


def _assert_mailed(lines: Sequence[ReportLine]) -> None:
    """Each title in the text and in the HTML, of both languages."""
    mail = parsed(
        compose(replace(REPORT, entry_count=len(lines)), lines, Recipient("a@b.example", "Ann"), LETTERHEAD)
    )
    text, html = text_of(mail), read_html(mail).text
    for each in lines:
        assert each.title is not None
        assert text.count(each.title) >= 2, ascii(each.title)
        assert html.count(each.title) >= 2, ascii(each.title)


@pytest.mark.parametrize("typed", SEQUENCES)
def test_a_report_shows_the_name_as_typed(typed: str) -> None:
    mail = parsed(compose(REPORT, [], Recipient("a@b.example", typed), LETTERHEAD))
    assert f"Hello {one_line(typed)}," in text_of(mail)
    assert f"Hello {one_line(typed)}," in read_html(mail).text


@pytest.mark.parametrize("character", ["\uffff", "\ufffe"])
def test_a_task_with_an_old_undeliverable_title_still_works(character: str) -> None:
    """Its row stays unchanged; its events arrive with the character replaced."""
    world = Company(company("ann"))
    task = world.create("a?b")
    row = changed(task, title=f"a{character}b")
    world.store.transact([Put(row)])
    shuffle = world.shuffle()
    assert world.tally(shuffle) == ("done", 1, 1, 0)
    assert world.complete(task).title == row.title
    messages = delivered(
        [*journal(world.store, "Task.Assigned")[1:], *journal(world.store, "Task.Completed")]
    )
    assert [each.payload.title for each in messages] == ["a\ufffdb", "a\ufffdb"]
