"""Dangerous commands: the caller is active and has the right role when the command takes effect."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from tests.simulation.auditor.accounts import AccountRules
from tests.simulation.auditor.seen import Commit, Row, Watch
from tests.simulation.kernel import Process


@dataclass
class AuthorityRules:
    """`callers` has account and allowed roles, by the process that runs the dangerous command."""

    watch: Watch
    accounts: AccountRules
    callers: dict[Process, tuple[str, Sequence[str]]] = field(default_factory=dict)

    def calls(self, account_id: str, roles: Sequence[str]) -> None:
        """The running process acts for this account, which needs one of these roles."""
        if self.watch.kernel.current is not None:
            self.callers[self.watch.kernel.current] = (account_id, roles)

    def committed(self, commit: Commit) -> None:
        """Call this before the commit updates the known accounts."""
        process = self.watch.kernel.current
        if process is None or process not in self.callers or not commit.events:
            return
        account_id, roles = self.callers[process]
        row = self._row(commit.service, account_id)
        allowed = row.get("status") == "active" and row.get("role") in roles
        self.watch.expect(allowed, f"{process.name} is done for {account_id}, who is {row or 'unknown'}")

    def _row(self, service: str, account_id: str) -> Row:
        """The account's row in auth; its replica elsewhere."""
        if service == "auth":
            return self.accounts.states.get(account_id, {})
        rows = self.watch.items(service, "accounts")
        return next((row for row in rows if row["account_id"] == account_id), {})
