"""The CDK app: `cdk` runs this file."""

from infra.app import build

build().synth()
