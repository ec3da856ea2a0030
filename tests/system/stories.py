"""Run the stories of `web/stories` in a browser on a deployed product, and read their results."""

import json
import os
import subprocess
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infra.package import ROOT
from ops.local.deploy import tool_path

DEVICES = ("desktop-en", "desktop-ru", "phone-en", "phone-ru")
REPORTS = ROOT / "build" / "stories-told"
TIMEOUT_SECONDS = 580


@dataclass(frozen=True)
class Story:
    """One story on one device; `checks` are its accessibility checks, as `scheme path`."""

    file: str
    device: str
    title: str
    seconds: float
    checks: tuple[str, ...]
    wrong: str


def run_stories(name: str, home: Path, browser: str, projects: str) -> list[Story]:
    """Run Playwright once, for the projects of web/playwright.config.ts with these names.

    Its report stays in build/stories-told/<name>.json.
    """
    report = REPORTS / f"{name}.json"
    report.unlink(missing_ok=True)
    environment = {key: value for key, value in os.environ.items() if not key.startswith("AWS_")}
    environment |= {
        "FORCE_COLOR": "0",
        "PATH": tool_path(os.environ),
        "ATES_HOME": str(home),
        "ATES_BROWSER": browser,
        "PLAYWRIGHT_JSON_OUTPUT_FILE": str(report),
    }
    done = subprocess.run(
        [
            "npm",
            "run",
            "--silent",
            "--workspace",
            "web",
            "stories",
            "--",
            "--reporter=json",
            f"--project={projects}",
        ],
        cwd=ROOT,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=TIMEOUT_SECONDS,
    )
    assert report.exists(), f"no story was run: {done.stdout}\n{done.stderr}"
    return reported(name)


def reported(*names: str) -> list[Story]:
    """The stories in the reports of the last runs with these names."""
    return [story for name in names for story in _read(REPORTS / f"{name}.json")]


def of(stories: Iterable[Story], file: str) -> list[Story]:
    return [story for story in stories if story.file == file]


def wrong(stories: Iterable[Story]) -> str:
    """Every failed story, with the reason; empty if all passed."""
    return "\n".join(
        f"{each.file} on {each.device}, {each.title}: {each.wrong}" for each in stories if each.wrong
    )


def summary(stories: Sequence[Story]) -> str:
    """How many accessibility checks were made, by colour scheme."""
    checks = [check.split(" ", 1) for story in stories for check in story.checks]
    schemes = Counter(scheme for scheme, _ in checks)
    by_scheme = [f"{count} {scheme}" for scheme, count in sorted(schemes.items())]
    addresses = len({path for _, path in checks})
    made = ", ".join([*by_scheme, f"addresses: {addresses}"])
    return f"{len(stories)} stories; axe: {len(checks)} checks without a violation ({made})"


def _read(report: Path) -> Iterator[Story]:
    found = json.loads(report.read_text(encoding="utf-8"))
    assert not found["errors"], found["errors"]
    return _stories(found["suites"])


def _stories(suites: Iterable[dict[str, Any]]) -> Iterator[Story]:
    for suite in suites:
        yield from _stories(suite.get("suites", ()))
        for spec in suite.get("specs", ()):
            yield from (_story(spec, test) for test in spec["tests"])


def _story(spec: dict[str, Any], test: dict[str, Any]) -> Story:
    last = test["results"][-1]
    errors = "\n".join(error["message"] for error in last["errors"])
    notes = last.get("annotations") or test["annotations"]
    return Story(
        file=spec["file"],
        device=test["projectName"],
        title=spec["title"],
        seconds=last["duration"] / 1000,
        checks=tuple(note["description"] for note in notes if note["type"] == "axe"),
        wrong="" if last["status"] == "passed" else errors or last["status"],
    )
