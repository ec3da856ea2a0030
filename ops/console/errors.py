"""How a command ends when not well: one line for the person who called it, and an exit code."""


class CommandFailed(Exception):
    """What was asked for could not be done; the message is one line."""

    exit_code = 1


class BadInput(CommandFailed):
    """What was asked for makes no sense: an argument, a file, the environment."""

    exit_code = 2


class EndpointRefused(BadInput):
    """AWS_ENDPOINT_URL names a place that this command does not touch."""


class ToolMissing(CommandFailed):
    """A program that the command needs is not installed, or too old."""


class PortTaken(CommandFailed):
    """Something that is not our MiniStack listens where it should."""


class MinistackFailed(CommandFailed):
    """MiniStack did not start, or did not stop."""


class DeployFailed(CommandFailed):
    """The CDK could not bootstrap or deploy."""


class NotUp(CommandFailed):
    """There is no local AWS to talk to."""


class SignInRefused(CommandFailed):
    """The hosted login did not let the account in."""


class Unreachable(CommandFailed):
    """An API did not answer, however often it was asked."""


class TimedOut(CommandFailed):
    """What was waited for did not come in time."""
