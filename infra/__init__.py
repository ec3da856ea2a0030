"""The stacks, made from specs and tables; `infra.app.build` makes all of them."""

import os

# Node 20, which the product supports, makes jsii print a long warning when aws_cdk is imported.
os.environ.setdefault("JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION", "20")
