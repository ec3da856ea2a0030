"""The stack of the user pool, on AWS apart from the auth service's.

All APIs need the pool, and so its stack comes first; the auth service publishes what others consume, and so
its stack comes after theirs.
"""

from aws_cdk import Stack
from constructs import Construct

from infra import names
from infra.identity import Identity
from infra.stages import Stage


class IdentityStack(Stack):
    def __init__(self, scope: Construct, stage: Stage) -> None:
        super().__init__(scope, names.stack(stage.name, "identity"), **stage.of_stacks)
        self.identity = Identity(self, names.bus(stage.name), stage)
