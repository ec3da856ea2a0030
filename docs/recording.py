"""Records a terminal in `docs/pictures/terminal.svg`: `make recording`.

The commands are run as they are shown, on a local AWS of their own that is deleted afterwards; it takes the
usual ports, so another one must be stopped before. What they print is drawn as it is, but for the password
of the demo accounts.
"""

import io
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console
from rich.text import Text

from ops.stage import local_json

ROOT = Path(__file__).resolve().parents[1]
TARGET = ROOT / "docs" / "pictures" / "terminal.svg"
COLUMNS = 100
COMMANDS = (
    "ates demo",
    "ates import docs/sample-backlog.csv --dry-run",
    "ates status",
    "ates verify",
)
SHOWN_LINES = {"ates demo": 6}
"""Of a command that prints more, the last ones; the demo also prints what `ates verify` does."""
MAY_FAIL = ("ates import",)
"""A preview with a bad row ends with exit code 1."""
MASK = "••••••••"
TIMEOUT_SECONDS = 600
# That of rich, but no font is loaded from elsewhere.
SVG = """<svg class="rich-terminal" viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg">
<style>
.{unique_id}-matrix {{
    font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace;
    font-size: {char_height}px;
    line-height: {line_height}px;
}}
.{unique_id}-title {{ font: bold 18px sans-serif; }}
{styles}
</style>
<defs>
<clipPath id="{unique_id}-clip-terminal">
<rect x="0" y="0" width="{terminal_width}" height="{terminal_height}" />
</clipPath>
{lines}
</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
"""


class CommandFailed(Exception):
    """A command that is recorded failed."""


def svg_of(recorded: Sequence[tuple[str, str]]) -> str:
    """A terminal with commands and what each of them printed."""
    console = Console(record=True, width=COLUMNS, file=io.StringIO(), force_terminal=True, highlight=False)
    for number, (command, printed) in enumerate(recorded):
        if number:
            console.print()
        console.print(Text.assemble(("$ ", "green"), (command, "bold")))
        console.print(Text.from_ansi(printed.rstrip()))
    return console.export_svg(title="aTES", code_format=SVG, unique_id="ates")


def masked(printed: str, secret: str) -> str:
    return printed.replace(secret, MASK)


def shown(command: str, printed: str) -> str:
    """What is drawn of it; what was left out is a line with an ellipsis."""
    lines = printed.splitlines()
    left_out = lines[: -SHOWN_LINES.get(command, len(lines))]
    return "\n".join([*(["…"] if left_out else []), *lines[len(left_out) :]])


def record() -> list[tuple[str, str]]:
    """Raises CommandFailed."""
    with TemporaryDirectory(prefix="ates-recording-") as place:
        folder = Path(place, "home")
        environment = _environment(os.environ, folder)
        try:
            _run("ates up", environment)
            secret = local_json.load(folder / "local.json").accounts[0].password
            return [
                (command, shown(command, masked(_run(command, environment), secret))) for command in COMMANDS
            ]
        finally:
            _run("ates clean --yes", environment)


def _environment(inherited: Mapping[str, str], folder: Path) -> dict[str, str]:
    """A terminal with colours, and an installation of its own."""
    kept = {name: value for name, value in inherited.items() if not name.startswith(("AWS_", "NO_COLOR"))}
    return kept | {"ATES_HOME": str(folder), "FORCE_COLOR": "1", "COLUMNS": str(COLUMNS)}


def _run(command: str, environment: Mapping[str, str]) -> str:
    """What it prints as its result, without the progress; raises CommandFailed."""
    done = subprocess.run(
        [sys.executable, "-m", "ops", *command.split()[1:]],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=TIMEOUT_SECONDS,
    )
    if done.returncode and not command.startswith(MAY_FAIL):
        raise CommandFailed(f"{command}: {done.stdout}{done.stderr}")
    return done.stdout


def main() -> int:
    try:
        TARGET.write_text(svg_of(record()), encoding="utf-8")
    except CommandFailed as failed:
        print(f"recording: {failed}", file=sys.stderr)
        return 1
    print(TARGET.relative_to(ROOT))
    return 0


if __name__ == "__main__":
    sys.exit(main())
