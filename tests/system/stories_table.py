"""Write the table in docs/stories.md from the reports of a whole run of the stories."""

from collections.abc import Sequence

from infra.package import ROOT
from tests.system.failures.table import machine, with_table
from tests.system.stories import REPORTS, Story, reported, summary

PAGE = ROOT / "docs" / "stories.md"
HEAD = "\n\n| story | seconds | axe checks |\n|---|---:|---:|\n"


def devices_with_reports() -> list[str]:
    """The devices on which all stories were run."""
    return sorted(path.stem for path in REPORTS.glob("*.json") if path.stem != "roles")


def main() -> None:
    devices = devices_with_reports()
    where = f"{machine()} ({', '.join(devices)})"
    PAGE.write_text(with_table(PAGE.read_text(), table(reported(*devices), where)))
    print(f"the stories are in {PAGE.name}")


def table(stories: Sequence[Story], where: str) -> str:
    """One line per story, with the seconds of the slowest device."""
    by_title: dict[tuple[str, str], list[Story]] = {}
    for story in stories:
        by_title.setdefault((story.file, story.title), []).append(story)
    rows = "".join(row(*name, devices) for name, devices in sorted(by_title.items()))
    return f"{summary(stories)}; on {where}.{HEAD}{rows}"


def row(file: str, title: str, devices: Sequence[Story]) -> str:
    seconds = max(story.seconds for story in devices)
    checks = sum(len(story.checks) for story in devices)
    return f"| {title} (`{file}`) | {seconds:.0f} | {checks} |\n"


if __name__ == "__main__":
    main()
