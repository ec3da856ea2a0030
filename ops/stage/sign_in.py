"""Signs in as a browser does: hosted login page, authorization code, PKCE, token."""

import base64
import hashlib
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import parse_qs, urlencode, urljoin, urlsplit

import httpx

from ops.console.errors import SignInRefused

SCOPE = "openid"
MAX_REDIRECTS = 5


@dataclass(frozen=True, slots=True)
class Client:
    """The public client of the user pool, and an address that it may redirect to."""

    authorize_url: str
    token_url: str
    client_id: str
    redirect_uri: str


@dataclass(frozen=True, slots=True)
class Secrets:
    """Of one sign-in: the verifier of PKCE, and the state that its answer must carry."""

    verifier: str = field(repr=False)
    state: str = field(repr=False)

    @classmethod
    def new(cls) -> "Secrets":
        return cls(secrets.token_urlsafe(64), secrets.token_urlsafe(16))


@dataclass(frozen=True, slots=True)
class AccessToken:
    """A bearer token, until `expires_at` (Unix seconds)."""

    value: str = field(repr=False)
    expires_at: float


@dataclass(slots=True)
class LoginForm:
    """The fields of the hosted login page."""

    action: str
    fields: dict[str, str]


def sign_in(
    http: httpx.Client, client: Client, email: str, password: str, now: Callable[[], float] = time.time
) -> AccessToken:
    """Raises SignInRefused for a wrong password, a disabled account or an unexpected page."""
    made = Secrets.new()
    address, page = _open_login(http, client, made)
    form = login_form(page)
    answer = http.post(
        urljoin(address, form.action), data=form.fields | {"username": email, "password": password}
    )
    code = _code_from(answer, client, made.state, email)
    return exchange(http, client, code, made.verifier, now)


def authorize_address(client: Client, made: Secrets) -> str:
    """Where a browser begins to sign in."""
    query = {
        "response_type": "code",
        "client_id": client.client_id,
        "redirect_uri": client.redirect_uri,
        "scope": SCOPE,
        "state": made.state,
        "code_challenge": challenge_of(made.verifier),
        "code_challenge_method": "S256",
    }
    return f"{client.authorize_url}?{urlencode(query)}"


def challenge_of(verifier: str) -> str:
    """RFC 7636, method S256."""
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def login_form(page: str) -> LoginForm:
    """The form with the password, and its hidden fields."""
    parser = _Forms()
    parser.feed(page)
    for form in parser.forms:
        if "password" in form.fields:
            return form
    raise SignInRefused("the authorize URL did not answer a login page")


def complaint_of(page: str) -> str:
    """The error that the hosted page shows."""
    parser = _Complaint()
    parser.feed(page)
    return " ".join(parser.text.split()) or "no reason was given"


def _open_login(http: httpx.Client, client: Client, made: Secrets) -> tuple[str, str]:
    answer = http.get(authorize_address(client, made))
    for _ in range(MAX_REDIRECTS):
        if not answer.is_redirect:
            break
        address = urljoin(str(answer.url), answer.headers["location"])
        _refuse_early_return(address, client)
        answer = http.get(address)
    if answer.status_code != httpx.codes.OK:
        raise SignInRefused(f"the authorize URL answered {answer.status_code}: {answer.text[:200]}")
    return str(answer.url), answer.text


def _refuse_early_return(address: str, client: Client) -> None:
    """A redirect back before the login page means that the request was refused."""
    if address.startswith(client.redirect_uri):
        raise SignInRefused(f"the user pool refused the request: {urlsplit(address).query}")


def _code_from(answer: httpx.Response, client: Client, state: str, email: str) -> str:
    if not answer.is_redirect:
        raise SignInRefused(f"{email} could not sign in: {complaint_of(answer.text)}")
    location = answer.headers["location"]
    returned = parse_qs(urlsplit(location).query)
    if (
        not location.startswith(client.redirect_uri)
        or returned.get("state") != [state]
        or "code" not in returned
    ):
        raise SignInRefused(
            f"{email} could not sign in: redirected to {location.partition('?')[0]} without a code"
        )
    return returned["code"][0]


def exchange(
    http: httpx.Client, client: Client, code: str, verifier: str, now: Callable[[], float] = time.time
) -> AccessToken:
    """The token for a code; raises SignInRefused."""
    asked_at = now()
    answer = http.post(
        client.token_url,
        data={
            "grant_type": "authorization_code",
            "client_id": client.client_id,
            "redirect_uri": client.redirect_uri,
            "code": code,
            "code_verifier": verifier,
        },
    )
    if answer.status_code != httpx.codes.OK:
        raise SignInRefused(f"the token URL answered {answer.status_code}: {answer.text[:200]}")
    try:
        granted = answer.json()
        return AccessToken(granted["access_token"], asked_at + int(granted["expires_in"]))
    except (KeyError, TypeError, ValueError):
        raise SignInRefused("the token URL answered without an access token") from None


class _Forms(HTMLParser):
    """Every form of a page with the values of its inputs."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[LoginForm] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "form":
            self.forms.append(LoginForm(given.get("action") or "", {}))
        if tag == "input" and self.forms and (name := given.get("name")):
            self.forms[-1].fields[name] = given.get("value") or ""


class _Complaint(HTMLParser):
    """The text of the page's elements whose class says that they are an error."""

    def __init__(self) -> None:
        super().__init__()
        self.text = ""
        self._depth = 0

    def handle_starttag(self, _tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self._depth or "error" in (dict(attrs).get("class") or "").lower():
            self._depth += 1

    def handle_endtag(self, _tag: str) -> None:
        self._depth = max(0, self._depth - 1)

    def handle_data(self, data: str) -> None:
        if self._depth:
            self.text += data
