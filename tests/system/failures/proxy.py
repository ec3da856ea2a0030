"""The proxy between the functions and the tests' AWS: microburst, which refuses, delays and cuts calls.

A rule (`fault`) names a function, a service, an operation, a table; microburst answers with the errors of
AWS. Rules change while the product runs, and are removed when their block ends.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from tests.system.product import wait_for

START_SECONDS = 30
STOP_SECONDS = 10
FIRED_SECONDS = 60
MAX_FIRED = 2000

# Both APIs of SES sign as `ses`, which microburst takes for the first one; the product calls the second.
START = (
    "import sys, microburst.models; microburst.models._SCOPE_ALIASES['ses'] = 'sesv2'; "
    "import microburst.cli; sys.exit(microburst.cli.main())"
)

Rule = dict[str, Any]


def fault(function: str | None = None, **rule: Any) -> Rule:
    """A rule for the calls of one function (physical name) or of all; see microburst's README.

    The first matching rule wins. A function is recognised by the application id in the User-Agent.
    """
    headers = {"User-Agent": f"app/{function}"} if function else {}
    return {**rule, **({"headers": headers} if headers else {})}


REFUSED = {"error": {"code": "InternalServerError", "status": 500}}
THROTTLED = {"error": {"code": "ThrottlingException", "status": 400}}
CUT = {"reset": True}
DONE_UNANSWERED = {"response": {"abort_bytes": 0}}
"""The call takes effect, and its answer is lost with the connection."""

UNSENT = {"timeout_ms": 60_000}
"""The call is held and never forwarded; the caller is killed meanwhile."""
UNANSWERED = {"response": {"bandwidth_kbps": 1e-6}}
"""The call is forwarded and its answer is held; the caller is killed meanwhile."""
PASSED = {"latency": 0}
"""No fault; only counts calls."""
NO_FAULT = "match"


class Proxy:
    """A microburst process in front of an endpoint; the caller must stop it."""

    def __init__(self, upstream: str, port: int, log: Path) -> None:
        self.endpoint = f"http://127.0.0.1:{port}"
        self._control = httpx.Client(base_url=f"{self.endpoint}/_microburst", trust_env=False, timeout=10)
        with log.open("wb") as output:
            self._process = subprocess.Popen(
                [sys.executable, "-c", START, "--upstream", upstream, "--port", str(port)],
                env={name: value for name, value in os.environ.items() if not name.startswith("AWS_")},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    def await_health(self) -> None:
        wait_for(self._healthy, START_SECONDS, "microburst does not answer")

    def stop(self) -> None:
        self._control.close()
        self._process.kill()  # it saves nothing, and nobody waits for the calls it holds
        self._process.wait(STOP_SECONDS)

    @contextmanager
    def faults(self, *rules: Rule) -> Iterator[None]:
        """Apply exactly these rules until the block ends."""
        self._set(list(rules))
        try:
            yield
        finally:
            self.heal()

    def heal(self) -> None:
        self._set([])

    def fired(self, since: float = 0) -> list[dict[str, Any]]:
        """The faults injected since an instant (Unix seconds), oldest first; at most the last MAX_FIRED."""
        answer = self._control.get("/fired", params={"limit": MAX_FIRED, "since": since})
        return [each for each in answer.raise_for_status().json() if each["action"] != NO_FAULT]

    def await_fired(self, count: int, *functions: str) -> None:
        """Wait until the rules for each of these functions (physical names) have fired this often."""
        for name in functions:
            wait_for(lambda name=name: self._fired(name) >= count, FIRED_SECONDS, f"{name} met no fault")  # type: ignore[misc]

    def add(self, *rules: Rule) -> None:
        self._control.patch("/rules", json=list(rules)).raise_for_status()

    def remove(self, function: str) -> None:
        """Remove the rules for a function."""
        self._control.request("DELETE", "/rules", json=[fault(function)]).raise_for_status()

    def holding(self) -> set[str]:
        """The physical names of functions with a held call."""
        fired = (rule for rule in self._rules() if rule["fired_count"] and "latency" not in rule)
        return {rule["headers"]["User-Agent"].removeprefix("app/") for rule in fired}

    def _fired(self, function: str) -> int:
        agent = fault(function)["headers"]
        return sum(int(rule["fired_count"]) for rule in self._rules() if rule.get("headers") == agent)

    def _rules(self) -> list[Rule]:
        return list(self._control.get("/rules").raise_for_status().json())

    def _set(self, rules: list[Rule]) -> None:
        self._control.post("/rules", json=rules).raise_for_status()

    def _healthy(self) -> bool:
        assert self._process.poll() is None, "microburst ended at once"
        try:
            return self._control.get("/health").status_code == httpx.codes.OK
        except httpx.TransportError:
            return False
