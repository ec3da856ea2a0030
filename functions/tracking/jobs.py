"""The jobs that the steps of a shuffle send through work queues."""

from dataclasses import asdict
from typing import Any

from shared.frozen import Frozen


class CountShard(Frozen):
    """Count one page of a shard's open tasks; `causation_id` is the event of the press."""

    shuffle_id: str
    shard: int
    page: int
    causation_id: str


class ReassignChunk(Frozen):
    """Assign the tasks of one chunk again; `causation_id` is the event of the press."""

    shuffle_id: str
    chunk: str
    causation_id: str


def to_json(job: CountShard | ReassignChunk) -> dict[str, Any]:
    return asdict(job)


def count_shard_job(document: Any) -> CountShard:
    """Raises KeyError, TypeError or ValueError if the document is not such a job."""
    return CountShard(
        shuffle_id=str(document["shuffle_id"]),
        shard=int(document["shard"]),
        page=int(document["page"]),
        causation_id=str(document["causation_id"]),
    )


def reassign_chunk_job(document: Any) -> ReassignChunk:
    """Raises KeyError, TypeError or ValueError if the document is not such a job."""
    return ReassignChunk(
        shuffle_id=str(document["shuffle_id"]),
        chunk=str(document["chunk"]),
        causation_id=str(document["causation_id"]),
    )
