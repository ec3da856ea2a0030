"""Leaves out of the layer what no function uses of its libraries.

`tests/infra/test_layer.py` imports every handler, and calls some, with a layer that is slimmed so.
"""

import ast
import gzip
import hashlib
import json
import re
import shutil
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import reduce
from pathlib import Path
from typing import Any

from infra.package import ROOT

STAND_INS = ROOT / "infra" / "layer" / "stand_ins"
AWS_SERVICES = ("cognito-idp", "dynamodb", "events", "lambda", "ses", "sesv2", "sqs")
ENDPOINTS = {*AWS_SERVICES, "email", "streams.dynamodb"}
"""What they are called in endpoints."""

LEFT_OUT = (
    "*.dist-info",
    "*/py.typed",
    "**/*.pyi",
    "bin",
    # Functions take requests, batches and settings without Powertools; X-Ray traces them without its Tracer.
    "aws_lambda_powertools/event_handler",
    "aws_lambda_powertools/metrics/provider/datadog",
    "aws_lambda_powertools/tracing",
    "aws_lambda_powertools/utilities/[!_j]*",
    "botocore/crt/auth.py",
    "botocore/docs/bcdoc",
    "botocore/docs/[!_du]*.py",
    "botocore/data/*/*/examples-1.json",
    "botocore/data/*/*/paginators-1.json*",
    "botocore/data/*/*/waiters-2.json*",
    "dateutil/zoneinfo",
    "pydantic/mypy.py",
    "pydantic/v1",
    "urllib3/contrib/emscripten",
)
"""Patterns of files and folders."""

POWERTOOLS = "aws_lambda_powertools/shared/functions.py"
LOGGER = "aws_lambda_powertools/logging/logger.py"
REPLACED = {
    "annotated_types/__init__.py": "a7104a4d439b27a9f74fc0be236b9ba1b7831e6044026802a205abc1298a9bc8",
    "aws_lambda_powertools/__init__.py": "a388841d4d0c7d60b4fd37d59a2b318b454e014c39b907ea2d05abd2ddbd65a1",
    LOGGER: "f0b64f89f584113dd435c63500149688feac4933d78d7b9baca68e42c7fc00b7",
    POWERTOOLS: "33fd73cc40d3a9c3ad14d605df5c28ed1a09404a669a53f24497906a630faa1f",
    "botocore/compat.py": "e4f1a4f8787b3958baffb53c0661227ec6939feb1c3fe6a15a9ea175400a279b",
    "botocore/configloader.py": "3537a323b6fd50651706fdae2a23da5c7d7d2e0977d0b639ba36645d1705a47b",
    "botocore/credentials.py": "38f95561c553c7e76d9da6d23d30a779dcfb0403a254cb98562e92e12cc0b0e8",
    "botocore/docs/__init__.py": "331c7a7a2cbbebe4b13e952c3cc50fa074be5a3cbc323d600dfae8c02bb44b85",
    "botocore/docs/docstring.py": "268f650386453eaef970d0947e9cfbcd689794307e0a7ddb3fad9c66f067b5f0",
    "botocore/serialize.py": "fe3a276ea81fb75d35b9c579c44c4eaa5d684f629d0f7fed057ecab7f2a1f3ff",
    "botocore/tokens.py": "d832d78dc42e7b482d70d610e7a18a976911676986cf157fd26444548ca38353",
    "botocore/utils.py": "e9d9182eacf6881499284a357fa1759796d7f57bc32930b691a92ad9915f2530",
    "pydantic/_internal/_decorators.py": "66a6a829cc2d5ae7566be5aca298b11d265e03be58188908f463a2802988ce59",
    "pydantic/aliases.py": "7ca40cf66ee92d9d94a1322a2be6cca31b3971634836b1f1a61c73b01e9501df",
    "pydantic/functional_validators.py": "ba78239e3ba03f1021eef3e153b629ee4eb374f51f299aed3856d1ccdd3ae1fc",
    "pydantic/json_schema.py": "3813bb1df7ed24d384052ee031aaf4befd05127e38a1acc2bbbc7bc3612ae7d7",
    "pydantic/plugin/_loader.py": "42eb42a853c5465b1059bb26e4dbff53a4997c5d1437cb36b5f25e4d3c144944",
    "pydantic/types.py": "e4814eeef3981f268f7f8544d9b462f5a51d1f5098f8d8000e3a580dfc085904",
    "pydantic_core/core_schema.py": "79546d1a51561f7f92ce3861b342e67d0c1f076d13175e47bda73db71167a867",
    "pynamodb/_schema.py": "333b45923d2284c80bb0bc54777923e822f5d508f234ba70eeb2f3fd188f4439",
    "urllib3/http2/__init__.py": "c73ac0487ed1e4035190f24ea2de651a70133aadca2aec97cc8e36adc9f09aab",
    "urllib3/util/url.py": "6a2814d91987dd9728278d413a154ee5277b15cb262d9945425377f2a693311f",
}
"""Modules that the layer has in another form, and the SHA-256 of what they were made for."""


