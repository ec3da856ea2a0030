"""One run: steps drawn from a seed, then no faults until all has arrived; checked throughout."""

from collections import Counter
from dataclasses import dataclass
from traceback import format_exc

from tests.simulation.settling import settle
from tests.simulation.steps import Steps

STEPS = 300
CHECKPOINT_STEPS = 75


@dataclass(frozen=True)
class Outcome:
    """`findings` is empty if every rule held; equal runs have the same `digest`.

    `effects` counts the calls between which processes can take turns; `faults` the faults, by kind.
    """

    seed: int
    steps: int
    effects: int
    faults: dict[str, int]
    events: int
    entries: int
    reports: int
    mails_again: int
    restores: int
    findings: tuple[str, ...]
    digest: str
    notes: tuple[str, ...]


def simulate(seed: int, steps: int = STEPS) -> Outcome:
    """Run one seed; the same arguments give the same outcome."""
    scene = Steps(seed)
    taken = 0
    try:
        scene.create_first_accounts()
        scene.world.faults.weather = scene.world.storm
        while taken < steps and not scene.findings:
            scene.step()
            taken += 1
            if taken % CHECKPOINT_STEPS == 0:
                scene.world.auditor.checkpoint()
        if not scene.findings:
            settle(scene)
    except Exception as error:
        scene.findings.append(f"unexpected error {error!r}")
        scene.world.notes.extend(format_exc().splitlines())
    return _outcome(seed, taken, scene)


def _outcome(seed: int, steps: int, scene: Steps) -> Outcome:
    world, auditor = scene.world, scene.world.auditor
    return Outcome(
        seed=seed,
        steps=steps,
        effects=world.kernel.effects,
        faults=dict(Counter(world.happened)),
        events=len(auditor.journaled),
        entries=sum(len(book.entries) for book in auditor.ledger.books.values()),
        reports=len(auditor.mails.mailings),
        mails_again=auditor.mails.again,
        restores=scene.operator.restores,
        findings=tuple(scene.findings),
        digest=world.digest,
        notes=tuple(world.notes),
    )
