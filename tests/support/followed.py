"""A copy of the project that gets a use case and a new version of an event by docs/development.md.

`EDITED` has an edit for each file that the page names, `NOT_NEEDED` why this use case skips the others.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from infra.package import ROOT

SERVICE, NAME, PATH = "tracking", "get_task_age", "/tasks/{task_id}/age"
HEADING = "## A new use case\n"
NOT_COPIED = (
    ".git",
    ".venv*",
    "node_modules",
    "build",
    ".ates*",
    "cdk.out",
    "__pycache__",
    ".*_cache",
    ".hypothesis",
)

HANDLER = """from functions.tracking.api import EVERYONE, PROBLEMS, GetTaskAgeAnswer, task_id_in
from functions.tracking.domain import TaskNotFound
from functions.tracking.rows import TABLES, Task
from shared.clock import parse_rfc3339
from shared.http import Request, endpoint
from shared.spec import GET, Http, UseCase
from shared.wiring import store

SPEC = UseCase(
    service="tracking",
    name="get_task_age",
    summary="Get task age",
    trigger=Http("GET", "/tasks/{task_id}/age", roles=EVERYONE, answer=GetTaskAgeAnswer),
    access={"tasks": (GET,)},
)


def run(request: Request) -> GetTaskAgeAnswer:
    tables = store(TABLES)
    task = tables.get(Task, task_id=task_id_in(request.path))
    if task is None:
        raise TaskNotFound("there is no such task")
    age = request.context.now() - parse_rfc3339(task.created_at)
    return GetTaskAgeAnswer(task_id=task.task_id, age_seconds=max(0, int(age.total_seconds())))


handler = endpoint(SPEC, run, PROBLEMS)
"""

TEST = '''"""Get task age."""

import pytest

from functions.tracking.get_task_age import handler as age
from tests.tracking.requests import call, use
from tests.tracking.world import World, company

NOBODY = "01900000-0000-7000-8000-000000000000"


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    world = World(company("ann"))
    use(monkeypatch, age, world.store)
    return world


def test_get_task_age(world: World) -> None:
    task = world.create()
    status, answer = call(age, path={"task_id": task.task_id})
    assert (status, answer["task_id"]) == (200, task.task_id)
    assert answer["age_seconds"] >= 0


@pytest.mark.parametrize("task_id", [NOBODY, "x"])
def test_an_unknown_task_has_none(world: World, task_id: str) -> None:
    assert call(age, path={"task_id": task_id})[0] == 404
'''

ANSWER = """class GetTaskAgeAnswer(AnswerModel):
    task_id: str
    age_seconds: int


"""

ROW = (
    "| tracking 5 | Everyone sees how old a task is | tracking/get_task_age |"
    " `tests/tracking/test_get_task_age.py::test_get_task_age` |\n"
)

Edit = Callable[[str], str]


def _whole(text: str) -> Edit:
    return lambda _before: text


def _before(anchor: str, text: str) -> Edit:
    def edit(page: str) -> str:
        assert anchor in page, anchor
        return page.replace(anchor, text + anchor, 1)

    return edit


EDITED: dict[str, Edit] = {
    "functions/<service>/<verb_phrase>/handler.py": _whole(HANDLER),
    "functions/<service>/api.py": _before("class HistoryItemAnswer(", ANSWER),
    "tests/<service>/test_<verb_phrase>.py": _whole(TEST),
    "tests/system/test_callers.py": _before(
        '    ("tracking", "GET", "/tasks/{task_id}/history")', f'    ("tracking", "GET", "{PATH}"): ANY,\n'
    ),
    "docs/requirements.md": _before("| tracking 6 |", ROW),
    "pyproject.toml": _before('    "made_by",', '    "age_seconds",\n'),
}
NOT_NEEDED = {
    "functions/<service>/<verb_phrase>/__init__.py": "empty, as it was laid",
    "functions/<service>/<verb_phrase>/use_case.py": "nothing is decided",
    "functions/<service>/domain.py": "no new exception",
    "tests/simulation/people.py": "no command",
    "tests/contracts/test_authority.py": "no command",
    "ops/local/in_process.py": "no events, queue or schedule",
    "tests/infra/test_rules.py": "no events",
    "tests/simulation/defects.py": "no rule about money or delivery",
}
EVENT = "Task.Completed"
OLDER_VERSION = '''@published
class TaskCompletedV1(TaskEvent):
    """The first version: it doesn't say by what it was completed."""

    event_name: ClassVar[str] = "Task.Completed"
    event_version: ClassVar[int] = 1

    assignee_id: Identifier

    def upcast(self) -> TaskCompleted:
        return TaskCompleted(**self.model_dump())


