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


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (
            "Email address is not verified. The following identities failed the check in region EU-WEST-1: "
            "daria@ates.example, reports@ates.example",
            MailerUnavailable,
        ),
        ("Account is paused", MailerUnavailable),
        ("Sending paused for this account.", MailerUnavailable),
        ("Daily message quota exceeded", MailerUnavailable),
        ("Maximum sending rate exceeded", MailerUnavailable),
        ("Mail FROM domain is not verified", MailerUnavailable),
        ("Configuration set does not exist", MailerUnavailable),
        ("There are no recipients specified", MailRefused),
        ("There are non-ASCII characters in the email address", MailRefused),
        ("", MailRefused),
    ],
)
@pytest.mark.parametrize("code", ["MessageRejected", "BadRequestException"])
def test_a_sender_that_is_not_ready_is_temporary(
    monkeypatch: pytest.MonkeyPatch, code: str, text: str, kind: type[CannotSend]
) -> None:
    """Each text that SES documents for its refusals; an address in it is not kept."""
    refusing(monkeypatch, ClientError({"Error": {"Code": code, "Message": text}}, "SendEmail"))
    with pytest.raises(kind) as raised:
        SesMailer("reports@ates.example").send("daria@ates.example", MAIL)
    assert str(raised.value) == f"SES: {code}"


@pytest.mark.parametrize(
    ("report_id", "tags"),
    [
        ("7eec8295-b12e#2026-11-22", {"account_id": "7eec8295-b12e", "business_day": "2026-11-22"}),
        ("an odd id#2026-11-22", {"business_day": "2026-11-22"}),
    ],
)
def test_a_followed_mail_names_its_report(
    monkeypatch: pytest.MonkeyPatch, report_id: str, tags: dict[str, str]
) -> None:
    asked: list[dict[str, Any]] = []

    class Taking:
        def send_email(self, **request: Any) -> Any:
            asked.append(request)
            return {"MessageId": "message-1"}

    monkeypatch.setattr("functions.notifications.mailer.client", lambda _name, attempts: Taking())
    mail = f"X-Ates-Report-Id: {report_id}\r\n".encode() + MAIL
    SesMailer("reports@ates.example", "ates-prod").send("daria@ates.example", mail)
    SesMailer("reports@ates.example").send("daria@ates.example", mail)
    followed, plain = asked
    assert followed["ConfigurationSetName"] == "ates-prod"
    assert {each["Name"]: each["Value"] for each in followed["EmailTags"]} == tags
    assert not {"ConfigurationSetName", "EmailTags"} & plain.keys()


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
