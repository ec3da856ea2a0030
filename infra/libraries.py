"""The dependency layer: the locked libraries for the functions' machine, cut down and compiled."""

from pathlib import Path


def build() -> Path:
    raise NotImplementedError
