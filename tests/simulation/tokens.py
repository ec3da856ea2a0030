"""Access tokens: each keeps its owner's role at the time of issue, for 15 minutes."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from tests.simulation.clock import SimulatedClock
from tests.simulation.outside import SimulatedUserPool

LIFETIME = timedelta(minutes=15)


@dataclass(frozen=True)
class Token:
    role: str
    expires_at: datetime


@dataclass
class Tokens:
    """`made` has the last tokens, by account_id."""

    pool: SimulatedUserPool
    clock: SimulatedClock
    made: dict[str, Token] = field(default_factory=dict)

    def allows(self, account_id: str, roles: Sequence[str]) -> bool:
        """Whether the account's token has one of the roles; without a token it signs in, if possible."""
        token = self._live(account_id) or self._sign_in(account_id)
        return token is not None and token.role in roles

    def holders(self, roles: Sequence[str]) -> tuple[list[str], list[str]]:
        """Accounts with an accepted token: those that still have such a role, and those that no longer do."""
        let_in = [account_id for account_id in self.pool.users if self.allows(account_id, roles)]
        present = [each for each in let_in if self._present_role(each) in roles]
        return present, [each for each in let_in if each not in present]

    def _live(self, account_id: str) -> Token | None:
        token = self.made.get(account_id)
        return token if token and token.expires_at > self.clock() else None

    def _sign_in(self, account_id: str) -> Token | None:
        role = self._present_role(account_id)
        if role is None or self.pool.is_away:
            return None
        self.pool.sign_in(account_id)
        self.made[account_id] = token = Token(role, self.clock() + LIFETIME)
        return token

    def _present_role(self, account_id: str) -> str | None:
        user = self.pool.users.get(account_id)
        if user is None or not user.enabled or len(user.groups) != 1:
            return None
        return next(iter(user.groups))