class LibraryChanged(Exception):
    """A library's new release has another module than the one that is replaced: compare them, then update."""


def slim(libraries: Path) -> None:
    """Slim installed libraries in place. Raises LibraryChanged."""
    for name, known in REPLACED.items():
        if (found := digest(libraries / name)) != known:
            raise LibraryChanged(f"{name} has the digest {found}, and was replaced as {known}")
    for pattern in LEFT_OUT:
        for path in list(libraries.glob(pattern)):
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    for source in STAND_INS.rglob("*.py"):
        shutil.copyfile(source, libraries / source.relative_to(STAND_INS))
    for name, rewrite in REWRITTEN.items():
        (libraries / name).write_text(rewrite((libraries / name).read_text()))
    _slim_descriptions(libraries / "botocore" / "data")


def digest(module: Path) -> str:
    return hashlib.sha256(module.read_bytes()).hexdigest()


def without_typed_dicts(source: str) -> str:
    """The module with `dict` for each of its TypedDicts: they are the same when called.

    pydantic's 80 classes of this kind, which are for type checkers, are 6 % of a cold start, pynamodb's 2 %.
    """
    tree = ast.parse(source)
    typed = {"TypedDict"}
    for position, node in enumerate(tree.body):
        if isinstance(node, ast.ClassDef) and typed & {ast.unparse(base) for base in node.bases}:
            typed.add(node.name)
            tree.body[position] = ast.parse(f"{node.name} = dict").body[0]
    return ast.unparse(tree)


def with_any_ipv6(source: str) -> str:
    """The module with a short pattern of IPv6 addresses, which also accepts some that are none.

    The exact one is compiled five times in each cold start, and AWS is called by name.
    """
    return re.sub(r"^(_?IPV6_PAT) = .*$", r'\1 = "[0-9A-Fa-f.]*:[0-9A-Fa-f:.]*"', source, flags=re.MULTILINE)


KWARGS_BY_SIGNATURE = "return inspect.getfullargspec(func)[2]"
KWARGS_BY_FLAG = """code = getattr(func, '__code__', None)
    if code is not None:
        return bool(code.co_flags & inspect.CO_VARKEYWORDS)
    return inspect.getfullargspec(func)[2]"""


def with_quick_compat(source: str) -> str:
    """botocore asks of 130 functions whether they take any keyword: their code says so too."""
    return with_any_ipv6(source).replace(KWARGS_BY_SIGNATURE, KWARGS_BY_FLAG)


XML = "import xml.etree.ElementTree as ETree\nXMLParseError = ETree.ParseError\n"
LATER_XML = """class _LaterXml:
    def __getattr__(self, name):
        import xml.etree.ElementTree as whole
        return getattr(whole, name)

ETree = _LaterXml()
XMLParseError = SyntaxError
"""


def with_later_xml(source: str) -> str:
    """The services that functions call answer JSON. ElementTree's ParseError is a SyntaxError."""
    return source.replace(XML, LATER_XML).replace(
        "from xml.etree import ElementTree\n", "from botocore.compat import ETree as ElementTree\n"
    )


LATER = """def {name}(*values, **named):
    from {module} import {name}
    return {name}(*values, **named)
"""


def with_later_dates(source: str) -> str:
    """The module without dateutil until it is called: functions read and write no times in words."""
    source = re.sub(r"^from (dateutil\.\w+) import (.+)\n", _later, source, flags=re.MULTILINE)
    return re.sub(r"^import dateutil\.parser\n", "import dateutil\n", source, flags=re.MULTILINE)


def _later(imported: re.Match[str]) -> str:
    module, names = imported.groups()
    return "".join(LATER.format(module=module, name=name) for name in names.split(", "))


