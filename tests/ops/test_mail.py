"""`ates mail` and `ates open`."""

import json
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from ops import __main__ as command_line
from ops.daily import mail
from ops.stage.installation_files import InstallationFiles


def stored(n: int, **others: Any) -> dict[str, Any]:
    return {
        "Timestamp": 1795651500.25 + n,
        "To": [f"worker{n}@ates.example"],
        "Subject": f"Your day {n}",
        "BodyText": f"earned {n}",
        "BodyHtml": f"<p>earned {n}</p>",
        **others,
    }


@pytest.fixture
def opened(installed: InstallationFiles, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The pages that the browser was told to show; three mails were sent, the second without HTML."""
    found: list[str] = []
    messages = {"1": [stored(3), stored(1)], "2": [stored(2, BodyHtml=None)]}

    def answer(request: httpx.Request) -> httpx.Response:
        assert request.url.path == "/_ministack/ses/messages"
        return httpx.Response(200, json={"messages": messages})

    monkeypatch.setattr(mail, "http_client", lambda: httpx.Client(transport=httpx.MockTransport(answer)))
    monkeypatch.setattr("webbrowser.open", found.append)
    return found


@pytest.mark.usefixtures("opened")
def test_mails_are_listed_newest_first(capsys: pytest.CaptureFixture[str]) -> None:
    assert command_line.main(["mail", "list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == ["number", "3", "2", "1"]
    assert lines[1].split()[1] == "2026-11-26T00:05:03.250Z"
    assert command_line.main(["mail", "list", "--to", "worker2@ates.example", "--json"]) == 0
    assert [each["number"] for each in json.loads(capsys.readouterr().out)["mails"]] == [2]


@pytest.mark.usefixtures("opened")
@pytest.mark.parametrize(("arguments", "text"), [([], "earned 3"), (["1"], "earned 1")])
def test_a_mail_is_shown_the_latest_by_default(
    capsys: pytest.CaptureFixture[str], arguments: list[str], text: str
) -> None:
    assert command_line.main(["mail", "show", *arguments]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == text


@pytest.mark.parametrize(("number", "content"), [("3", "<p>earned 3</p>"), ("2", "earned 2")])
def test_a_mail_is_opened_as_its_reader_sees_it(opened: list[str], number: str, content: str) -> None:
    assert command_line.main(["mail", "open", number]) == 0
    (page,) = opened
    assert Path(urlsplit(page).path).read_text() == content


@pytest.mark.usefixtures("opened")
def test_a_mail_that_is_not_there_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert command_line.main(["mail", "show", "9"]) == 2
    assert "there are 3 mails, no number 9" in capsys.readouterr().err
    assert command_line.main(["mail", "list", "--stage", "prod"]) == 2
    assert "ates reports list" in capsys.readouterr().err


def test_the_dashboards_are_opened(
    installed: InstallationFiles, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    found: list[str] = []
    monkeypatch.setattr("webbrowser.open", found.append)
    assert command_line.main(["open"]) == 0
    assert capsys.readouterr().out == "http://localhost:8080\n"
    assert found == ["http://localhost:8080"]
