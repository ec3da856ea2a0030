"""`ates dev`: watches the sources, and brings the local AWS up to date with each change."""

import ast
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

from botocore.exceptions import ClientError

from infra.package import ROOT
from ops.console.errors import CommandFailed
from ops.console.output import Output
from ops.console.wait import Timer
from ops.local import fingerprint, live, up
from ops.local.live import Program
from ops.stage import connection
from ops.stage.aws import Aws
from ops.stage.installation_files import InstallationFiles

WATCHED = (*fingerprint.FOLDERS, "app.py", "cdk.json", "web/src")
SOURCES = (".py", ".html", ".txt", ".jinja", ".json")
DEBOUNCE_MILLISECONDS = 100

Changes = Iterable[set[Path]]


def command() -> None:
    """Watch the sources, and update just the functions that a change affects; until Ctrl-C."""
    files, out, aws = connection.installation_files(), Output(), connection.aws(None)
    session = Session(files, out, aws)
    session.begin()
    out.step(f"watching {ROOT}; Ctrl-C ends it")
    session.follow(_changes())


class Session:
    """What the sources were at the last change, and what each function is made from."""

    def __init__(
        self, files: InstallationFiles, out: Output, aws: Aws, now: Callable[[], float] = time.monotonic
    ) -> None:
        self.files, self.out, self.aws, self.now = files, out, aws, now
        self.programs: list[Program] = live.programs(aws.target.stage)
        self.texts: dict[Path, str] = dict(_texts(fingerprint.sources(ROOT)))

    def begin(self) -> None:
        """Deploys if the sources have changed since the last deployment."""
        up.up(self.files, self.out, None, False, Timer())
        with self.out.working("looking for the files of each function"):
            live.affected(self.programs, ())

    def follow(self, changes: Changes) -> None:
        for changed in changes:
            self.changed(changed)

    def changed(self, paths: set[Path]) -> None:
        """Brings the local AWS up to date; what is wrong is said, and the next change is tried again."""
        began = self.now()
        own = {path for path in paths if path.suffix == ".py" or path.is_relative_to(ROOT / "functions")}
        now: Mapping[Path, str] = dict(_texts(own))
        if wrong := _unreadable(now):
            self.out.step(wrong)
            return
        different = {path for path in own if now.get(path) != self.texts.get(path)}
        others = paths - own
        if not different and not others:
            return
        deployed = {
            path for path in different if live.needs_deployment(path, self.texts.get(path), now.get(path))
        }
        try:
            if deployed or others:
                self._deploy(_named(deployed or others))
            else:
                self._update(different, began)
        except (CommandFailed, ClientError) as error:
            self.out.step(f"{_named(different or others)}: {error}")
            return
        self.texts = {path: text for path, text in self.texts.items() if path not in own} | dict(now)

    def _update(self, changed: set[Path], began: float) -> None:
        made = live.update(self.aws, live.affected(self.programs, changed))
        if not made:
            self.out.step(f"{_named(changed)}: no function has it")
            return
        shown = made[0] if len(made) == 1 else f"{len(made)} functions"
        self.out.step(f"{_named(changed)}: {shown} updated in {self.now() - began:.1f} s")

    def _deploy(self, why: str) -> None:
        self.out.step(f"{why}: this takes a deployment")
        up.up(self.files, self.out, None, False, Timer())
        self.programs = live.programs(self.aws.target.stage)


def _changes() -> Iterator[set[Path]]:
    from watchfiles import watch  # compiled, and needed by no other command

    there = [ROOT / each for each in WATCHED if (ROOT / each).exists()]
    for changes in watch(*there, debounce=DEBOUNCE_MILLISECONDS, raise_interrupt=True):
        found = {Path(path) for _, path in changes}
        yield {path for path in found if path.suffix in SOURCES or path.is_relative_to(ROOT / "web")}


def _texts(paths: Iterable[Path]) -> Iterator[tuple[Path, str]]:
    for path in paths:
        if path.is_file():
            yield path, path.read_text(encoding="utf-8", errors="replace")


def _unreadable(texts: Mapping[Path, str]) -> str | None:
    """The first file that is no Python, with its line: it isn't deployed."""
    for path, text in texts.items():
        if path.suffix == ".py":
            try:
                ast.parse(text)
            except SyntaxError as error:
                return f"{path.relative_to(ROOT)}, line {error.lineno}: {error.msg}; nothing was updated"
    return None


def _named(paths: Iterable[Path]) -> str:
    return ", ".join(sorted(path.relative_to(ROOT).as_posix() for path in paths))
