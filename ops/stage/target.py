"""Which AWS a command uses, and with which credentials."""

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from infra import names
from ops.console.errors import EndpointRefused

DEFAULT_REGION = "us-east-1"
DEFAULT_PORT = 4566
DEFAULT_WEB_PORT = 8080
LOCAL_STAGE = "dev"
DUMMY_CREDENTIALS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}


@dataclass(frozen=True, slots=True)
class Target:
    """With an endpoint, an emulator; without, AWS with the caller's credentials."""

    stage: str
    region: str | None
    endpoint: str | None

    @property
    def title(self) -> str:
        """For questions to the operator."""
        return "the local AWS" if self.endpoint else f"stage {self.stage}"

    @property
    def prefix(self) -> str:
        return names.prefix(self.stage)

    @property
    def bus(self) -> str:
        return names.bus(self.stage)

    @property
    def operations(self) -> str:
        return names.operations(self.stage)

    def name(self, service: str, name: str) -> str:
        """The physical name of a table, function or queue."""
        return names.physical(self.stage, service, name)

    def environment(self, inherited: Mapping[str, str]) -> dict[str, str]:
        """For a child process that may reach this emulator only: without the user's own AWS settings."""
        if self.endpoint is None or self.region is None:
            raise EndpointRefused(f"this command never uses stage {self.stage} on AWS")
        kept = {name: value for name, value in inherited.items() if not name.startswith("AWS_")}
        return (
            kept
            | DUMMY_CREDENTIALS
            | {
                "AWS_ENDPOINT_URL": self.endpoint,
                "AWS_REGION": self.region,
                "AWS_DEFAULT_REGION": self.region,
                "AWS_EC2_METADATA_DISABLED": "true",
                "AWS_CONFIG_FILE": "/dev/null",
                "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
            }
        )


def for_this_machine(inherited: Mapping[str, str]) -> dict[str, str]:
    """NO_PROXY with this machine added, so that it is asked directly."""
    exempt = inherited.get("NO_PROXY") or inherited.get("no_proxy") or ""
    hosts = [host for host in exempt.split(",") if host]
    told = ",".join(dict.fromkeys([*hosts, "127.0.0.1", "localhost"]))
    return {"NO_PROXY": told, "no_proxy": told}


def local(endpoint: str, region: str = DEFAULT_REGION) -> Target:
    return Target(LOCAL_STAGE, region, endpoint)


def deployed(stage: str) -> Target:
    return Target(stage, None, None)


def checked_endpoint(url: str, allow_remote: bool) -> str:
    """The URL without its trailing slash; raises EndpointRefused unless it is an emulator's."""
    parts = _split(url)
    host = (parts.hostname or "").rstrip(".")
    if parts.scheme not in ("http", "https") or not host:
        raise EndpointRefused(f"AWS_ENDPOINT_URL is not an http address: {url}")
    if is_aws(host):
        raise EndpointRefused(f"AWS_ENDPOINT_URL is real AWS ({host}), which this command never uses")
    if not (is_loopback(host) or allow_remote):
        raise EndpointRefused(
            f"AWS_ENDPOINT_URL is not on this machine ({host}); add --allow-remote to use it"
        )
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"


def _split(url: str) -> SplitResult:
    try:
        return urlsplit(url)
    except ValueError:
        return SplitResult("", "", "", "", "")


def is_loopback(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def is_aws(host: str) -> bool:
    return host.endswith((".amazonaws.com", ".amazonaws.com.cn", ".api.aws", ".amazonaws.eu"))
