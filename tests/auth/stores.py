"""A store whose next write is interrupted."""

from collections.abc import Callable, Sequence

from shared.memory_store import MemoryStore
from shared.store import Action


class Interrupted(MemoryStore):
    """The same tables; `before` or `after` runs once, around the first write through this store."""

    def __init__(
        self,
        sound: MemoryStore,
        *,
        before: Callable[[], object] | None = None,
        after: Callable[[], object] | None = None,
    ) -> None:
        self.__dict__.update(sound.__dict__)
        self._before, self._after = before, after

    def write(self, actions: Sequence[Action], token: str) -> None:
        before, after, self._before, self._after = self._before, self._after, None, None
        if before:
            before()
        super().write(actions, token)
        if after:
            after()
