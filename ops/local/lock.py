"""One command at a time where two would undo each other."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager

from ops.console.errors import CommandFailed
from ops.stage.installation_files import InstallationFiles


@contextmanager
def alone(files: InstallationFiles) -> Iterator[None]:
    """Holds this installation's lock, which the kernel frees with the process, however it ends."""
    files.create()
    with files.lock.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise CommandFailed(
                "another `ates up`, `demo`, `down` or `clean` is at work here; wait for it"
            ) from None
        yield
