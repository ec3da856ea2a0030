"""`ates down` and `ates clean`: stop the local AWS, and keep or delete its data."""

import shutil

from ops.console import ask
from ops.console.options import AsJson, Yes
from ops.console.output import Output
from ops.console.wait import Timer
from ops.local import forwarder, ministack
from ops.local.lock import alone
from ops.local.ministack import Process
from ops.stage import connection
from ops.stage.installation_files import InstallationFiles


def command(as_json: AsJson = False) -> None:
    """Stop the local AWS; `up` continues from there."""
    down(connection.installation_files(), Output(as_json), Timer())


def clean_command(yes: Yes = False, as_json: AsJson = False) -> None:
    """Stop the local AWS and delete everything it holds."""
    files = connection.installation_files()
    if process := ministack.running(files):
        ask.confirmed(
            f"The local AWS runs (pid {process.pid}). Stop it, and delete {files.folder} with all its data?",
            yes,
        )
    clean(files, Output(as_json), Timer())


def down(files: InstallationFiles, out: Output, timer: Timer) -> None:
    """Stops MiniStack gracefully, because it saves its state only then; the next `up` continues from it."""
    with alone(files):
        process = _stop(files, out, timer)
        out.result({"stopped": process is not None}, _said(process))


def clean(files: InstallationFiles, out: Output, timer: Timer) -> None:
    """Deletes all of `.ates`: state, passwords, logs."""
    with alone(files):
        process = _stop(files, out, timer)
        shutil.rmtree(files.folder)
        data = {"stopped": process is not None, "wiped": str(files.folder)}
        out.result(data, f"{_said(process)}; {files.folder} is wiped")


def _stop(files: InstallationFiles, out: Output, timer: Timer) -> Process | None:
    with out.working("stopping MiniStack"):
        forwarder.stop(files, timer)
        return ministack.stop(files, timer)


def _said(process: Process | None) -> str:
    return f"MiniStack (pid {process.pid}) stopped" if process else "MiniStack was not running"
