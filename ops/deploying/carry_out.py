"""Carries a plan out, stack by stack. Each step may be repeated, so an interrupted deployment goes on."""

from dataclasses import dataclass
from typing import Any

from rich.text import Text

from infra import names
from ops.console.errors import CommandFailed
from ops.console.output import Output
from ops.console.wait import Timer
from ops.deploying import alarm_mail, changes, checks, dns, findings, first_admin, first_stack, stage_file
from ops.deploying.cdk import Cdk
from ops.deploying.findings import Finding, Weight
from ops.deploying.first_admin import Wanted
from ops.deploying.plan import Place, Plan
from ops.deploying.settings import Settings
from ops.local import dashboards, publish_dashboards
from ops.recovery import catch_up, guard
from ops.stage import operation_log, sentinels, stacks
from ops.stage.aws import Aws
from ops.stage.installation_files import InstallationFiles
from shared.clock import Clock, rfc3339


class NotVerified(CommandFailed):
    """A durable stage's user pool can't mail before SES has verified the sender."""


class Unfinished(CommandFailed):
    """All stacks are deployed, but a check of the deployed stage failed."""


@dataclass
class Deployment:
    files: InstallationFiles
    out: Output
    aws: Aws
    settings: Settings
    cdk: Cdk
    place: Place
    clock: Clock
    timer: Timer

    def carry_out(self, plan: Plan, admin: Wanted | None) -> dict[str, Any]:
        """What was done, without secrets; raises NotVerified or Unfinished.

        The operation log is in the first stack, so that one is deployed before anything is recorded.
        """
        order = plan.assembly.stacks()
        events = names.stack(self.settings.name, stacks.EVENTS)
        parameters = {"revision": self.place.revision, "account": self.place.account}
        catch_up.before_deployment(self.aws)
        if events in plan.new:
            with first_stack.recorded(self.aws, self.files, parameters | {"stack": events}, self.clock):
                self._deploy(plan, events)
            order.remove(events)
        first_stack.save(self.aws, self.files)
        with operation_log.recorded(self.aws, "deploy", parameters, self.clock) as operation:
            for stack in order:
                self._deploy(plan, stack)
                operation.result["last_stack"] = stack
                if stack == names.stack(self.settings.name, stacks.MAIL):
                    self._say_dns()
            operation.result |= self._finish(admin)
        return operation.result

    def _deploy(self, plan: Plan, stack: str) -> None:
        order = plan.assembly.stacks()
        self.out.step(f"deploying {stack} ({order.index(stack) + 1} of {len(order)})")
        if stack not in plan.new:
            self._refuse_what_nobody_saw(plan, stack)
        try:
            self.cdk.deploy(plan.assembly, stack, plan.rolls_back(stack))
        except KeyboardInterrupt:
            self.out.step(f"CloudFormation goes on with {stack}; repeat this command when it is done")
            raise

    def _refuse_what_nobody_saw(self, plan: Plan, stack: str) -> None:
        """Somebody else, or a stack that this one reads, may have changed since the question."""
        agreed = {(each.stack, each.logical) for each in plan.lost}
        found = changes.planned(self.cdk, self.aws, plan.assembly, [stack])
        new = [each for each in found if each.loses_data and (each.stack, each.logical) not in agreed]
        if new:
            named = ", ".join(f"{each.name} ({each.said})" for each in new)
            raise changes.Unseen(f"{stack} would now also lose what these hold: {named}; repeat this command")

    def _say_dns(self) -> None:
        sender = dns.sender(self.aws, self.settings)
        if sender.verified:
            return
        if sender.records:
            self.out.show(dns.table(sender.records))
        if self.settings.durable:
            mail = names.stack(self.settings.name, stacks.MAIL)
            raise NotVerified(
                f"add the DNS records of {sender.domain} (the outputs of {mail});"
                " when SES has verified it, repeat this command, which goes on from here"
            )
        self.out.step(f"{sender.domain} is not verified yet; reports wait until it is")

    def _finish(self, admin: Wanted | None) -> dict[str, Any]:
        """Everything after the stacks."""
        self._guard()
        catch_up.after_deployment(self.aws, self.out, self.clock, self.timer)
        published, address = self._publish()
        found = [published, self._first_admin(admin)]
        found.append(alarm_mail.finding(self.aws, self.settings, self.place.account))
        document = self._document(address)
        written = stage_file.write(self.files, self.settings.name, document)
        self.out.step(f"{written} says where everything is")
        checked = checks.all_of(self.files, self.out, self.aws, document)
        self.out.show(findings.table([*found, *checked]))
        failed = [each for each in checked if each.weight is Weight.STOPS]
        if failed:
            raise Unfinished(f"deployed, but {failed[0].about}: {failed[0].found}")
        return document

    def _guard(self) -> None:
        new = [each for each in sentinels.guarded_services() if guard.unguarded(self.aws, each)]
        if new:
            self.out.step(f"guarding {', '.join(new)}")
            guard.write_once(self.aws, new, self.clock)

    def _publish(self) -> tuple[Finding, str | None]:
        """With the address. A disposable stage may have no domain yet: only now CloudFront's is known."""
        try:
            address = publish_dashboards.origin(self.aws)
        except CommandFailed as refused:
            if self.settings.durable:
                raise
            return Finding("the dashboards", Weight.WARNS, "are not published", str(refused)), None
        self.out.step("building and uploading the dashboards")
        dashboards.publish(self.files, self.aws, publish_dashboards.config_of(self.aws))
        return Finding("the dashboards", Weight.FINE, f"are published at {address}"), address

    def _first_admin(self, wanted: Wanted | None) -> Finding:
        about = "the first admin"
        if first_admin.exists(self.aws):
            return Finding(about, Weight.FINE, "has signed in already")
        if wanted is None:
            return Finding(about, Weight.WARNS, "is missing", "repeat this command with --admin EMAIL")
        made = first_admin.create(self.aws, wanted)
        if made.password is None:
            return Finding(about, Weight.FINE, f"{wanted.email} gets a password by mail, good for 7 days")
        said = f"password of {wanted.email}, for the first sign-in within 7 days: {made.password}"
        self.out.show(Text(said))
        return Finding(about, Weight.FINE, f"{wanted.email} has the password above")

    def _document(self, address: str | None) -> dict[str, Any]:
        """What the stage's file says."""
        return {
            **publish_dashboards.config_of(self.aws),
            "account": self.place.account,
            "region": self.place.region,
            "revision": self.place.revision,
            "deployed_at": rfc3339(self.clock()),
            "user_pool_id": stacks.output(self.aws, "auth", "UserPoolId"),
            "web": address,
        }
