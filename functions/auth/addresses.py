"""The e-mail addresses that an account can have: those to which SES can send."""

import re

from pydantic_core import PydanticCustomError

# Cognito's limit; it includes the domain, which could have 253.
MAX_EMAIL_LENGTH = 128

_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_TOP_LABEL = r"[A-Za-z]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"

# RFC 5322's dot-atom of at most 64 characters that can't be read as an encoded word (RFC 2047), and a domain
# of two labels or more, in ASCII. The same expression works in JSON Schema.
EMAIL_PATTERN = rf"^(?!.*=\?)(?=[^@]{{1,64}}@){_ATOM}(\.{_ATOM})*@({_LABEL}\.)+{_TOP_LABEL}$"


def mailable(address: str) -> str:
    """Raises PydanticCustomError for an address to which SES can't send."""
    if not re.fullmatch(EMAIL_PATTERN, address):
        raise PydanticCustomError(
            "email",
            "must be an e-mail address such as ada@example.com, without quotes or comments; "
            "an international domain in its ASCII form (xn--…)",
        )
    return address
