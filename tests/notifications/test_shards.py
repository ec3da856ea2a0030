"""The number of shards of waiting reports changes while reports come and are mailed."""

from functions.notifications.rows import REPORTS, Report
from tests.notifications.fakes import World, closed, entry
from tests.support.resharding import deployments


def test_every_report_is_mailed_once_during_every_deployment() -> None:
    world = World()
    people: list[str] = []
    for writers, readers in deployments(REPORTS):
        world.store.sharding = writers
        new = [f"popug-{len(people) + number}" for number in range(6)]
        world.hear(*(each for one in new for each in (entry(account_id=one), closed(account_id=one))))
        people += new
        world.store.sharding = readers
        assert world.tick() == len(new)
        world.work()
        assert world.tick() == 0
    assert sorted(email for email, _ in world.mailer.sent) == sorted(f"{one}@ates.example" for one in people)
    assert {report.state for report in world.store.rows(Report)} == {"sent"}
