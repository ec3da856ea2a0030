"""Accounts: versions without gaps, always an active admin, replicas and the user pool up to date."""

from collections.abc import Set
from dataclasses import dataclass, field
from typing import Any

from tests.simulation.auditor.rules import ELIGIBLE_ROLES
from tests.simulation.auditor.seen import Commit, Row, Watch

STATE = ("name", "role", "status", "version")
LOSSES = {"RosterSlot", "RosterHead"}


@dataclass
class AccountRules:
    """`states` has each account's last published state; `left` when it was last eligible."""

    watch: Watch
    states: dict[str, Row] = field(default_factory=dict)
    replicas: dict[tuple[str, str], int] = field(default_factory=dict)
    roster: set[str] = field(default_factory=set)
    left: dict[str, int] = field(default_factory=dict)
    last_empty: int = 0
    admins_seen: bool = False

    def committed(self, commit: Commit) -> None:
        if commit.service == "auth":
            self._check_events(commit)
        if commit.service in ("tracking", "accounting"):
            self._check_replicas(commit)
        if commit.service == "tracking" and (LOSSES & set(commit.rows) or _removes_a_slot(commit)):
            self._check_roster()

    def was_eligible(self, account_id: str, since: int) -> bool:
        """Whether an account was in the roster at some time since then."""
        return account_id in self.roster or self.left.get(account_id, -1) >= since

    def nobody_was_eligible(self, since: int) -> bool:
        """Also true if a table of tracking was lost, so that nobody could be drawn."""
        return "tracking" in self.watch.damaged or not self.roster or self.last_empty >= since

    def lost(self, service: str) -> None:
        """Until the restore, replica and roster may start again or be empty."""
        self.replicas = {key: version for key, version in self.replicas.items() if key[0] != service}
        if service == "tracking":
            self.last_empty = self.watch.order

    def restored(self, service: str) -> None:
        """Replica and roster may be older than before the loss."""
        self.lost(service)
        if service == "tracking":
            self._check_roster()

    def _check_events(self, commit: Commit) -> None:
        for event in commit.events:
            data, before = event["data"], self.states.get(event["data"]["account_id"])
            version = before["version"] + 1 if before else 1
            self.watch.expect(data["version"] == version, f"{data} follows version {version - 1}")
            self.states[data["account_id"]] = data
        rows = {row["account_id"]: row for row in commit.rows.get("Account", ())}
        for account_id, row in rows.items():
            said = self.states.get(account_id, {})
            self.watch.expect(
                all(row[name] == said.get(name) for name in STATE), f"account {row} is published as {said}"
            )
        admins = sum(_is(state, "admin") for state in self.states.values())
        self.admins_seen = self.admins_seen or admins > 0
        self.watch.expect(admins > 0 or not self.admins_seen, "no active admin is left")

    def _check_replicas(self, commit: Commit) -> None:
        for row in commit.rows.get("Account", ()):
            key = (commit.service, row["account_id"])
            self.watch.expect(
                row["version"] >= self.replicas.get(key, 0), f"{key} goes back to version {row['version']}"
            )
            self.replicas[key] = row["version"]

    def _check_roster(self) -> None:
        slots = {row["slot"]: row for row in self.watch.items("tracking", "roster")}
        size = slots.pop(0, {}).get("size", 0)
        seated = [row.get("account_id", "") for row in slots.values()]
        if "tracking" not in self.watch.damaged:
            self.watch.expect(
                set(slots) == set(range(1, size + 1)), f"the roster of {size} has the slots {sorted(slots)}"
            )
            self.watch.expect(len(seated) == len(set(seated)), f"an account has two slots: {seated}")
        for account_id in self.roster - set(seated):
            self.left[account_id] = self.watch.order
        if self.roster and not seated:
            self.last_empty = self.watch.order
        if not self.roster and seated:
            self.last_empty = self.watch.order
        self.roster = set(seated)

    def check_at_end(self, users: dict[str, Any], deleted: Set[str]) -> None:
        """At the end replicas, roster and user pool agree with auth, except for deleted users."""
        rows = {row["account_id"]: row for row in self.watch.items("auth", "accounts")}
        published = {account_id: _state(state) for account_id, state in self.states.items()}
        kept = {account_id: _state(row) for account_id, row in rows.items()}
        self.watch.expect(kept == published, lambda: f"auth keeps {kept} and published {published}")
        for service in ("tracking", "accounting"):
            replica = {row["account_id"]: _state(row) for row in self.watch.items(service, "accounts")}
            self.watch.expect(replica == published, lambda: f"{service} knows {replica}, auth {published}")  # noqa: B023
        eligible = {
            account_id
            for account_id, state in self.states.items()
            if any(_is(state, role) for role in ELIGIBLE_ROLES)
        }
        self.watch.expect(self.roster == eligible, f"the roster is {self.roster}, eligible are {eligible}")
        for row in rows.values():
            self._pool_agrees(row, users, row["account_id"] in deleted)

    def _pool_agrees(self, row: Row, users: dict[str, Any], is_deleted: bool) -> None:
        """The user matches the account's row.

        An address that a restore could not know is taken from the pool. Two users who swapped addresses
        can't be corrected: their rows are marked as differing, but only the address may differ.
        """
        user = users.get(row["account_id"])
        if user is None:
            is_expected = is_deleted and row["identity"] == "missing"
            self.watch.expect(is_expected, f"{row} has no user")
            return
        is_occupied = any(other.email == row["email"] and other is not user for other in users.values())
        email = user.email if is_occupied or not row["email"] else row["email"]
        found = "differs" if is_occupied else "matches"
        wanted = (email, True, row["name"], {row["role"]}, row["status"] == "active", found)
        is_verified = user.email_verified or is_occupied or not row["email"]
        got = (user.email, is_verified, user.name, user.groups, user.enabled)
        self.watch.expect((*got, row["identity"]) == wanted, f"the user pool has {got}, auth {wanted}")
        is_waiting = "invited_at" in row
        self.watch.expect(
            is_waiting != user.has_own_password,
            f"whether {row['account_id']} has signed in: {not is_waiting}",
        )


def _is(state: Row, role: str) -> bool:
    return bool(state["role"] == role and state["status"] == "active")


def _state(row: Row) -> tuple[Any, ...]:
    return tuple(row[name] for name in STATE)


def _removes_a_slot(commit: Commit) -> bool:
    return any(getattr(getattr(action, "kind", None), "__name__", "") in LOSSES for action in commit.actions)
