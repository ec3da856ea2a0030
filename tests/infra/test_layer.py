"""The dependency layer, made of the libraries installed here as it is made of those for Lambda."""

import ast
import dataclasses
import importlib.metadata
import importlib.util
import io
import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from botocore import compat, utils
from botocore.handlers import BUILTIN_HANDLERS
from botocore.hooks import EventAliaser, HierarchicalEmitter
from botocore.model import ServiceModel
from botocore.session import get_session
from pydantic_core import core_schema
from urllib3.util import url

from infra import bytecode, libraries, slimming
from infra.discovery import discover
from infra.package import Assets

LARGEST_ZIP = 5_500_000
MOST_MODULES = 450
HANDLERS = sorted({handler for service in discover() for handler in service.handler_modules()})
CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_DEFAULT_REGION": "eu-central-1",
}
ENVIRONMENT = {
    **CREDENTIALS,
    "ATES_STAGE": "dev",
    "ATES_SERVICE": "tracking",
    "ATES_USE_CASE": "create_task",
    "TABLE_PREFIX": "ates-dev-tracking-",
    "BUS_NAME": "ates-dev",
    "BUSINESS_TIMEZONE": "UTC",
}


@pytest.fixture(scope="module")
def layer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("layer")
    for name in re.findall(r"^([\w-]+)==", libraries.LOCK.read_text(), re.MULTILINE):
        copy_installed(name, folder)
    slimming.slim(folder)
    bytecode.replace_sources(sys.executable, folder, "/opt/python")
    return folder


def copy_installed(name: str, folder: Path) -> None:
    for file in importlib.metadata.files(name) or ():
        if ".." not in file.parts and file.suffix != ".pyc":
            (folder / file).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(Path(str(file.locate())), folder / file)


IMPORT_EACH = """
import importlib, socket, sys
layer, *lines = sys.stdin.read().splitlines()
sys.path.append(layer)
def refuse(*_args, **_more):
    raise AssertionError("an import opened a socket")
socket.socket.__init__ = refuse
for line in lines:
    folder, handler = line.split()
    sys.path.insert(0, folder)
    importlib.invalidate_caches()
    assert callable(importlib.import_module(handler).handler), handler
    sys.path.remove(folder)
    for name in [name for name in sys.modules if name.partition(".")[0] in ("events", "functions", "shared")]:
        del sys.modules[name]
from botocore.session import get_session
for service in SERVICES:
    made = get_session().create_client(service, region_name="eu-central-1")
    operations = set(made.meta.method_to_api_mapping.values())
    assert operations and operations == set(OPERATIONS.get(service, operations)), service
"""


