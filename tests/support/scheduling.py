"""Tests that share something expensive run in one worker, and start first."""

from xdist.scheduler import LoadScopeScheduling
from xdist.workermanage import WorkerController

GROUPS = {
    "tests/system/test_stories.py": "a MiniStack with dashboards",
    "tests/system/failures/": "a MiniStack behind a proxy",
    "tests/system/": "a MiniStack",
    "tests/infra/": "templates",
}
"""Started first: what they need is prepared while the other tests run."""


class Grouped(LoadScopeScheduling):  # type: ignore[misc]
    """By path, because xdist's group marks are lost with pytest 9 (its node ids are read-only)."""

    def _split_scope(self, nodeid: str) -> str:
        return next((group for path, group in GROUPS.items() if nodeid.startswith(path)), nodeid)

    def _assign_work_unit(self, node: WorkerController) -> None:
        for group in reversed(GROUPS.values()):
            if group in self.workqueue:
                self.workqueue.move_to_end(group, last=False)
        super()._assign_work_unit(node)