def with_few_aliases(source: str) -> str:
    """botocore compares each of 200 names of events with the aliases of all services, in each session."""
    declared = re.search(r"^EVENT_ALIASES = (\{.*?^\})", source, re.MULTILINE | re.DOTALL)
    if declared is None:
        raise LibraryChanged("botocore/utils.py declares no EVENT_ALIASES")
    aliases = ast.literal_eval(declared[1])
    used = {name: alias for name, alias in aliases.items() if name in ENDPOINTS}
    return source.replace(declared[1], repr(used))


SESSION = "botocore.httpsession.URLLib3Session("
LATER_SESSION = """

class _LaterSession:
    def __init__(self, **settings):
        self._settings = settings

    def send(self, request):
        return botocore.httpsession.URLLib3Session(**self._settings).send(request)
"""


def with_later_sessions(source: str) -> str:
    """The credentials of a function are in its environment.

    botocore also makes a TLS context for each of two services that would be asked for them on other hosts.
    """
    return source.replace(SESSION, "_LaterSession(") + LATER_SESSION


PROXIES = "from urllib.request import getproxies, proxy_bypass\n"
LATER_PROXIES = """def _has_proxies():
    return any(name.lower().endswith('_proxy') for name in os.environ)

def getproxies():
    if not _has_proxies():
        return {}
    from urllib.request import getproxies
    return getproxies()

def proxy_bypass(host):
    if not _has_proxies():
        return False
    from urllib.request import proxy_bypass
    return proxy_bypass(host)

"""


def with_later_proxies(source: str) -> str:
    """The module without urllib.request, and what that imports, where the environment names no proxy."""
    return source.replace(PROXIES, LATER_PROXIES, 1)


def with_later_files(source: str) -> str:
    """botocore writes a cache of credentials that somebody logs in for."""
    without = re.sub(r"^from (pathlib) import (Path)\n", _later, source, count=1, flags=re.MULTILINE)
    without = without.replace("import tempfile\n", "", 1)
    made = "        temp_fd, temp_path = tempfile"
    return without.replace(made, f"        import tempfile\n{made}", 1)


OPERATIONS: Mapping[str, Sequence[str]] = {
    "cognito-idp": (
        "AdminAddUserToGroup",
        "AdminCreateUser",
        "AdminDisableUser",
        "AdminEnableUser",
        "AdminGetUser",
        "AdminListGroupsForUser",
        "AdminRemoveUserFromGroup",
        "AdminUpdateUserAttributes",
        "AdminUserGlobalSignOut",
        "ListUsers",
    ),
    "dynamodb": (
        "BatchGetItem",
        "BatchWriteItem",
        "DeleteItem",
        "DescribeEndpoints",
        "DescribeTable",
        "GetItem",
        "PutItem",
        "Query",
        "Scan",
        "TransactGetItems",
        "TransactWriteItems",
        "UpdateItem",
    ),
    "events": ("PutEvents",),
    "lambda": ("Invoke",),
    "sesv2": ("SendEmail",),
}
"""What functions call of the services with large descriptions. A client has no others."""


def of_operations(model: dict[str, Any], names: Collection[str]) -> dict[str, Any]:
    """A description with these operations, and the shapes that they are made of."""
    operations = {name: operation for name, operation in model["operations"].items() if name in names}
    needed, waiting = set[str](), list(_shapes_in(operations))
    while waiting:
        if (name := waiting.pop()) not in needed:
            needed.add(name)
            waiting.extend(_shapes_in(model["shapes"][name]))
    shapes = {name: shape for name, shape in model["shapes"].items() if name in needed}
    return {**model, "operations": operations, "shapes": shapes}


def _shapes_in(described: Any) -> Iterator[str]:
    if isinstance(described, dict):
        if isinstance(name := described.get("shape"), str):
            yield name
        for each in described.values():
            yield from _shapes_in(each)
    elif isinstance(described, list):
        for each in described:
            yield from _shapes_in(each)


def with_later_configparser(source: str) -> str:
    """Lambda has no configuration file."""
    without = source.replace("import configparser\n", "", 1)
    return without.replace("    cp = configparser", "    import configparser\n        cp = configparser", 1)


def with_later_subprocess(source: str) -> str:
    """A function's credentials are not asked of another process."""
    without = source.replace("import subprocess\n", "", 1).replace("subprocess.Popen", "None", 1)
    asked = "    def _retrieve_credentials_using(self, credential_process):\n"
    popen = "        import subprocess\n        self._popen = self._popen or subprocess.Popen\n"
    return without.replace(asked, asked + popen, 1)


