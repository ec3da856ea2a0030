"""`ates down` and `ates clean`: the local AWS stops, and keeps or forgets what it holds."""

import shutil

from ops.console.output import Output
from ops.console.wait import Timer
from ops.local import forwarder, ministack
from ops.local.lock import alone
from ops.local.ministack import Process
from ops.stage.installation import Home


def down(home: Home, out: Output, timer: Timer) -> None:
    """Gracefully, for MiniStack saves its state only then; the next `up` goes on from it."""
    with alone(home):
        process = _stop(home, out, timer)
        out.result({"stopped": process is not None}, _said(process))


def clean(home: Home, out: Output, timer: Timer) -> None:
    """Everything in `.ates` goes: state, passwords, logs."""
    with alone(home):
        process = _stop(home, out, timer)
        shutil.rmtree(home.folder)
        data = {"stopped": process is not None, "wiped": str(home.folder)}
        out.result(data, f"{_said(process)}; {home.folder} is wiped")


def _stop(home: Home, out: Output, timer: Timer) -> Process | None:
    with out.working("stopping MiniStack"):
        forwarder.stop(home, timer)
        return ministack.stop(home, timer)


def _said(process: Process | None) -> str:
    return (
        f"MiniStack (pid {process.pid}) stopped"
        if process
        else "no MiniStack of this installation was running"
    )
