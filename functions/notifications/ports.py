"""What the sender needs of the world: who lives where, and a way to post a mail."""

from typing import Protocol

from functions.notifications.domain import Recipient


class AddressBook(Protocol):
    def recipient(self, account_id: str, correlation_id: str) -> Recipient:
        """Raises AddressUnavailable or AddressUnknown."""
        ...


class Mailer(Protocol):
    def send(self, email: str, mail: bytes) -> str:
        """Post a mail (RFC 5322) and give the id it got; raises MailerUnavailable or MailRefused.

        Tries once: a second try after a lost answer could be a second mail.
        """
        ...
