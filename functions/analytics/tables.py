"""The analytics tables. Every key begins with a generation, but for the pointer to the current one."""

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.models import Model

from functions.analytics.domain import DayTotal, Generation, LatestEntry, MinusCount, TopTask
from shared.tables import INBOX, Binding


class GenerationTable(Model):
    class Meta:
        table_name = "generations"

    name = UnicodeAttribute(hash_key=True)
    generation = NumberAttribute()


class DayTotalTable(Model):
    class Meta:
        table_name = "day_totals"

    generation_shard = UnicodeAttribute(hash_key=True)
    business_day = UnicodeAttribute(range_key=True)
    fees = NumberAttribute(null=True)
    rewards = NumberAttribute(null=True)
    fee_corrections = NumberAttribute(null=True)
    reward_corrections = NumberAttribute(null=True)
    payouts = NumberAttribute(null=True)
    entry_count = NumberAttribute(null=True)
    accounts_in_minus = NumberAttribute(null=True)
    accounts_closed = NumberAttribute(null=True)


class AccountTable(Model):
    class Meta:
        table_name = "accounts"

    generation_account = UnicodeAttribute(hash_key=True)
    entry_number = NumberAttribute()
    balance_after = NumberAttribute()


class MinusCountTable(Model):
    class Meta:
        table_name = "minus_counts"

    generation = UnicodeAttribute(hash_key=True)
    shard = NumberAttribute(range_key=True)
    accounts = NumberAttribute(null=True)
    posted_at = UnicodeAttribute(null=True)


class TopTaskTable(Model):
    class Meta:
        table_name = "top_tasks"

    generation = UnicodeAttribute(hash_key=True)
    day = UnicodeAttribute(range_key=True)
    task_id = UnicodeAttribute()
    reward = NumberAttribute()
    completed_at = UnicodeAttribute()
    title = UnicodeAttribute(null=True)
    jira_id = UnicodeAttribute(null=True)


TABLES: tuple[Binding, ...] = (
    Binding(Generation, GenerationTable),
    Binding(DayTotal, DayTotalTable),
    Binding(LatestEntry, AccountTable),
    Binding(MinusCount, MinusCountTable),
    Binding(TopTask, TopTaskTable),
    INBOX,
)