QUERIES = "from aws_lambda_powertools.utilities import jmespath_utils\n"


def with_later_queries(source: str) -> str:
    """Powertools' logger can look for a correlation id in the event; functions give it theirs."""
    condition = "            if correlation_id_path:\n"
    return source.replace(QUERIES, "", 1).replace(condition, f"{condition}                {QUERIES}", 1)


PATHS = "from pathlib import Path\n"


def with_later_paths(source: str) -> str:
    """Powertools can find files of the function; no function asks it to."""
    used = "    current_working_directory = "
    return source.replace(PATHS, "", 1).replace(used, f"    {PATHS}{used}", 1)


WITH_DATACLASSES = (
    "annotated_types/__init__.py",
    "pydantic/_internal/_decorators.py",
    "pydantic/aliases.py",
    "pydantic/functional_validators.py",
    "pydantic/json_schema.py",
    "pydantic/types.py",
)


def with_quick_dataclasses(source: str) -> str:
    """The methods of pydantic's dataclasses are 7 % of a cold start to generate."""
    source = re.sub(r"^from dataclasses import", "from quick_dataclasses import", source, flags=re.MULTILINE)
    source = re.sub(r"^import dataclasses as", "import quick_dataclasses as", source, flags=re.MULTILINE)
    return re.sub(
        r"^import dataclasses$", "import quick_dataclasses as dataclasses", source, flags=re.MULTILINE
    )


def _all_of(*rewrites: Callable[[str], str]) -> Callable[[str], str]:
    """One after the other."""
    return lambda source: reduce(lambda rewritten, each: each(rewritten), rewrites, source)


REWRITTEN: Mapping[str, Callable[[str], str]] = {
    **dict.fromkeys(WITH_DATACLASSES, with_quick_dataclasses),
    LOGGER: with_later_queries,
    POWERTOOLS: with_later_paths,
    "botocore/compat.py": _all_of(with_quick_compat, with_later_dates, with_later_xml),
    "botocore/configloader.py": with_later_configparser,
    "botocore/credentials.py": _all_of(with_later_dates, with_later_subprocess),
    "botocore/serialize.py": with_later_xml,
    "botocore/tokens.py": with_later_dates,
    "botocore/utils.py": _all_of(
        with_few_aliases, with_later_dates, with_later_files, with_later_proxies, with_later_sessions
    ),
    "pydantic_core/core_schema.py": without_typed_dicts,
    "pynamodb/_schema.py": without_typed_dicts,
    "urllib3/util/url.py": with_any_ipv6,
}
"""Those of the replaced modules that are made from their own source; the others have a stand-in."""


def _slim_descriptions(data: Path) -> None:
    """Keep botocore's descriptions of the services that functions call, without their texts."""
    for service in [path for path in data.iterdir() if path.is_dir()]:
        *older, newest = sorted(service.iterdir())
        for folder in [service] if service.name not in AWS_SERVICES else older:
            shutil.rmtree(folder)
        if service.name in AWS_SERVICES:
            _slim_service(newest / "service-2.json.gz")
    endpoints = data / "endpoints.json"
    endpoints.write_text(json.dumps(_used_endpoints(json.loads(endpoints.read_text()))))


def _slim_service(packed: Path) -> None:
    """Also unpacked: a layer is compressed anyway."""
    model = json.loads(gzip.decompress(packed.read_bytes()))
    if names := OPERATIONS.get(packed.parents[1].name):
        model = of_operations(model, names)
    packed.with_suffix("").write_text(json.dumps(without_texts(model), separators=(",", ":")))
    packed.unlink()


def without_texts(model: Any) -> Any:
    """A description without `documentation`, unless that is the name of something described."""
    if isinstance(model, dict):
        return dict(_without_texts(model))
    return [without_texts(each) for each in model] if isinstance(model, list) else model


def _without_texts(model: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, value in model.items():
        if name != "documentation" or not isinstance(value, str):
            yield name, without_texts(value)


def _used_endpoints(endpoints: dict[str, Any]) -> dict[str, Any]:
    """botocore's endpoints, which it reads for every client, cut to one partition and the services used."""
    (aws,) = (partition for partition in endpoints["partitions"] if partition["partition"] == "aws")
    services = {name: service for name, service in aws["services"].items() if name in ENDPOINTS}
    return {**endpoints, "partitions": [{**aws, "services": services}]}
