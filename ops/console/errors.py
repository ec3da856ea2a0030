"""Errors that end a command: one line for the user, and an exit code."""


class CommandFailed(Exception):
    """The command failed; the message is one line."""

    exit_code = 1


class BadInput(CommandFailed):
    """An argument, a file or the environment is wrong."""

    exit_code = 2


class EndpointRefused(BadInput):
    """AWS_ENDPOINT_URL is an address that this command must not use."""


class ToolMissing(CommandFailed):
    """A program that the command needs is missing or too old."""


class PortTaken(CommandFailed):
    """Another program uses the port."""


class MinistackFailed(CommandFailed):
    """MiniStack did not start, or did not stop."""


class DeployFailed(CommandFailed):
    """The CDK could not bootstrap or deploy."""


class NotUp(CommandFailed):
    """The local AWS, or a part of it, is not deployed."""


class SignInRefused(CommandFailed):
    """The hosted login refused the account."""


class Unreachable(CommandFailed):
    """An API did not answer, after all attempts."""


class TimedOut(CommandFailed):
    """Something did not happen in time."""
