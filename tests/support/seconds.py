"""A monotonic clock that a test moves, or that moves by the sleeps of what it is given to."""


class FakeSeconds:
    def __init__(self, at: float = 0) -> None:
        self._at = at

    def now(self) -> float:
        return self._at

    def sleep(self, by: float) -> None:
        self._at += by
