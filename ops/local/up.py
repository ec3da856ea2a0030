"""`ates up`: starts or updates the local AWS, until it runs the present sources."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from infra import names
from infra.discovery import discover
from ops.console.errors import BadInput, NotUp, PortTaken, SignInRefused
from ops.console.options import AllowRemote, AsJson, Port, WebPort
from ops.console.output import Output
from ops.console.wait import Timer
from ops.local import (
    backfill_list_keys,
    dashboards,
    demo_accounts,
    deploy,
    fingerprint,
    forwarder,
    live,
    ministack,
    postdeploy,
)
from ops.local.lock import alone
from ops.recovery import catch_up, guard
from ops.stage import (
    connection,
    consumers,
    event_sources,
    in_flight,
    lambdas,
    local_json,
    local_session,
    sentinels,
    stacks,
    target,
)
from ops.stage.api_client import http_client
from ops.stage.aws import Aws
from ops.stage.installation_files import InstallationFiles
from ops.stage.local_json import LocalAws
from ops.stage.stage_settings import business_timezone, keeps_older_form
from shared.clock import system_clock
from shared.settings import FORMS

IN_FLIGHT_TIMEOUT_SECONDS = 60


def command(
    port: Port = None,
    web_port: WebPort = None,
    allow_remote: AllowRemote = False,
    as_json: AsJson = False,
) -> None:
    """Start or update the local AWS, with demo accounts and the dashboards."""
    files, out = connection.installation_files(), Output(as_json)
    show(files, out, up(files, out, port, allow_remote, Timer(), web_port))


@dataclass(frozen=True, slots=True)
class Emulator:
    """Where the local AWS is; `started` if this command started it."""

    endpoint: str
    started: ministack.StartedMinistack | None = None


def up(
    files: InstallationFiles,
    out: Output,
    port: int | None,
    allow_remote: bool,
    timer: Timer,
    web_port: int | None = None,
) -> LocalAws:
    """If anything fails, a MiniStack that this call started is stopped again.

    Without ports, those of before. Raises BadInput for a port that can't be had.
    """
    with alone(files):
        before = local_json.load_if_there(files.local_json)
        endpoint = _given_endpoint(before, port, allow_remote)
        deploy.check_tools(files)
        web_port = web_port or _port_of(before.web if before else "") or target.DEFAULT_WEB_PORT
        forwarder.check_port(files, web_port)
        emulator = _use(endpoint) if endpoint else _own(files, out, port, before, timer)
        try:
            return _set_up(files, out, emulator.endpoint, web_port, timer)
        except BaseException:
            if emulator.started:
                out.step("stopping the MiniStack that this command started")
                ministack.abandon(files, emulator.started, timer)
            raise


def show(files: InstallationFiles, out: Output, found: LocalAws) -> None:
    """Addresses, accounts and what to run next."""
    machine = found.model_dump(mode="json", exclude={"accounts": {"__all__": {"password"}}})
    out.result(
        machine | {"local_json": str(files.local_json)},
        _addresses(found),
        _next_steps(files, found),
    )


def _use(endpoint: str) -> Emulator:
    if not ministack.healthy(endpoint):
        raise NotUp(f"AWS_ENDPOINT_URL is {endpoint}, but no AWS emulator answers there")
    return Emulator(endpoint)


def _given_endpoint(before: LocalAws | None, port: int | None, allow_remote: bool) -> str | None:
    """The emulator that AWS_ENDPOINT_URL names, unless it is our own (`ates env` names that)."""
    given = os.environ.get("AWS_ENDPOINT_URL")
    if not given:
        return None
    endpoint = target.checked_endpoint(given, allow_remote)
    if port is not None and _port_of(endpoint) != port:
        raise BadInput(f"AWS_ENDPOINT_URL is {endpoint}, so --port {port} can't be used; unset one of them")
    is_ours = before is not None and before.endpoint == endpoint and not ministack.healthy(endpoint)
    return None if is_ours else endpoint


def _own(
    files: InstallationFiles, out: Output, port: int | None, before: LocalAws | None, timer: Timer
) -> Emulator:
    """Our MiniStack: the running one, or a new one."""
    process = ministack.running(files)
    if process is not None and port not in (None, process.port):
        raise BadInput(
            f"the local AWS runs already, on port {process.port}; run `make down` first to move it to {port}"
        )
    if process is None:
        port = port or _port_of(before.endpoint if before else "") or target.DEFAULT_PORT
        with out.working("starting MiniStack"):
            started = ministack.start(files, port, target.DEFAULT_REGION, os.environ, timer)
        out.step(f"MiniStack started at {ministack.endpoint(port)} (pid {started.process.pid})")
        return Emulator(ministack.endpoint(port), started)
    if not ministack.healthy(ministack.endpoint(process.port)):
        raise PortTaken(
            f"our MiniStack (pid {process.pid}) runs but does not answer; run `make down` and try again"
        )
    return Emulator(ministack.endpoint(process.port))


def _port_of(address: str) -> int | None:
    return urlsplit(address).port


def _set_up(files: InstallationFiles, out: Output, endpoint: str, web_port: int, timer: Timer) -> LocalAws:
    aws = Aws(target.local(endpoint))
    current = f"{fingerprint.fingerprint(files.project)}-{web_port}"
    deployed = fingerprint.deployed(aws)
    lost = _lost(aws) if deployed else []
    changed = deployed != current or bool(lost)
    if changed:
        _deploy(files, out, aws, web_port, current, lost, timer)
    live.after_deployment(aws)
    before = local_json.load_if_there(files.local_json)
    described = describe(aws, web_port, before)
    if changed or described != before or not _accounts_work(described):
        described = _with_accounts(out, aws, described, before)
        local_json.save(files.local_json, described)
        _settle(out, aws, timer)
    _serve(files, out, aws, described, web_port, timer)
    return described


def _serve(
    files: InstallationFiles, out: Output, aws: Aws, described: LocalAws, web_port: int, timer: Timer
) -> None:
    """Builds the dashboards and serves them on this machine."""
    with out.working("building the dashboards"):
        published = dashboards.publish(
            files, aws, dashboards.local_config(described, business_timezone(target.LOCAL_STAGE))
        )
    domain = stacks.output(aws, stacks.WEB, "WebDomain")
    forwarder.ensure(files, web_port, described.endpoint, _emulated(domain), timer)
    if published:
        out.step(f"dashboards built, and served at {described.web}")


def _emulated(domain: str) -> str:
    """The emulator serves `d123.cloudfront.net` under a name of this machine."""
    return f"{domain.partition('.')[0]}.cloudfront.localhost"


def _lost(aws: Aws) -> list[str]:
    """Deployed use cases whose function, or what feeds it, somebody has deleted."""
    there, fed, stage = lambdas.existing(aws), event_sources.states(aws), aws.target.stage
    queues = consumers.of(stage)
    return [
        spec.consumer
        for service in discover()
        for spec in service.use_cases
        if (function := names.function(stage, spec)) not in there
        or (spec.consumer in queues and not fed.get(function))
    ]


def _deploy(
    files: InstallationFiles,
    out: Output,
    aws: Aws,
    web_port: int,
    current: str,
    lost: Sequence[str],
    timer: Timer,
) -> None:
    with out.working("deploying") as status:
        fingerprint.forget(aws)
        catch_up.before_deployment(aws)
        if lost:
            out.step(f"removing what is left of {', '.join(lost)}, to make it again with an empty queue")
            deploy.deploy(files, aws, os.environ, status.update, web_port, lost)
        if lambdas.of_older_release(aws) and not keeps_older_form(aws.target.stage):
            out.step("deploying twice: rows change their form once no function is of the last release")
            deploy.deploy(files, aws, os.environ, status.update, web_port, row_form=FORMS[-1])
        deploy.deploy(files, aws, os.environ, status.update, web_port)
        postdeploy.run(aws, files.assembly, status.update)
        guard.write_once(aws, sentinels.guarded_services(), system_clock)
        backfill_list_keys.complete(aws)
    catch_up.after_deployment(aws, out, system_clock, timer)
    fingerprint.remember(aws, current)
    out.step(f"{len(stacks.expected(aws.target))} stacks deployed")
    for name in lost:
        if name in consumers.of(aws.target.stage):
            out.step(f'what waited for {name} is lost; docs/runbook.md, "a consumer was stopped", says more')


def describe(aws: Aws, web_port: int, before: LocalAws | None) -> LocalAws:
    """The new local.json, with the accounts known from before."""
    endpoint, stage = aws.target.endpoint, aws.target.stage
    outputs = {stack.name: stack.outputs for stack in stacks.found(aws)}
    auth = outputs[names.stack(stage, "auth")]
    apis = {
        service: f"{endpoint}/_aws/execute-api/{outputs[names.stack(stage, service)]['ApiId']}/$default"
        for service in local_json.Apis.model_fields
    }
    same_pool = before is not None and before.user_pool_id == auth["UserPoolId"]
    return LocalAws(
        endpoint=str(endpoint),
        region=str(aws.target.region),
        apis=local_json.Apis(**apis),
        user_pool_id=auth["UserPoolId"],
        client_id=auth["ClientId"],
        oauth=local_json.OAuth(
            authorize_url=f"{endpoint}/oauth2/authorize", token_url=f"{endpoint}/oauth2/token"
        ),
        web=f"http://localhost:{web_port}",
        accounts=before.accounts if before and same_pool else (),
    )


def _accounts_work(described: LocalAws) -> bool:
    """Whether all exist with this password; another installation may use this emulator too."""
    if not demo_accounts.complete(described.accounts):
        return False
    try:
        with http_client() as http:
            local_session.access_token(http, described, described.accounts[0])
    except SignInRefused:
        return False
    return True


def _with_accounts(out: Output, aws: Aws, described: LocalAws, before: LocalAws | None) -> LocalAws:
    """An installation keeps its password, even if it is deployed again."""
    known = before.accounts[0].password if before and before.accounts else demo_accounts.new_password()
    with out.working("creating the demo accounts"):
        created = demo_accounts.create(aws, described.user_pool_id, known)
    return described.model_copy(update={"accounts": (*created, *demo_accounts.others(described.accounts))})


def _settle(out: Output, aws: Aws, timer: Timer) -> None:
    """Waits until every service knows the accounts; otherwise nobody is eligible for the first task."""
    with out.working("waiting until every service knows them") as status:
        left = in_flight.wait_until_none(
            aws, timer, IN_FLIGHT_TIMEOUT_SECONDS, lambda seen: status.update(f"events in flight: {seen}")
        )
    if left.total:
        out.step(f"still in flight: {left}; see `ates status`")


def _addresses(found: LocalAws) -> str:
    lines = {"dashboards": f"{found.web} (sign in there)"}
    lines |= {f"{service} API": address for service, address in found.apis.model_dump().items()}
    lines["AWS"] = f'{found.endpoint} (for its tools: eval "$(.venv/bin/ates env)")'
    of_role: dict[str, str] = {}
    for account in found.accounts:
        of_role.setdefault(account.role, account.email)
    others = len(found.accounts) - len(of_role)
    lines["sign in as"] = f"{', '.join(of_role.values())}; {others} more: `ates accounts list`"
    return "\n".join(f"{what:16}{where}" for what, where in lines.items())


def _next_steps(files: InstallationFiles, found: LocalAws) -> str:
    """Lines to copy."""
    lines = (
        f"\nThe accounts' password is in {_short(files)}. Next:",
        ".venv/bin/ates demo",
        "token=$(.venv/bin/ates token --as worker)",
        f"curl -H \"Authorization: Bearer $token\" '{found.apis.tracking}/tasks'",
        ".venv/bin/ates open",
        ".venv/bin/ates status",
        "make down",
    )
    return "\n    ".join(lines)


def _short(files: InstallationFiles) -> str:
    path = files.local_json
    return str(path.relative_to(files.project) if path.is_relative_to(files.project) else path)
