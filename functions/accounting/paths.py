"""Path parameters of requests."""

from collections.abc import Mapping

from shared.clock import parse_day
from shared.problems import HttpError


def day_in(path: Mapping[str, str]) -> str:
    """Raises HttpError if it is not a day."""
    try:
        return parse_day(path["day"])
    except ValueError as error:
        problem = {"field": "day", "code": "not_valid", "message": str(error)}
        raise HttpError(400, "the request is not valid", errors=(problem,)) from error
