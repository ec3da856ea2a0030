"""The fake mailer, the simulated one and the real adapter pass the same tests."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError, ReadTimeoutError
from moto import mock_aws
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.ses.models import ses_backends

from functions.notifications.domain import CannotSend, MailerUnavailable, MailRefused
from functions.notifications.mailer import SesMailer
from functions.notifications.ports import Mailer
from shared import clients
from tests.notifications.fakes import FakeMailer
from tests.simulation.acting import Stage
from tests.simulation.outside import SimulatedMailer

MAIL = b"From: reports@ates.example\r\nTo: daria@ates.example\r\nSubject: x\r\n\r\nbody\r\n"


class Box:
    """A mailer and its sent mails."""

    def __init__(self, mailer: Mailer, taken: Any) -> None:
        self.mailer, self.taken = mailer, taken


@pytest.fixture
def ses() -> Iterator[Box]:
    with mock_aws():
        clients.client.cache_clear()
        boto3.client("sesv2").create_email_identity(EmailIdentity="ates.example")
        backend = ses_backends[DEFAULT_ACCOUNT_ID]["us-east-1"]
        yield Box(
            SesMailer("reports@ates.example"),
            lambda: [mail.raw_data.encode() for mail in backend.sent_messages],
        )
    clients.client.cache_clear()


@pytest.fixture(params=["fake", "ses", "simulated"])
def box(request: pytest.FixtureRequest) -> Box:
    if request.param == "ses":
        return request.getfixturevalue("ses")  # type: ignore[no-any-return]
    if request.param == "simulated":
        stage, taken = Stage(), list[bytes]()
        mailer = SimulatedMailer(
            stage.kernel, stage.faults, lambda _email, mail, _answered: taken.append(mail)
        )
        return Box(stage.acting(mailer), lambda: taken)
    fake = FakeMailer()
    return Box(fake, lambda: [mail for _, mail in fake.sent])


def test_a_mail_is_sent_unchanged_and_gets_an_id(box: Box) -> None:
    first, second = box.mailer.send("daria@ates.example", MAIL), box.mailer.send("eve@ates.example", MAIL)
    assert first
    assert first != second
    assert box.taken() == [MAIL, MAIL]


def test_ses_refuses_a_sender_it_does_not_know(ses: Box) -> None:
    with pytest.raises(MailRefused, match="MessageRejected"):
        SesMailer("reports@elsewhere.example").send("daria@ates.example", MAIL)


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("MessageRejected", MailRefused),
        ("BadRequestException", MailRefused),
        ("TooManyRequestsException", MailerUnavailable),
        ("LimitExceededException", MailerUnavailable),
        ("SendingPausedException", MailerUnavailable),
        ("AccountSuspendedException", MailerUnavailable),
        ("MailFromDomainNotVerifiedException", MailerUnavailable),
        ("AccessDeniedException", MailerUnavailable),
        ("InternalFailure", MailerUnavailable),
    ],
)
def test_ses_errors_are_temporary_or_permanent(
    monkeypatch: pytest.MonkeyPatch, code: str, kind: type[CannotSend]
) -> None:
    error = ClientError({"Error": {"Code": code, "Message": "daria@ates.example"}}, "SendEmail")
    refusing(monkeypatch, error)
    with pytest.raises(kind) as raised:
        SesMailer("reports@ates.example").send("daria@ates.example", MAIL)
    assert str(raised.value) == f"SES: {code}"


def test_a_lost_answer_is_temporary_and_the_call_is_not_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = refusing(monkeypatch, ReadTimeoutError(endpoint_url="https://ses"))
    with pytest.raises(MailerUnavailable, match="ReadTimeoutError"):
        SesMailer("reports@ates.example").send("daria@ates.example", MAIL)
    assert asked == [("sesv2", 1)]
    assert clients.client.__wrapped__("sesv2", 1).meta.config.retries["total_max_attempts"] == 1


def refusing(monkeypatch: pytest.MonkeyPatch, error: Exception) -> list[tuple[str, int]]:
    """Make SES fail; return the requested clients."""
    asked: list[tuple[str, int]] = []

    class Refusing:
        def send_email(self, **_: Any) -> Any:
            raise error

    def client(name: str, attempts: int) -> Refusing:
        asked.append((name, attempts))
        return Refusing()

    monkeypatch.setattr("functions.notifications.mailer.client", client)
    return asked
