"""The demo accounts: one for each role, and five workers."""

import secrets
import string
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from events.auth import Role
from ops.stage.aws import Aws
from ops.stage.lambdas import invoke
from ops.stage.local_json import DemoAccount

PASSWORD_LENGTH = 20
# Character classes that a user pool may require; none needs quoting in a shell or in JSON.
PASSWORD_KINDS = (string.ascii_lowercase, string.ascii_uppercase, string.digits, "-_.+=")
THREADS = 4


@dataclass(frozen=True, slots=True)
class DemoPerson:
    role: Role
    email: str
    name: str


DEMO_ACCOUNTS = (
    DemoPerson("admin", "admin@ates.example", "Ada Lindqvist"),
    DemoPerson("manager", "manager@ates.example", "Boris Petrov"),
    DemoPerson("accountant", "accountant@ates.example", "Clara Nowak"),
    DemoPerson("worker", "worker1@ates.example", "Daria Sokolova"),
    DemoPerson("worker", "worker2@ates.example", "Emil Larsen"),
    DemoPerson("worker", "worker3@ates.example", "Farid Aliyev"),
    DemoPerson("worker", "worker4@ates.example", "Greta Fischer"),
    DemoPerson("worker", "worker5@ates.example", "Hugo Moreau"),
)


def new_password() -> str:
    """Random, with a character of each class."""
    alphabet = "".join(PASSWORD_KINDS)
    while True:
        password = "".join(secrets.choice(alphabet) for _ in range(PASSWORD_LENGTH))
        if all(set(kind) & set(password) for kind in PASSWORD_KINDS) and password[0] in string.ascii_letters:
            return password


def create(aws: Aws, user_pool_id: str, password: str) -> tuple[DemoAccount, ...]:
    """Creates missing accounts, and gives all of them this password; safe to repeat."""
    first, *others = DEMO_ACCOUNTS
    created = [_create(aws, user_pool_id, first, password)]
    with ThreadPoolExecutor(THREADS) as pool:
        created += pool.map(lambda demo: _create(aws, user_pool_id, demo, password), others)
    return tuple(created)


def complete(accounts: Iterable[DemoAccount]) -> bool:
    """Whether all demo accounts are among these."""
    return {demo.email for demo in DEMO_ACCOUNTS} <= {account.email for account in accounts}


def others(accounts: Iterable[DemoAccount]) -> tuple[DemoAccount, ...]:
    """Accounts that are not demo accounts; `ates demo` adds some."""
    own = {demo.email for demo in DEMO_ACCOUNTS}
    return tuple(account for account in accounts if account.email not in own)


def set_password(aws: Aws, user_pool_id: str, account_id: str, password: str) -> None:
    """A permanent password, which need not be changed at the first sign-in."""
    aws.cognito.admin_set_user_password(
        UserPoolId=user_pool_id, Username=account_id, Password=password, Permanent=True
    )


def _create(aws: Aws, user_pool_id: str, demo: DemoPerson, password: str) -> DemoAccount:
    wanted = {"email": demo.email, "name": demo.name, "role": demo.role}
    account_id = str(invoke(aws, "auth", "bootstrap_account", wanted)["account_id"])
    set_password(aws, user_pool_id, account_id, password)
    return DemoAccount(role=demo.role, email=demo.email, password=password, account_id=account_id)
