"""The product on the tests' own MiniStack: its APIs, tables, mailbox and worker processes."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Any

import httpx

from benchmarks.memory import members
from infra.package import ROOT
from ops.console.wait import Timer
from ops.local import ministack
from ops.stage import consumers, in_flight, journal, local_session, tables, target
from ops.stage.aws import Aws
from ops.stage.installation_files import InstallationFiles
from ops.stage.local_json import DemoAccount, LocalAws
from ops.stage.sign_in import AccessToken

POLL_SECONDS = 0.25
MIN_LIFETIME_SECONDS = 300
KNOWN_SECONDS = 60


@dataclass(frozen=True)
class Mail:
    to: list[str]
    subject: str
    text: str
    html: str


@dataclass
class Product:
    """A running installation; `accounts` by e-mail."""

    home: InstallationFiles
    local: LocalAws
    http: httpx.Client
    _tokens: dict[str, AccessToken] = field(default_factory=dict)

    @cached_property
    def aws(self) -> Aws:
        return Aws(target.local(self.local.endpoint, self.local.region))

    def token(self, who: str) -> str:
        """An access token from a real sign-in, of an e-mail's account or of a role's first account."""
        account = self.local.account(who)
        known = self._tokens.get(account.email)
        if known is None or known.expires_at < time.time() + MIN_LIFETIME_SECONDS:
            known = self._tokens[account.email] = local_session.access_token(self.http, self.local, account)
        return known.value

    def call(
        self,
        who: str | None,
        method: str,
        service: str,
        path: str,
        *,
        headers: Mapping[str, str] | None = None,
        **content: Any,
    ) -> httpx.Response:
        """Send one request; fails on a 5xx, which this system never answers."""
        bearer = {"Authorization": f"Bearer {self.token(who)}"} if who else {}
        url = getattr(self.local.apis, service) + path
        answer = self.http.request(method, url, headers={**bearer, **(headers or {})}, **content)
        assert answer.status_code < 500, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer

    def once_confirmed(self, send: Callable[[], httpx.Response]) -> httpx.Response:
        """The answer once the service has received the event about the caller."""
        answers = list[httpx.Response]()

        def confirmed() -> bool:
            answers.append(send())
            return not not_confirmed(answers[-1])

        wait_for(confirmed, KNOWN_SECONDS, "the service does not know the caller")
        return answers[-1]

    def get(self, who: str, service: str, path: str, **query: Any) -> Any:
        """The JSON of an answer, which must be a 200."""
        answer = self.call(who, "GET", service, path, params=query)
        assert answer.status_code == 200, f"{path}: {answer.status_code} {answer.text}"
        return answer.json()

    def create_task(self, title: str) -> dict[str, Any]:
        """By the manager, and assigned to a demo account: other tests invite people, who are drawn too."""
        known = {account.account_id for account in self.local.accounts}
        for _ in range(100):
            answer = self.call("manager", "POST", "tracking", "/tasks", json={"title": title})
            assert answer.status_code == 201, answer.text
            task: dict[str, Any] = answer.json()
            if task["assignee"]["account_id"] in known:
                return task
        raise AssertionError("none of the demo accounts was drawn for 100 tasks")

    def all_items(self, who: str, service: str, path: str, **query: Any) -> list[Any]:
        """The items of all pages of a list."""
        items: list[Any] = []
        while True:
            page = self.get(who, service, path, **query)
            items += page["items"]
            if page["next_cursor"] is None:
                return items
            query["cursor"] = page["next_cursor"]

    def workers(self) -> list[DemoAccount]:
        """The eligible accounts: neither manager nor admin."""
        return [account for account in self.local.accounts if account.role in ("worker", "accountant")]

    def settle(self, timeout_seconds: float = 120) -> None:
        """Wait until no event is in flight."""
        left = in_flight.wait_until_none(self.aws, Timer(), timeout_seconds, lambda _seen: None)
        assert not left.total, f"after {timeout_seconds} s there is still {left}"

    @contextmanager
    def retrying_soon(self, service: str, use_case: str) -> Iterator[None]:
        """What a killed consumer had in hand comes again after seconds instead of minutes."""
        url = consumers.url(self.aws, consumers.named(self.aws.target.stage, f"{service}.{use_case}").queue)
        names: Any = ["VisibilityTimeout"]
        found: Any = self.aws.queues.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
        soon: Any = {"VisibilityTimeout": "10"}
        self.aws.queues.set_queue_attributes(QueueUrl=url, Attributes=soon)
        try:
            yield
        finally:
            self.aws.queues.set_queue_attributes(QueueUrl=url, Attributes=found)

    def tick(self, service: str, use_case: str) -> None:
        """Invoke a scheduled use case now."""
        assert (failed := self.failure_of_tick(service, use_case)) is None, failed

    def failure_of_tick(self, service: str, use_case: str) -> bytes | None:
        """Invoke a scheduled use case now; what it failed with, or None."""
        answer = self.aws.functions.invoke(
            FunctionName=self.aws.target.name(service, use_case), Payload=b"{}"
        )
        said: bytes = answer["Payload"].read()
        return said if answer.get("FunctionError") else None

    def rows(self, service: str, table: str) -> list[dict[str, Any]]:
        """All rows of a table, without its sentinel."""
        return list(tables.items(self.aws, service, table))

    def events(self, service: str) -> list[dict[str, Any]]:
        """Every event of a service's journal."""
        return [dict(event) for event in journal.everything(self.aws, service)]

    def mails(self) -> list["Mail"]:
        """Every mail of the product that SES accepted."""
        return [mail for kind, mail in self._mailbox() if not kind.startswith("Cognito")]

    def invitations(self) -> list["Mail"]:
        """The mails that the user pool sent itself."""
        return [mail for kind, mail in self._mailbox() if kind == "CognitoInvitationMessage"]

    def _mailbox(self) -> Iterator[tuple[str, "Mail"]]:
        stored = self.http.get(f"{self.local.endpoint}/_ministack/ses/messages").json()["messages"]
        for account in stored.values():
            for mail in account:
                text, html = mail["BodyText"], mail["BodyHtml"] or ""
                yield mail["Type"], Mail(to=mail["To"], subject=mail["Subject"], text=text, html=html)

    def logged(self) -> Iterator[tuple[str, str]]:
        """Every line that the functions have logged, with the function's name."""
        logs = self.aws.logs
        for page in logs.get_paginator("describe_log_groups").paginate(logGroupNamePrefix="/aws/lambda/"):
            for group in page["logGroups"]:
                name = group["logGroupName"]
                for lines in logs.get_paginator("filter_log_events").paginate(logGroupName=name):
                    yield from ((name.rpartition("/")[2], line["message"]) for line in lines["events"])

    def ates(self, *arguments: str, check: bool = True) -> "subprocess.CompletedProcess[str]":
        """Run the command line, as its user does."""
        return run_ates(self.home.folder, *arguments, check=check)

    def lambda_workers(self, function: str) -> list[int]:
        """The pids of MiniStack's processes for a function: they run in a folder that has its name."""
        group, name = _pid_of(self.home), self.aws.target.name(*function.split("/"))
        return [pid for pid in members(group) if re.search(rf"-lambda-{name}-\w{{8}}/code$", _folder(pid))]

    def kill_worker(self, function: str, timeout_seconds: float = 60) -> None:
        """Kill one process of a function, like a crash; waits until there is one."""
        wait_for(lambda: self.lambda_workers(function), timeout_seconds, f"no worker of {function}")
        os.kill(self.lambda_workers(function)[0], signal.SIGKILL)