def run_alone(program: str, lines: list[str], environment: dict[str, str]) -> str:
    """Run a program that sees the standard library, and what it puts on its path."""
    command = [sys.executable, "-I", "-S", "-c", program]
    given = "\n".join(lines)
    done = subprocess.run(command, input=given, text=True, capture_output=True, env=environment, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_every_handler_and_client_works_with_the_layer_alone(layer: Path) -> None:
    assets = Assets(HANDLERS, layer=None)
    lines = [f"{assets.function(handler)} {handler}" for handler in HANDLERS]
    program = f"SERVICES, OPERATIONS = {slimming.AWS_SERVICES}, {slimming.OPERATIONS}{IMPORT_EACH}"
    run_alone(program, [str(layer), *lines], CREDENTIALS)


ANSWER_ONCE = """
import json, os, sys, threading
from http.server import BaseHTTPRequestHandler, HTTPServer
layer, asset, event = sys.stdin.read().splitlines()
sys.path[:0] = [asset, layer]
ROSTER = {"0": {"slot": {"N": "0"}, "size": {"N": "1"}},
          "1": {"slot": {"N": "1"}, "account_id": {"S": "a1"}, "name": {"S": "Irina"}}}
class Tables(BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass
    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
        answer = json.dumps(self.answer(self.headers["x-amz-target"].split(".")[1], asked)).encode()
        self.send_response(200)
        self.send_header("content-length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)
    def answer(self, operation, asked):
        if operation == "GetItem":
            return {"Item": ROSTER["0"]} if asked["TableName"].endswith("roster") else {}
        if operation == "BatchGetItem":
            (table,) = asked["RequestItems"]
            rows = [ROSTER["1"]] if table.endswith("roster") else []
            return {"Responses": {table: rows}, "UnprocessedKeys": {}}
        return {}
server = HTTPServer(("127.0.0.1", 0), Tables)
threading.Thread(target=server.serve_forever, daemon=True).start()
os.environ["AWS_ENDPOINT_URL"] = f"http://127.0.0.1:{server.server_port}"
from functions.tracking.create_task.handler import handler
answer = handler(json.loads(event), None)
from pydantic import BaseModel
from pynamodb.models import Model
def below(kind):
    for each in kind.__subclasses__():
        yield each
        yield from below(each)
built = sorted(each.__name__ for each in below(BaseModel) if each.__pydantic_complete__)
tables = sorted(each.__name__ for each in Model.__subclasses__())
print(json.dumps({"answer": answer, "modules": sorted(sys.modules), "built": built, "tables": tables}))
"""
REQUEST = {
    "body": json.dumps({"title": "Feed the parrot", "jira_id": "POPUG-42"}),
    "requestContext": {
        "requestId": "r1",
        "authorizer": {"jwt": {"claims": {"sub": "b1", "token_use": "access", "cognito:groups": "[worker]"}}},
    },
}


def test_a_first_request_is_answered_with_the_layer_alone(layer: Path) -> None:
    handler = "functions.tracking.create_task.handler"
    assets = Assets([handler], layer=None)
    lines = [str(layer), assets.function(handler), json.dumps(REQUEST)]
    found: dict[str, Any] = json.loads(run_alone(ANSWER_ONCE, lines, ENVIRONMENT).splitlines()[-1])
    assert found["answer"]["statusCode"] == 201
    assert json.loads(found["answer"]["body"])["assignee"]["name"] == "Irina"
    unused = {
        "aws_lambda_powertools.tracing",
        "aws_lambda_powertools.utilities.jmespath_utils",
        "botocore.docs.method",
        "html.parser",
        "importlib.metadata",
        "subprocess",
        "tempfile",
        "urllib.request",
        "xml.etree.ElementTree",
    }
    assert unused & set(found["modules"]) == set()
    assert len(found["modules"]) <= MOST_MODULES
    assert found["built"] == ["AccountAnswer", "CreateTaskBody", "TaskAnswer", "TaskAssigned", "TaskCreated"]
    assert found["tables"] == ["accounts", "journal", "open_tasks", "roster", "tasks"]


def test_the_layer_is_small(layer: Path) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in layer.rglob("*"):
            archive.write(path, path.relative_to(layer))
    assert len(packed.getvalue()) <= LARGEST_ZIP


def test_a_changed_module_is_not_replaced(tmp_path: Path) -> None:
    for name in slimming.REPLACED:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("CHANGED = True\n")
    with pytest.raises(slimming.LibraryChanged, match=r"annotated_types/__init__\.py has the digest"):
        slimming.slim(tmp_path)


def test_every_stand_in_is_for_a_module_that_was_compared() -> None:
    stand_ins = {str(path.relative_to(slimming.STAND_INS)) for path in slimming.STAND_INS.rglob("*.py")}
    assert stand_ins - {"quick_dataclasses.py"} == slimming.REPLACED.keys() - slimming.REWRITTEN.keys()


def test_schemas_are_the_same_without_typed_dicts() -> None:
    source = slimming.without_typed_dicts(Path(core_schema.__file__).read_text())
    assert not re.search(r"^class \w+\(TypedDict", source, re.MULTILINE)
    made: dict[str, Any] = {"__name__": "slim"}
    exec(compile(source, "core_schema.py", "exec"), made)  # noqa: S102
    for module in (vars(core_schema), made):
        text = module["str_schema"](max_length=3, pattern="a", strict=True)
        fields = {
            "title": module["model_field"](text),
            "n": module["model_field"](module["int_schema"](ge=1)),
        }
        module["found"] = module["model_fields_schema"](fields)
        module["settings"] = module["CoreConfig"](title="T", strict=True)
    known = vars(core_schema)
    assert (made["found"], made["settings"]) == (known.pop("found"), known.pop("settings"))


NAMED_OTHERWISE = {"ses:SendRawEmail": "sesv2:SendEmail", "ses:SendEmail": "sesv2:SendEmail"}
"""Rights, and the operations that need them."""


def test_operations_that_functions_may_call_are_kept() -> None:
    specs = [spec for service in discover() for spec in service.use_cases]
    actions = {NAMED_OTHERWISE.get(action, action) for spec in specs for action in spec.actions}
    rows = {f"dynamodb:{action}" for spec in specs for each in spec.access.values() for action in each}
    kept = {f"{service}:{name}" for service, names in slimming.OPERATIONS.items() for name in names}
    assert (actions | rows) - {"dynamodb:ConditionCheckItem"} - kept == set()
    assert {"dynamodb:TransactWriteItems", "events:PutEvents", "lambda:Invoke"} <= kept


@pytest.mark.parametrize("service", slimming.OPERATIONS)
def test_operations_that_are_kept_have_all_their_shapes(service: str) -> None:
    whole = get_session().get_service_model(service)
    document = get_session().get_component("data_loader").load_service_model(service, "service-2")
    few = ServiceModel(slimming.of_operations(document, slimming.OPERATIONS[service]), service)
    assert sorted(few.operation_names) == sorted(slimming.OPERATIONS[service])
    for name in few.operation_names:
        ours, theirs = few.operation_model(name), whole.operation_model(name)
        for shape in ("input_shape", "output_shape"):
            assert members(getattr(ours, shape)) == members(getattr(theirs, shape))
        assert [error.name for error in ours.error_shapes] == [error.name for error in theirs.error_shapes]
    assert len(few.shape_names) < len(whole.shape_names)


def members(shape: Any, above: tuple[str, ...] = ()) -> Any:
    """What a shape is made of, as deep as it goes."""
    if shape is None or shape.name in above:
        return None
    inner: dict[str, Any] = {}
    if shape.type_name == "structure":
        inner = shape.members
    elif shape.type_name == "list":
        inner = {"member": shape.member}
    elif shape.type_name == "map":
        inner = {"key": shape.key, "value": shape.value}
    below = (*above, shape.name)
    return shape.name, shape.type_name, {name: members(each, below) for name, each in inner.items()}


@pytest.mark.parametrize("module", [url, compat], ids=["urllib3", "botocore"])
def test_hosts_are_told_from_addresses_with_the_short_pattern(module: ModuleType) -> None:
    source = Path(module.__file__ or "").read_text()
    short = slimming.with_any_ipv6(source)
    assert len(short.splitlines()) == len(source.splitlines())
    made: dict[str, Any] = {"__name__": module.__name__, "__package__": module.__package__}
    exec(compile(short, "short.py", "exec"), made)  # noqa: S102
    patterns = [name for name in vars(module) if "IPV6" in name and name.endswith("_RE")]
    for text in ("dynamodb.eu-central-1.amazonaws.com", "127.0.0.1", "::1", "[::1]", "[fe80::1%25eth0]"):
        for name in patterns:
            assert bool(made[name].match(text)) == bool(vars(module)[name].match(text)), (name, text)
    assert patterns


def test_addresses_are_parsed_with_the_short_pattern() -> None:
    made: dict[str, Any] = {"__name__": url.__name__, "__package__": url.__package__}
    source = Path(url.__file__).read_text()
    exec(compile(slimming.with_any_ipv6(source), "short.py", "exec"), made)  # noqa: S102
    for address in (
        "https://sqs.eu-central-1.amazonaws.com/1/q?a=b",
        "http://127.0.0.1:4566",
        "http://[::1]:80/",
    ):
        assert tuple(made["parse_url"](address)) == tuple(url.parse_url(address))
    with pytest.raises(made["LocationParseError"]):
        made["parse_url"]("http://[::1")


class Handlers:
    def takes_any(self, name: str, **more: str) -> None: ...

    def takes_one(self, name: str) -> None: ...

    def __call__(self, **more: str) -> None: ...


def test_functions_that_take_any_keyword_are_found_by_their_code() -> None:
    source = slimming.with_quick_compat(Path(compat.__file__).read_text())
    assert slimming.KWARGS_BY_FLAG in source
    made: dict[str, Any] = {"__name__": compat.__name__, "__package__": compat.__package__}
    exec(compile(source, "quick.py", "exec"), made)  # noqa: S102
    own = Handlers()
    for function in (own.takes_any, own.takes_one, own, Handlers.takes_any, partial(own.takes_any, name="a")):
        assert bool(made["accepts_kwargs"](function)) == bool(compat.accepts_kwargs(function)), function
    assert made["accepts_kwargs"](own.takes_any)
    assert not made["accepts_kwargs"](own.takes_one)


def test_a_description_keeps_all_but_its_texts() -> None:
    described = {"documentation": "Text", "members": {"documentation": {"shape": "Name"}, "list": ["a"]}}
    assert slimming.without_texts(described) == {
        "members": {"documentation": {"shape": "Name"}, "list": ["a"]}
    }


def quick_dataclasses() -> Any:
    spec = importlib.util.spec_from_file_location("quick", slimming.STAND_INS / "quick_dataclasses.py")
    assert spec
    assert spec.loader
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


def of_each_kind(module: Any) -> list[Any]:
    """Classes as pydantic declares them, by the decorator of a module."""

    @module.dataclass(frozen=True, slots=True)
    class Ge:
        value: int
        unit: str = "cents"

    @module.dataclass
    class Strict:
        strict: bool = True
        seen: list[int] = module.field(default_factory=list)
        size: int = module.field(init=False, default=0, repr=False, compare=False)

        def __post_init__(self) -> None:
            self.size = len(self.seen)

        def __hash__(self) -> int:
            return hash(self.strict)

    @module.dataclass(slots=True)
    class Plain:
        name: str

    @module.dataclass(frozen=True, kw_only=True, slots=True)
    class Interval:
        name: int | None = None
        unit: int | None = None

    return [Ge, Strict, Plain, Interval]


CALLS: list[tuple[int, tuple[Any, ...], dict[str, Any]]] = [
    (0, (1,), {}),
    (0, (1, "dollars"), {}),
    (0, (), {"unit": "dollars", "value": 2}),
    (0, (), {}),
    (0, (1, "dollars", 3), {}),
    (0, (1,), {"value": 1}),
    (0, (1,), {"values": 1}),
    (1, (), {}),
    (1, (False, [1, 2]), {}),
    (1, (), {"size": 3}),
    (2, ("a",), {}),
    (3, (1,), {}),
    (3, (), {"name": 1}),
]


@pytest.mark.parametrize(("kind", "values", "named"), CALLS)
def test_quick_dataclasses_do_what_the_original_does(
    kind: int, values: tuple[Any, ...], named: dict[str, Any]
) -> None:
    def behaviour(module: Any) -> Any:
        made = of_each_kind(module)[kind]
        try:
            one, two = made(*values, **named), made(*values, **named)
        except TypeError:
            return TypeError
        assert one == two
        assert one != object()
        shown = repr(one).rpartition(".")[2], dataclasses.asdict(one), made.__match_args__
        try:
            hashed = hash(one) == hash(two)
        except TypeError:
            hashed = False
        try:
            setattr(one, next(iter(dataclasses.asdict(one))), "changed")
        except dataclasses.FrozenInstanceError:
            return *shown, hashed, "frozen"
        return *shown, hashed, one == two, dataclasses.asdict(dataclasses.replace(two))

    assert behaviour(quick_dataclasses()) == behaviour(dataclasses)


PARSE_LATER = """
import sys
sys.path.append(sys.stdin.read())
from datetime import datetime, timezone
from botocore import compat, configloader, credentials, tokens, utils
assert not {"configparser", "dateutil.parser", "dateutil.tz"} & sys.modules.keys()
noon = datetime(2026, 11, 26, 12, tzinfo=timezone.utc)
for text in ("2026-11-26T12:00:00Z", "Thu, 26 Nov 2026 12:00:00 GMT", noon.timestamp()):
    assert utils.parse_timestamp(text) == noon, text
assert credentials.parse("2026-11-26T12:00:00Z") == noon
assert credentials._local_now().tzinfo and tokens._utc_now().utcoffset().total_seconds() == 0
assert [each().utcoffset(noon) is not None for each in compat.get_tzinfo_options()] == [True]
open("config", "w").write("[profile a]\\nregion = eu-central-1\\n")
assert configloader.load_config("config")["profiles"] == {"a": {"region": "eu-central-1"}}
"""


def test_the_layer_reads_dates_and_configurations_once_asked(layer: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-I", "-S", "-c", PARSE_LATER]
    done = subprocess.run(
        command, input=str(layer), text=True, capture_output=True, env={}, cwd=tmp_path, check=False
    )
    assert done.returncode == 0, done.stderr


ASK_LATER = """
import json, os, sys, threading
from http.server import BaseHTTPRequestHandler, HTTPServer
sys.path.append(sys.stdin.read())
from aws_lambda_powertools.logging.logger import Logger
from aws_lambda_powertools.shared import functions
from botocore import credentials, parsers, serialize, utils
assert not {"pathlib", "subprocess", "urllib.request", "xml.etree.ElementTree"} & sys.modules.keys()
there = utils.get_environ_proxies("http://there.example")
os.environ |= {"http_proxy": "http://proxy.example", "NO_PROXY": "here.example,127.0.0.1"}
assert (there, utils.get_environ_proxies("http://here.example")) == ({}, {})
assert utils.get_environ_proxies("http://there.example")["http"] == "http://proxy.example"
utils.JSONFileCache(".")["key"] = {"a": 1}
assert utils.JSONFileCache(".")["key"] == {"a": 1}
class Credentials(BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b'{"AccessKeyId": "of a container"}')
server = HTTPServer(("127.0.0.1", 0), Credentials)
threading.Thread(target=server.serve_forever, daemon=True).start()
address = f"http://127.0.0.1:{server.server_port}"
assert utils.ContainerMetadataFetcher().retrieve_full_uri(address) == {"AccessKeyId": "of a container"}
assert utils.IMDSFetcher(base_url=address)._get_request("/", None).content.startswith(b"{")
said = {"Version": 1, "AccessKeyId": "of a process", "SecretAccessKey": "s"}
open("said", "w").write(json.dumps(said))
profiles = {"profiles": {"a": {"credential_process": "cat said"}}}
assert credentials.ProcessProvider("a", lambda: profiles).load().access_key == "of a process"
assert functions.abs_lambda_path("said") == os.path.join(os.getcwd(), "said")
xml = parsers.QueryParser()
assert xml._parse_xml_string_to_dom(b"<a><b/></a>").tag == "a"
try:
    xml._parse_xml_string_to_dom(b"<a>")
except parsers.ResponseParserError:
    pass
else:
    raise AssertionError("bad XML was parsed")
assert serialize.ElementTree.tostring(serialize.ElementTree.Element("a")) == b"<a />"
class Context:
    function_name, memory_limit_in_mb, invoked_function_arn, aws_request_id = "f", 1, "arn", "r"
logger = Logger(service="s")
@logger.inject_lambda_context(correlation_id_path="request.id")
def handler(event, context):
    return logger.get_correlation_id()
assert handler({"request": {"id": "c1"}}, Context()) == "c1"
"""


def test_the_layer_asks_for_what_is_not_there_at_first(layer: Path, tmp_path: Path) -> None:
    """Credentials of other places, proxies, XML, a correlation id in an event."""
    command = [sys.executable, "-I", "-S", "-c", ASK_LATER]
    given = {"PATH": os.environ["PATH"]}
    done = subprocess.run(
        command, input=str(layer), text=True, capture_output=True, env=given, cwd=tmp_path, check=False
    )
    assert done.returncode == 0, done.stderr


def test_events_of_the_used_services_have_the_names_that_all_aliases_give() -> None:
    source = slimming.with_few_aliases(Path(utils.__file__).read_text())
    (line,) = re.findall(r"^EVENT_ALIASES = (.*)$", source, re.MULTILINE)
    few = EventAliaser(HierarchicalEmitter(), ast.literal_eval(line))
    every = EventAliaser(HierarchicalEmitter())
    models = [get_session().get_service_model(service) for service in slimming.AWS_SERVICES]
    own = {name for model in models for name in (model.service_name, model.endpoint_prefix)}
    own |= {model.service_id.hyphenize() for model in models}
    events = {f"{event}.{name}.Do" for name in own for event in ("before-call", "needs-retry")}
    events |= {event for event, *_ in BUILTIN_HANDLERS if own & {*event.split(".")}}
    assert {event for event in events if alias(few, event) != alias(every, event)} == set()


def alias(aliaser: Any, event: str) -> str:
    return str(aliaser._alias_event_name(event))
