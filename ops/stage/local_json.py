"""`.ates/local.json`: what developers, tests and dashboards need to know of the local AWS."""

import os
import secrets
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from events.auth import Role
from ops.console.errors import BadInput, NotUp
from ops.stage.installation_files import of_another_user


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Apis(_Frozen):
    """Base URL of each service, without a trailing slash."""

    auth: str
    tracking: str
    accounting: str
    analytics: str


class OAuth(_Frozen):
    authorize_url: str
    token_url: str


class DemoAccount(_Frozen):
    role: Role
    email: str
    password: str = Field(repr=False)
    account_id: str


class LocalAws(_Frozen):
    endpoint: str
    region: str
    apis: Apis
    user_pool_id: str
    client_id: str
    oauth: OAuth
    web: str
    accounts: tuple[DemoAccount, ...]

    def account(self, role_or_email: str) -> DemoAccount:
        """The account with this e-mail, or the first with this role."""
        for account in self.accounts:
            if role_or_email.lower() in (account.role, account.email.lower()):
                return account
        known = ", ".join(account.email for account in self.accounts)
        raise BadInput(f"no demo account is called {role_or_email!r}; use a role or one of {known}")


def load(path: Path) -> LocalAws:
    found = load_if_there(path)
    if found is None:
        raise NotUp("the local AWS is not set up; run `make up`")
    return found


def load_if_there(path: Path) -> LocalAws | None:
    """None if it is missing or was written by an older version; `up` writes it again."""
    try:
        return LocalAws.model_validate_json(path.read_bytes())
    except PermissionError:
        raise of_another_user(path.parent) from None
    except (FileNotFoundError, ValidationError):
        return None


def save(path: Path, local: LocalAws) -> None:
    """Atomic; readable by its owner only, from the start."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(local.model_dump_json(indent=2) + "\n")
            file.flush()
            os.fsync(file.fileno())
        os.replace(draft, path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