@published
class TaskCancelled('''
NEWER_VERSION = """    event_version: ClassVar[int] = 2

    assignee_id: Identifier
    means: Annotated[str, Field(max_length=20)] = "unknown"


"""
WRITER = "        assignee_id=after.assignee_id,\n"
FILE = re.compile(r"`([\w/<>]+/[\w<>]+\.(?:py|md)|pyproject\.toml)`")


def named_files() -> set[str]:
    """The files that the page tells to write, without those it names by folder."""
    page = (ROOT / "docs" / "development.md").read_text(encoding="utf-8")
    section = page.partition(HEADING)[2].partition("\n## ")[0]
    return set(FILE.findall(section))


@dataclass(frozen=True, slots=True)
class Copy:
    folder: Path

    def run(self, *command: str, timeout_seconds: int = 500) -> str:
        """What it printed; fails with that if its exit code isn't 0."""
        programs = Path(sys.executable).parent
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "AWS_"))},
            "PATH": os.pathsep.join([str(programs), os.environ["PATH"]]),
        }
        done = subprocess.run(
            command,
            cwd=self.folder,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=timeout_seconds,
        )
        assert done.returncode == 0, f"{' '.join(command)}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def python(self, *arguments: str) -> str:
        return self.run(sys.executable, *arguments)

    def test(self, *files: str) -> str:
        """Runs tests of the copy."""
        return self.python("-m", "pytest", "-q", "-n", "0", "-p", "no:cacheprovider", *files)


def copy_of_the_project(folder: Path) -> Copy:
    shutil.copytree(ROOT, folder, ignore=shutil.ignore_patterns(*NOT_COPIED))
    if (ROOT / "node_modules").exists():
        (folder / "node_modules").symlink_to(ROOT / "node_modules")
    return Copy(folder)


def with_the_use_case(copy: Copy) -> list[str]:
    """Does what the page says, up to the generated files; returns what `ates` said is still by hand."""
    said = copy.python("-m", "ops", "new", "use-case", SERVICE, NAME, "--route", f"GET {PATH}")
    for name, edit in EDITED.items():
        path = copy.folder / name.replace("<service>", SERVICE).replace("<verb_phrase>", NAME)
        path.write_text(edit(path.read_text(encoding="utf-8")), encoding="utf-8")
    return said.splitlines()


def with_a_new_version(copy: Copy) -> None:
    """Does what "A new field or version of an event" says: `Task.Completed` gets a version 2."""
    contract = copy.folder / "events" / "tracking.py"
    head, found, rest = contract.read_text(encoding="utf-8").partition(
        f'event_name: ClassVar[str] = "{EVENT}"\n'
    )
    assert found
    body, cancelled, others = rest.partition("@published\nclass TaskCancelled(")
    assert cancelled
    contract.write_text(head + found + NEWER_VERSION + OLDER_VERSION + others, encoding="utf-8")
    assert "event_version: ClassVar[int] = 1" in body
    schemas = copy.folder / "events" / "schemas"
    example = json.loads((schemas / f"{EVENT}.v1.example.json").read_text(encoding="utf-8"))
    example["event_version"] = 2
    example["data"]["means"] = "beak"
    (schemas / f"{EVENT}.v2.example.json").write_text(json.dumps(example, indent=2) + "\n", encoding="utf-8")
    writer = copy.folder / "functions" / "tracking" / "complete_task" / "use_case.py"
    text = writer.read_text(encoding="utf-8")
    assert WRITER in text
    writer.write_text(text.replace(WRITER, WRITER + '        means="beak",\n', 1), encoding="utf-8")