def run_ates(
    folder: Path,
    *arguments: str,
    check: bool = True,
    project: Path = ROOT,
    python: str = sys.executable,
    variables: Mapping[str, str] = MappingProxyType({}),
) -> "subprocess.CompletedProcess[str]":
    """`folder` is the installation's; `project` has the sources that run and are deployed, on this Python.

    `variables` are further ones of the environment, which a MiniStack that is started gets too.
    """
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    done = subprocess.run(
        [python, "-m", "ops", *arguments],
        env={**environment, **variables, "ATES_HOME": str(folder)},
        cwd=project,
        capture_output=True,
        text=True,
        check=False,
        timeout=400,
    )
    if check:
        assert done.returncode == 0, f"ates {arguments}: {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done


def not_confirmed(answer: httpx.Response) -> bool:
    """Whether the refusal only means that a replica doesn't know the caller yet."""
    if answer.status_code != 403 or "retry-after" not in answer.headers:
        return False
    return bool(answer.json()["type"] == "urn:ates:problem:authority-not-confirmed")


def wait_for(condition: Callable[[], Any], timeout_seconds: float, otherwise: str) -> Any:
    """The condition's result once it is truthy; after the timeout fails with `otherwise`."""
    deadline = time.monotonic() + timeout_seconds
    while not (value := condition()):
        assert time.monotonic() < deadline, f"after {timeout_seconds} s: {otherwise}"
        time.sleep(POLL_SECONDS)
    return value


def _pid_of(home: InstallationFiles) -> int:
    process = ministack.running(home)
    assert process is not None, "the MiniStack of this test is gone"
    return process.pid


def _folder(pid: int) -> str:
    """Where a process runs."""
    try:
        return str((Path("/proc") / str(pid) / "cwd").readlink())
    except OSError:
        return ""
