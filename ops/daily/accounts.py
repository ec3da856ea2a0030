"""`ates accounts list`, `invite` and `change`: what the dashboard of accounts does, for scripts."""

from typing import Annotated, Any, Literal
from uuid import uuid4

import typer
from rich.table import Table

from ops.console.errors import BadInput
from ops.console.options import AsJson, Stage
from ops.console.output import Output
from ops.stage import stage_api
from ops.stage.api_client import Api

Role = Literal["worker", "accountant", "manager", "admin"]
Status = Literal["active", "deactivated"]
PAGE = "200"
MAX_PAGES = 500

AsAdmin = Annotated[
    str,
    typer.Option("--as", metavar="ROLE_OR_EMAIL", help="The demo account to sign in as."),
]
Query = Annotated[
    str | None, typer.Option("--q", metavar="TEXT", help="A part of the name or of the e-mail address.")
]
OfRole = Annotated[Role | None, typer.Option("--role", help="Only accounts with this role.")]
OfStatus = Annotated[Status | None, typer.Option("--status", help="Only accounts with this status.")]
Email = Annotated[str, typer.Argument(metavar="EMAIL", help="The person's address.")]
Name = Annotated[str, typer.Option("--name", metavar="NAME", help="The person's name.")]
TheRole = Annotated[Role, typer.Option("--role", help="The person's role.")]
Account = Annotated[
    str, typer.Argument(metavar="ACCOUNT", help="Its account_id, or its whole e-mail address.")
]
NewName = Annotated[str | None, typer.Option("--name", metavar="NAME", help="The new name.")]
NewRole = Annotated[Role | None, typer.Option("--role", help="The new role.")]
NewStatus = Annotated[Status | None, typer.Option("--status", help="The new status.")]


def list_command(
    q: Query = None,
    role: OfRole = None,
    status: OfStatus = None,
    who: AsAdmin = "admin",
    as_json: AsJson = False,
    stage: Stage = None,
) -> None:
    """List accounts with their role, status and invitation."""
    wanted = {"q": q, "role": role, "status": status}
    with stage_api.opened("auth", who, stage) as api:
        found = listed(api, {name: value for name, value in wanted.items() if value is not None})
    Output(as_json).result({"accounts": found}, _table(found) if found else "no account is like that")


def invite_command(
    email: Email,
    name: Name,
    role: TheRole,
    who: AsAdmin = "admin",
    as_json: AsJson = False,
    stage: Stage = None,
) -> None:
    """Invite a person; the invitation is mailed to them."""
    body = {"email": email, "name": name, "role": role}
    with stage_api.opened("auth", who, stage) as api:
        made = stage_api.checked(api.post("/accounts", body, str(uuid4())))
    Output(as_json).result(made, f"{made['email']} is invited as {made['role']}: {made['account_id']}")


def change_command(
    account: Account,
    name: NewName = None,
    role: NewRole = None,
    status: NewStatus = None,
    who: AsAdmin = "admin",
    as_json: AsJson = False,
    stage: Stage = None,
) -> None:
    """Change an account's name, role or status."""
    change = {"name": name, "role": role, "status": status}
    body = {field: value for field, value in change.items() if value is not None}
    if not body:
        raise BadInput("give at least one of --name, --role and --status")
    with stage_api.opened("auth", who, stage) as api:
        changed = stage_api.checked(api.patch(f"/accounts/{id_of(api, account)}", body, str(uuid4())))
    said = ", ".join(str(changed[field]) for field in ("name", "email", "role", "status"))
    Output(as_json).result(changed, f"{changed['account_id']} is now {said}")


def listed(api: Api, query: dict[str, str]) -> list[dict[str, Any]]:
    """The accounts of all pages; raises ApiRefused."""
    found: list[dict[str, Any]] = []
    cursor: dict[str, str] = {}
    for _ in range(MAX_PAGES):
        page = stage_api.checked(api.get("/accounts", **query, limit=PAGE, **cursor))
        found += page["items"]
        if page["next_cursor"] is None:
            break
        cursor = {"cursor": page["next_cursor"]}
    return found


def id_of(api: Api, account: str) -> str:
    """The account_id of an e-mail address, which only auth knows; raises BadInput."""
    if "@" not in account:
        return account
    for each in listed(api, {"q": account}):
        if each["email"].lower() == account.lower():
            return str(each["account_id"])
    raise BadInput(f"no account has the address {account}")


def _table(found: list[dict[str, Any]]) -> Table:
    columns = ("name", "email", "role", "status", "invitation", "account_id")
    table = Table(*columns, box=None, pad_edge=False)
    for each in found:
        table.add_row(*(str(each[column]) for column in columns))
    return table
