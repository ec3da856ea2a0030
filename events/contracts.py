"""All contracts: importing this module fills the registry."""

from events import accounting, auth, consumers, notifications, tracking
from events.envelope import REGISTRY, Event

__all__ = ["CONTRACTS", "accounting", "auth", "consumers", "notifications", "tracking"]

CONTRACTS: tuple[type[Event], ...] = tuple(REGISTRY[key] for key in sorted(REGISTRY))
