"""Signing in like a browser, against a fake of Cognito's hosted login."""

import secrets
from urllib.parse import parse_qs, urlencode

import httpx
import pytest

from ops.console.errors import SignInRefused
from ops.stage.sign_in import Client, challenge_of, complaint_of, login_form, sign_in

CLIENT = Client(
    "http://pool/oauth2/authorize", "http://pool/oauth2/token", "client", "http://localhost:8080/callback"
)


class HostedLogin:
    """Serves the login page, stores codes with their challenges, redeems each code once."""

    def __init__(self, redirect_first: bool = False, state: str | None = None) -> None:
        self.codes: dict[str, str] = {}
        self.redirect_first = redirect_first
        self.state = state

    def __call__(self, request: httpx.Request) -> httpx.Response:
        form = {name: values[0] for name, values in parse_qs(request.content.decode()).items()}
        if request.url.path == "/oauth2/token":
            return self._token(form)
        if request.method == "POST":
            return self._login(form)
        if request.url.path == "/oauth2/authorize" and self.redirect_first:
            return httpx.Response(302, headers={"location": f"/login?{request.url.query.decode()}"})
        return self._page(dict(request.url.params))

    def _page(self, query: dict[str, str]) -> httpx.Response:
        if query["client_id"] != CLIENT.client_id:
            return httpx.Response(302, headers={"location": f"{CLIENT.redirect_uri}?error=invalid_request"})
        hidden = "".join(
            f'<input type="hidden" name="{name}" value="{value}">' for name, value in query.items()
        )
        search = '<form action="/search"><input name="q"></form>'
        inputs = '<input name="username"><input type="password" name="password">'
        return httpx.Response(
            200, html=f'{search}<form method="post" action="/login?x">{hidden}{inputs}</form>'
        )

    def _login(self, form: dict[str, str]) -> httpx.Response:
        if (form["username"], form["password"]) != ("worker1@ates.example", "Secret-1"):
            return httpx.Response(200, html='<div class="error">Incorrect <b>password</b>.</div><p>Help</p>')
        code = secrets.token_hex(4)
        self.codes[code] = form["code_challenge"]
        back = urlencode({"code": code, "state": self.state or form["state"]})
        return httpx.Response(302, headers={"location": f"{form['redirect_uri']}?{back}"})

    def _token(self, form: dict[str, str]) -> httpx.Response:
        if self.codes.pop(form["code"], None) != challenge_of(form["code_verifier"]):
            return httpx.Response(400, json={"error": "invalid_grant"})
        return httpx.Response(200, json={"access_token": "token", "expires_in": 900})


def http_of(login: HostedLogin) -> httpx.Client:
    return httpx.Client(transport=httpx.MockTransport(login))


@pytest.mark.parametrize("redirect_first", [False, True])
def test_the_right_password_gives_a_token(redirect_first: bool) -> None:
    http = http_of(HostedLogin(redirect_first))
    granted = sign_in(http, CLIENT, "worker1@ates.example", "Secret-1", lambda: 100.0)
    assert (granted.value, granted.expires_at) == ("token", 1000.0)
    assert "token" not in repr(granted)


def test_a_wrong_password_is_refused_with_the_pages_message() -> None:
    expected = r"^worker1@ates\.example could not sign in: Incorrect password\.$"
    with pytest.raises(SignInRefused, match=expected):
        sign_in(http_of(HostedLogin()), CLIENT, "worker1@ates.example", "wrong")


def test_an_answer_to_another_login_is_refused() -> None:
    with pytest.raises(SignInRefused, match="without a code"):
        sign_in(http_of(HostedLogin(state="another")), CLIENT, "worker1@ates.example", "Secret-1")


def test_a_refused_request_names_the_pools_error() -> None:
    stranger = Client(CLIENT.authorize_url, CLIENT.token_url, "stranger", CLIENT.redirect_uri)
    with pytest.raises(SignInRefused, match="error=invalid_request"):
        sign_in(http_of(HostedLogin()), stranger, "worker1@ates.example", "Secret-1")


def test_a_page_without_a_password_field_is_not_a_login_page() -> None:
    with pytest.raises(SignInRefused, match="not answer a login page"):
        login_form('<form action="/search"><input name="q"></form>')


def test_a_page_without_an_error_gives_no_reason() -> None:
    assert complaint_of("<p>Welcome</p>") == "no reason was given"


def test_the_challenge_matches_the_example_of_rfc_7636() -> None:
    verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
    assert challenge_of(verifier) == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
