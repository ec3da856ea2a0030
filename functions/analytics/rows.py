"""Analytics' rows and tables. Every key except that of `generations` begins with a generation."""

from shared.records import INBOX
from shared.tables import Row, Spread, Table

CURRENT = "current"
FIRST_GENERATION = 1
"""The current generation if no row names one."""


FIGURES = Spread("figures", 8)
"""Every batch of events adds to the rows of one shard, and so waits for others of that shard."""
SHARDS_TOGETHER = 8
"""The first shards' counts have one partition key for all of them, further ones a key each."""


class Generation(Row):
    """The generation that is read and written; the only name is `current`."""

    name: str
    generation: int


class DayTotal(Row):
    """One shard of a business day's sums, in cents; `generation_shard` is `<generation>#<shard>`.

    `accounts_in_minus` counts the accounts that carried over less than zero, among `accounts_closed`.
    """

    generation_shard: str
    business_day: str
    fees: int = 0
    rewards: int = 0
    fee_corrections: int = 0
    reward_corrections: int = 0
    payouts: int = 0
    entry_count: int = 0
    accounts_in_minus: int = 0
    accounts_closed: int = 0


class LatestEntry(Row):
    """The entry of an account with the highest number so far; the key is `<generation>#<account_id>`.

    A mark says whether an entry up to the number `marked_through` was counted, or any if that is absent.
    `counted` are the numbers of those counted after it, such as `8-57 59` (`functions.analytics.counting`).
    """

    generation_account: str
    entry_number: int
    balance_after: int
    marked_through: int | None = None
    counted: str | None = None


class MinusCount(Row):
    """One shard of the number of accounts whose latest entry has a negative balance after it.

    Only the sum of the shards is meaningful: one may be negative. `posted_at` is the latest of the entries
    counted in this shard. `generation` is `<generation>`, from the ninth shard on `<generation>#<shard>`.
    """

    generation: str
    shard: int
    accounts: int = 0
    posted_at: str | None = None


class TopTask(Row):
    """The task completed on a day with the highest completion reward."""

    generation: str
    day: str
    task_id: str
    reward: int
    completed_at: str
    title: str | None = None
    jira_id: str | None = None

    @property
    def rank(self) -> tuple[int, str, str]:
        """Lowest first: the highest reward; of equal ones the earliest completed, then by task_id."""
        return -self.reward, self.completed_at, self.task_id


TABLES = (
    Table("generations", Generation, "name"),
    Table("day_totals", DayTotal, "generation_shard", "business_day", spread=FIGURES),
    Table("accounts", LatestEntry, "generation_account"),
    Table("minus_counts", MinusCount, "generation", "shard", spread=FIGURES),
    Table("top_tasks", TopTask, "generation", "day"),
    INBOX,
)
