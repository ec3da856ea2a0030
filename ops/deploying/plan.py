"""What a deployment would do, found without changing anything."""

from collections.abc import Sequence
from dataclasses import dataclass

from ops.console.errors import CommandFailed
from ops.console.output import Output
from ops.deploying import changes, findings, preflight
from ops.deploying.assembly import Assembly
from ops.deploying.cdk import Cdk
from ops.deploying.changes import Change
from ops.deploying.findings import Finding, Weight
from ops.deploying.settings import Settings
from ops.stage import stacks
from ops.stage.aws import Aws
from ops.stage.installation_files import InstallationFiles


class NotDeployable(CommandFailed):
    """Something in the account, the region or on this machine would make the deployment fail."""


@dataclass(frozen=True, slots=True)
class Place:
    account: str
    region: str
    revision: str
    """The commit of the sources."""


@dataclass(frozen=True, slots=True)
class Plan:
    """`new` are stacks that don't exist yet, `halted` those whose creation failed more than once."""

    assembly: Assembly
    new: tuple[str, ...]
    changes: tuple[Change, ...]
    halted: tuple[str, ...] = ()

    @property
    def lost(self) -> tuple[Change, ...]:
        """What holds data and would be replaced or deleted."""
        return tuple(each for each in self.changes if each.loses_data)

    @property
    def is_empty(self) -> bool:
        return not (self.new or self.changes)

    def rolls_back(self, stack: str) -> bool:
        """What a failed creation has made is kept: the next deployment goes on from there."""
        return stack not in (*self.new, *self.halted)


def found(
    files: InstallationFiles, out: Output, aws: Aws, settings: Settings, cdk: Cdk, place: Place
) -> Plan:
    """Shows findings and changes; raises NotDeployable."""
    out.step("checking this machine and the account")
    machine = preflight.of_the_machine(files, aws, place.account)
    _refuse(out, [*machine, *preflight.of_the_account(aws, settings), *preflight.of_the_rows(aws)])
    out.step("synthesising the stacks")
    assembly = cdk.synthesise()
    _refuse(out, list(preflight.of_the_stacks(aws, assembly, place.account, settings.durable)))
    states = {name: stack.state for name in assembly.stacks() if (stack := stacks.find(aws, name))}
    new = tuple(
        name for name in assembly.stacks() if name not in states or states[name] in preflight.NOTHING_THERE
    )
    existing = [name for name in assembly.stacks() if name not in new]
    halted = tuple(name for name in existing if states[name] == preflight.HALTED)
    if existing:
        out.step("comparing with what is deployed")
    plan = Plan(assembly, new, tuple(changes.planned(cdk, aws, assembly, existing)), halted)
    if not plan.is_empty:
        out.show(changes.table(plan.new, plan.changes))
    return plan


def _refuse(out: Output, found: Sequence[Finding]) -> None:
    """All findings are shown, before the first that stops."""
    if found:
        out.show(findings.table(found))
    stops = [each for each in found if each.weight is Weight.STOPS]
    if stops:
        more = f" (and {len(stops) - 1} more)" if len(stops) > 1 else ""
        first = stops[0]
        raise NotDeployable(f"nothing was deployed: {first.about} {first.found}{more}; {first.to_do}")
