"""The CDK app: `cdk` runs this file."""

import sys

from infra.app import build
from infra.sharding import BadSharding
from infra.stages import BadSettings

try:
    build().synth()
except (BadSettings, BadSharding) as problem:
    print(problem, file=sys.stderr)
    sys.exit(2)
