"""External services: SES and the user pool; both may be down, or act without answering."""

from collections.abc import Callable
from dataclasses import dataclass

from functions.auth.domain import IdentityProviderDown, UnknownAccount
from functions.auth.get_email.use_case import get_email
from functions.notifications.domain import (
    AddressUnavailable,
    AddressUnknown,
    MailerUnavailable,
    MailRefused,
    Recipient,
)
from shared.store import Store, StoreError
from tests.auth.fakes import FakeUserPool
from tests.simulation.kernel import Kernel
from tests.simulation.weather import Faults

REFUSED = "bounces"
"""SES rejects mail to addresses that begin with this."""


@dataclass
class SimulatedMailer:
    """`accepted` is called with address, mail, and whether the sender got the answer."""

    kernel: Kernel
    faults: Faults
    accepted: Callable[[str, bytes, bool], None]
    sent: int = 0

    def send(self, email: str, mail: bytes) -> str:
        self.kernel.effect("mail")
        if self.faults.away("mailer") or self.faults.strikes("mail_call_lost"):
            raise MailerUnavailable("injected")
        if email.startswith(REFUSED):
            raise MailRefused("injected")
        self.sent += 1
        answered = not self.faults.strikes("mail_done_unanswered")
        self.accepted(email, mail, answered)
        if not answered:
            raise MailerUnavailable("injected: the answer is lost")
        return f"mail-{self.sent}"


@dataclass
class SimulatedAddressBook:
    """The real `get_email`, invoked across services."""

    store: Store
    faults: Faults

    def recipient(self, account_id: str, correlation_id: str) -> Recipient:
        if self.faults.away("service auth"):
            raise AddressUnavailable("injected")
        try:
            account = get_email(account_id, self.store)
        except UnknownAccount:
            raise AddressUnknown("the auth service knows no such account") from None
        except StoreError:
            raise AddressUnavailable("the auth service failed") from None
        return Recipient(account.email, account.name)


@dataclass
class SimulatedUserPool(FakeUserPool):
    """The unit tests' user pool, which passes the real one's suite; every call is an effect."""

    kernel: Kernel
    faults: Faults

    def __post_init__(self) -> None:
        super().__init__()

    @property
    def is_away(self) -> bool:
        return self.faults.away("user pool")

    def _count(self) -> None:
        self.kernel.effect("call the user pool")
        if self.faults.away("user pool") or self.faults.strikes("user_pool_call_lost"):
            raise IdentityProviderDown("injected")
