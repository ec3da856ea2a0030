"""Commands that would interfere with each other run one at a time."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager

from ops.console.errors import CommandFailed
from ops.stage.installation_files import InstallationFiles


@contextmanager
def alone(files: InstallationFiles) -> Iterator[None]:
    """Holds this installation's lock; the kernel frees it when the process ends."""
    files.create()
    with files.lock.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise CommandFailed(
                "another `ates up`, `demo`, `down` or `clean` is running here; wait until it ends"
            ) from None
        yield
