"""The stacks, made from the specs and the tables' models; `infra.app.build` makes them all."""

import os

# jsii warns of Node 20, which the product supports, with a page of stars; read before aws_cdk is imported.
os.environ.setdefault("JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION", "1")
