"""The sender's ports: an address book and a mailer."""

from typing import Protocol

from functions.notifications.domain import Recipient


class AddressBook(Protocol):
    def recipient(self, account_id: str, correlation_id: str) -> Recipient:
        """Raises AddressUnavailable or AddressUnknown."""
        ...


class Mailer(Protocol):
    def send(self, email: str, mail: bytes) -> str:
        """Send a mail (RFC 5322) and return its id; raises MailerUnavailable or MailRefused.

        Tries once: a retry after a lost answer could send a second mail.
        """
        ...
