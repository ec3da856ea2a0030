"""An invite accepts what SES can mail."""

from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from functions.auth.addresses import EMAIL_PATTERN
from functions.auth.api import Email

ADDRESS: TypeAdapter[str] = TypeAdapter(Email)
LETTERS = "abcdefghijklmnopqrstuvwxyz"
ALNUM = LETTERS + LETTERS.upper() + "0123456789"
ATEXT = ALNUM + "!#$%&'*+/=?^_`{|}~-"
# Close to addresses: some are valid, and each kind of error occurs.
NEARLY = st.text(st.sampled_from('aZ09.@-_=?+ "()<>\\\u00e4\u0430\n\u202e'), max_size=24)
PARTS = st.builds("{}@{}.example".format, NEARLY, NEARLY)


def is_accepted(address: str) -> bool:
    try:
        ADDRESS.validate_python(address)
    except ValidationError:
        return False
    return True


def is_mailable(address: str) -> bool:
    """The same rule without a regex."""
    local, at, domain = address.strip().partition("@")
    labels = domain.split(".")
    return (
        bool(at)
        and "=?" not in address
        and len(local) <= 64
        and all(atom and set(atom) <= set(ATEXT) for atom in local.split("."))
        and len(labels) > 1
        and all(0 < len(each) <= 63 and set(each) <= {*ALNUM, "-"} for each in labels)
        and not any(each.startswith("-") or each.endswith("-") for each in labels)
        and labels[-1][0] in LETTERS + LETTERS.upper()
        and len(address.strip()) <= 128
    )


@given(st.one_of(st.emails(), PARTS, NEARLY, st.text(max_size=20)))
def test_an_address_is_accepted_exactly_if_it_is_mailable(address: str) -> None:
    assert is_accepted(address) == is_mailable(address)


@given(st.one_of(st.emails(), PARTS).filter(is_accepted))
def test_an_accepted_address_is_unchanged_in_the_mail_header(address: str) -> None:
    """Only its case changes, to lower case."""
    kept = ADDRESS.validate_python(address)
    assert kept == address.strip().lower()
    assert ADDRESS.validate_python(kept.upper()) == kept
    mail = EmailMessage(policy=SMTP)
    mail["To"] = Address(addr_spec=kept)
    assert f"To: {kept}\r\n" in mail.as_bytes().decode("ascii").replace("\r\n ", " ")


@pytest.mark.parametrize(
    "address",
    [
        "a..b@x.yz",
        "ab.@x.yz",
        ".ab@x.yz",
        "=?utf-8?q?ada?=@x.yz",
        "ada@-x.yz",
        "ada@x-.yz",
        "ada@x..yz",
        "ada@x.yz.",
        "ada@x",
        "ada@192.0.2.1",
        "ada@[192.0.2.1]",
        '"ada l"@x.yz',
        "ada@b\u00fccher.example",
        "ad\u00e4@x.yz",
        f"{'a' * 65}@x.yz",
        f"ada@{'a' * 64}.yz",
        f"a@{'a.' * 70}yz",
        "ada@x.yz, eve@x.yz",
    ],
)
def test_an_unmailable_address_is_refused_with_an_error_type(address: str) -> None:
    with pytest.raises(ValidationError) as raised:
        ADDRESS.validate_python(address)
    (error,) = raised.value.errors()
    assert error["type"] in ("email", "string_too_long")


@pytest.mark.parametrize(
    "address", ["ada+tasks@x.yz", "a.b.c@x-y.z1.example", "o'neil@x.yz", "ada@xn--bcher-kva.example"]
)
def test_a_mailable_address_is_accepted(address: str) -> None:
    assert is_accepted(address)


def test_the_json_schema_has_the_address_pattern() -> None:
    assert ADDRESS.json_schema()["pattern"] == EMAIL_PATTERN
