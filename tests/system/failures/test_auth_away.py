"""Auth is down: no new tokens, existing ones keep working; an interrupted invite is completed."""

from collections import Counter
from collections.abc import Iterator

import httpx
import pytest

from ops.console.errors import SignInRefused
from ops.stage import local_session, sign_in
from ops.stage.sign_in import AccessToken, Client
from tests.system.failures.conftest import Begin
from tests.system.failures.effects import journaled
from tests.system.failures.installation import Installation
from tests.system.failures.newcomers import invite, new_address
from tests.system.failures.proxy import CUT, DONE_UNANSWERED, REFUSED, Rule, fault
from tests.system.product import Product, wait_for

pytestmark = pytest.mark.night

TASKS = 8
UNDER_WAY = 4
BROWSER = "a-browser"
FOLLOWED_SECONDS = 60


@pytest.fixture
def browser() -> Iterator[httpx.Client]:
    with httpx.Client(headers={"User-Agent": BROWSER}, timeout=10, trust_env=False) as http:
        yield http


def sign_in_through_proxy(failing: Installation, browser: httpx.Client) -> AccessToken:
    """Sign in as a worker through the proxy."""
    product = failing.product
    client, account = local_session.client_of(product.aws, product.local), product.local.account("worker")
    authorize, exchange = (
        url.replace(product.local.endpoint, failing.proxy.endpoint)
        for url in (client.authorize_url, client.token_url)
    )
    through = Client(authorize, exchange, client.client_id, client.redirect_uri)
    return sign_in.sign_in(browser, through, account.email, account.password)


def test_auth_is_away_at_sign_in(failing: Installation, scenario: Begin, browser: httpx.Client) -> None:
    holds = "no new tokens; existing ones keep working, all services answer; then signing in works again"
    injects = (
        "the user pool's pages are cut off or answer 500, every invocation of auth's functions is refused"
    )
    from_the_browser: Rule = {"service": "*", "headers": {"User-Agent": BROWSER}}
    with scenario("auth-away-at-sign-in", injects=injects, holds=holds) as run:
        load = run.load(TASKS)
        load.await_answers(UNDER_WAY)
        functions = failing.functions("auth")
        with failing.down(*functions):
            run.inject(len(functions))
            with failing.proxy.faults({**from_the_browser, **CUT}), pytest.raises(httpx.TransportError):
                sign_in_through_proxy(failing, browser)
            with failing.proxy.faults({**from_the_browser, **REFUSED}), pytest.raises(SignInRefused):
                sign_in_through_proxy(failing, browser)
            failing.product.get("worker", "accounting", "/me/balance")
            failing.product.get("admin", "analytics", "/summary")
            load.finish()
            assert load.lost_answers == 0
        fresh = sign_in_through_proxy(failing, browser)
        answer = browser.get(
            f"{failing.product.local.apis.auth}/me", headers={"Authorization": f"Bearer {fresh.value}"}
        )
        assert answer.status_code == httpx.codes.OK, answer.text


def visible(product: Product, email: str) -> list[str]:
    """The accounts with this address that an admin sees."""
    accounts = product.all_items("admin", "auth", "/accounts", limit=200)
    return [each["account_id"] for each in accounts if each["email"] == email]


def created(product: Product) -> "Counter[str]":
    """The number of Account.Created events per account."""
    events = journaled(product, "auth")
    return Counter(each["data"]["account_id"] for each in events if each["event_name"] == "Account.Created")


def invitations(product: Product, email: str) -> int:
    return sum(email in mail.to for mail in product.invitations())


def cognito(failing: Installation, function: str, operation: str, **effect: object) -> Rule:
    return fault(failing.name(function), service="cognito-idp", operation=operation, **effect)


def test_cognito_fails_between_user_and_account(failing: Installation, scenario: Begin) -> None:
    product, email = failing.product, new_address()
    holds = "503, and no account is shown or published; repeating the invite creates exactly one"
    injects = "Cognito creates the user, its answer is lost, and looking up the user fails"
    lost = cognito(failing, "auth/invite_account", "AdminCreateUser", times=1, **DONE_UNANSWERED)
    refused = cognito(failing, "auth/invite_account", "AdminGetUser", **REFUSED)
    with scenario("auth-down-at-invite", injects=injects, holds=holds) as run:
        run.load(TASKS)
        before = created(product)
        with failing.proxy.faults(lost, refused):
            assert invite(product, email, "manager").status_code == httpx.codes.SERVICE_UNAVAILABLE
        assert (visible(product, email), created(product)) == ([], before)
        answer = invite(product, email, "manager")
        assert answer.status_code == httpx.codes.CREATED, answer.text
        failing.settle()
        account_id = answer.json()["account_id"]
        assert visible(product, email) == [account_id]
        assert created(product) - before == Counter({account_id: 1})
        assert invitations(product, email) == 2, "one for each invite, the later one's password counts"
        assert invite(product, email, "manager").status_code == httpx.codes.CONFLICT


def test_cognito_fails_after_the_account_is_there(failing: Installation, scenario: Begin) -> None:
    product, email = failing.product, new_address()
    holds = "the invite answers 201, and the account's own event gives the user the role"
    injects = "Cognito refuses to add the user to the role's group"
    followers = ("auth/invite_account", "auth/sync_identity")
    others = ("auth/reconcile_identities",)
    refused = [cognito(failing, each, "AdminAddUserToGroup", **REFUSED) for each in followers + others]
    with scenario("auth-down-after-invite", injects=injects, holds=holds) as run:
        run.load(TASKS)
        with failing.proxy.faults(*refused):
            answer = invite(product, email, "manager")
            assert answer.status_code == httpx.codes.CREATED, answer.text
            failing.proxy.await_fired(1, *map(failing.name, followers))
            assert groups(product, email) == []
        wait_for(lambda: groups(product, email) == ["manager"], FOLLOWED_SECONDS, "the role does not follow")
        failing.settle()
        assert (len(visible(product, email)), invitations(product, email)) == (1, 1)


def groups(product: Product, email: str) -> list[str]:
    found = product.aws.cognito.admin_list_groups_for_user(
        UserPoolId=product.local.user_pool_id, Username=email
    )
    return [each["GroupName"] for each in found["Groups"]]
