"""Memory of a local AWS: the emulator and the workers of its functions."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

PROC = Path("/proc")


@dataclass(frozen=True, slots=True)
class Memory:
    """Proportional set sizes in bytes: a page that several processes share counts once in all."""

    emulator: int
    workers: tuple[int, ...]

    @property
    def total(self) -> int:
        return self.emulator + sum(self.workers)


def of_group(leader: int, proc: Path = PROC) -> Memory:
    """Of a process and all others in its process group."""
    sizes = {pid: proportional_bytes(proc / str(pid)) for pid in members(leader, proc)}
    emulator = sizes.pop(leader, 0)
    return Memory(emulator, tuple(sorted(size for size in sizes.values() if size)))


def members(leader: int, proc: Path = PROC) -> Iterator[int]:
    """The pids of a process group."""
    for folder in proc.iterdir():
        if folder.name.isdigit() and _group(folder) == leader:
            yield int(folder.name)


def _group(process: Path) -> int:
    """The process group; the command's name before it may hold spaces. -1 if the process is gone."""
    try:
        return int((process / "stat").read_text().rpartition(")")[2].split()[2])
    except (OSError, ValueError, IndexError):
        return -1


def proportional_bytes(process: Path) -> int:
    """0 if the process is gone."""
    try:
        lines = (process / "smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:")), 0)
