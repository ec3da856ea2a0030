"""Which tests one worker runs together: those that share what is dear to make."""

from xdist.scheduler import LoadScopeScheduling

GROUPS = {
    "tests/system/failures/": "a MiniStack behind a proxy",
    "tests/system/": "a MiniStack",
    "tests/infra/test_rules.py": "templates",
    "tests/infra/test_stages.py": "templates",
    "tests/infra/test_use_cases.py": "templates",
}


class Grouped(LoadScopeScheduling):  # type: ignore[misc]
    """By path, since xdist's marks of groups are lost with pytest 9 (its node ids can't be written to)."""

    def _split_scope(self, nodeid: str) -> str:
        return next((group for path, group in GROUPS.items() if nodeid.startswith(path)), nodeid)
