"""More planted defects: in clocks and expiry, restores, callers, and the user pool."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from functions.auth import following, lookup
from functions.auth.reconcile_identities import use_case as reconcile_identities
from functions.auth.rows import MATCHES, Account
from functions.tracking import domain as tracking
from functions.tracking.count_shard import use_case as count_shard
from functions.tracking.reassign_chunk import use_case as reassign_chunk
from ops.recovery import completeness, starting_point
from shared import idempotency
from shared.authority import Authority
from shared.clock import parse_rfc3339
from shared.ids import last_id_of
from tests.simulation import operating, world
from tests.simulation.planting import Defect, defect, in_weather, instead
from tests.simulation.tables import SimulatedStore

HOUR = timedelta(hours=1)


def by_address(_sound: Any) -> Any:
    """Finds the user by the row's address, which its owner may have changed."""

    def broken(account: Any, identity: Any) -> tuple[str, Any]:
        user = identity.with_address(account.email)
        if user is not None:
            identity.ensure_role(user.account_id, account.role)
            identity.ensure_enabled(user.account_id, account.status == "active")
        return MATCHES, user

    return broken


def only_read(sound: Any) -> Any:
    def broken(self: Authority, store: Any) -> tuple[()]:
        sound(self, store)
        return ()

    return broken


def pruned_first(sound: Any) -> Any:
    """Deletes all rows before writing, so a crash leaves few for the next try."""

    def broken(self: SimulatedStore, rows: Any) -> None:
        self.prune({})
        sound(self, rows)

    return broken


LOSSES = (world, "drawn", in_weather(tables_lost=0.9))
"""Services often lose their tables."""

DEFECTS_OF_OPERATION = (
    defect(
        "a press covers what was created before it by its own clock",
        count_shard,
        "last_covered_task_id",
        instead(lambda shuffle: last_id_of(parse_rfc3339(shuffle.requested_at))),
    ),
    defect("an answer is kept for an hour", idempotency, "KEPT_SECONDS", instead(3600)),
    defect("a shuffle's marks are kept for an hour", reassign_chunk, "SHUFFLE_ROWS_KEPT", instead(HOUR)),
    defect("completions are kept for an hour", tracking, "COMPLETIONS_KEPT", instead(HOUR)),
    defect(
        "a restore replays the others' events of an hour", starting_point, "OTHERS_OVERLAP", instead(HOUR)
    ),
    Defect(
        "a restore believes that a replay which is completed has brought everything",
        (
            (completeness, "missing", instead(lambda *_given: frozenset())),
            (completeness, "is_whole", instead(lambda *_given: True)),
        ),
    ),
    defect(
        "a restore does not look at the journal that is left",
        operating,
        "joined",
        lambda _sound: lambda copied, _left: copied,
    ),
    defect(
        "a service works on while it is restored",
        operating.Operator,
        "_pause",
        instead(lambda _self, _service: None),
    ),
    Defect(
        "analytics is rebuilt while accounting is lost",
        ((operating.Operator, "_has_source", instead(lambda *_given: True)), LOSSES),
    ),
    defect("a restore deletes first", SimulatedStore, "fill", pruned_first),
    defect("the caller is not checked in the transaction", Authority, "confirm", only_read),
    defect("a token is enough", Authority, "confirm", instead(lambda _self, _store: ())),
    defect(
        "an account is unknown to a table that has lost its rows",
        lookup,
        "check_rows",
        instead(lambda *_given: None),
    ),
    defect("users are found by their address", following, "_update_identity", by_address),
    defect(
        "differing users are only shown",
        reconcile_identities,
        "follow",
        instead(lambda account_id, store, _identity: store.get(Account, account_id=account_id)),
    ),
    defect(
        "who is disabled is not looked at",
        reconcile_identities,
        "identity_of",
        lambda sound: (
            lambda account, user: sound(account, user and replace(user, enabled=account.status == "active"))
        ),
    ),
)
