"""Where the hosted login sends an operator's browser back to: a port of the operator's own machine.

Cognito accepts a callback only as it was registered, with its port, and plain HTTP only for `localhost`.
There are several, because a port may be used by another program.
"""

PORTS = (17171, 27171, 37171)
PATH = "/callback"


def address(port: int) -> str:
    return f"http://localhost:{port}{PATH}"
