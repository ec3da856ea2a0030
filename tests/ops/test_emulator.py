"""The script that runs MiniStack and forks its workers from one process; a stand-in replaces MiniStack."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from ops.local import ministack

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="forks on Linux only")

RUNTIME = """
import subprocess, sys
def spawn(script, folder, **environment):
    pipes = {name: subprocess.PIPE for name in ("stdin", "stdout", "stderr")}
    command = [sys.executable, script]
    return subprocess.Popen(command, cwd=folder, env=environment, text=True, bufsize=1, **pipes)
"""
WORKER = """
import json, os, random, sys
import botocore.loaders, botocore.session, own
known = sys.modules.keys() >= {"pydantic.main", "pynamodb.models"}
own.calls += 1
loader = botocore.session.get_session().get_component("data_loader")
for line in sys.stdin:
    print(json.dumps({"asked": line.strip(), "environment": dict(os.environ), "folder": os.getcwd(),
        "argv": sys.argv, "calls": own.calls, "random": random.random(), "known": known,
        "described": len(loader._cache)}))
    print("Müller schläft", file=sys.stderr)
"""


def run(tmp_path: Path, program: str) -> Any:
    """What a program in MiniStack's place prints; it starts workers by `spawn`."""
    core, folder = tmp_path / "ministack" / "core", tmp_path / "folder"
    core.mkdir(parents=True)
    folder.mkdir()
    (core.parent / "__init__.py").touch()
    (core / "lambda_runtime.py").write_text(RUNTIME)
    (core.parent / "app.py").write_text(program)
    (tmp_path / "own.py").write_text("calls = 0\n")
    (tmp_path / "worker.py").write_text(WORKER)
    done = subprocess.run(
        [sys.executable, "-P", str(ministack.EMULATOR), "sqs"],
        env={"PYTHONPATH": str(tmp_path)},
        cwd=tmp_path,
        capture_output=True,
        check=True,
        timeout=60,
    )
    return json.loads(done.stdout)


ANSWERS = """
import json
from ministack.core.lambda_runtime import spawn
def ask(worker, what):
    worker.stdin.write(what + chr(10))
    return {**json.loads(worker.stdout.readline()), "log": worker.stderr.readline()}
def main():
    workers = [spawn(SCRIPT, "folder", NAME=name) for name in "ab"]
    print(json.dumps([ask(worker, "question") for worker in workers]))
"""


def test_a_worker_is_a_process_of_its_own_with_libraries_already_there(tmp_path: Path) -> None:
    first, second = run(tmp_path, f"SCRIPT = '{tmp_path}/worker.py'\n{ANSWERS}")
    for name, answer in (("a", first), ("b", second)):
        assert answer["environment"] == {"NAME": name}
        assert answer["folder"] == str(tmp_path / "folder")
        assert answer["argv"] == [f"{tmp_path}/worker.py"]
        assert answer["asked"] == "question"
        assert answer["calls"] == 1
        assert answer["log"] == "Müller schläft\n"
        assert answer["known"]
        assert answer["described"]
    assert first["random"] != second["random"]


ENDS = """
import json, subprocess
from ministack.core.lambda_runtime import spawn
def main():
    said = []
    for end in ("terminate", "kill"):
        worker = spawn(SCRIPT, "folder", NAME="a")
        said.append(worker.poll())
        try:
            worker.wait(timeout=0)
        except subprocess.TimeoutExpired:
            said.append("still runs")
        getattr(worker, end)()
        said += [worker.wait(timeout=30), worker.poll(), worker.stdout.read()]
        getattr(worker, end)()
    print(json.dumps(said))
"""


def test_a_worker_is_waited_for_and_ended(tmp_path: Path) -> None:
    said = run(tmp_path, f"SCRIPT = '{tmp_path}/worker.py'\n{ENDS}")
    assert said == [None, "still runs", 0, 0, ""] * 2


LEAVES = """
import json, os
from ministack.core.lambda_runtime import spawn
def main():
    worker = spawn(SCRIPT, "folder", NAME="a")
    print(json.dumps(os.getpid()), flush=True)
    os.kill(os.getpid(), 9)
"""


def test_nothing_outlives_an_emulator_that_is_killed(tmp_path: Path) -> None:
    """All of them hold its standard output: it is closed when the last has ended."""
    with pytest.raises(subprocess.CalledProcessError) as killed:
        run(tmp_path, f"SCRIPT = '{tmp_path}/worker.py'\n{LEAVES}")
    assert killed.value.returncode == -9


def test_workers_of_other_runtimes_are_started_as_before(tmp_path: Path) -> None:
    program = """
import json, subprocess
from ministack.core import lambda_runtime
def main():
    start = lambda_runtime.subprocess.Popen
    other = start(["/usr/bin/env"], cwd="/", env={"NAME": "a"}, stdout=subprocess.PIPE)
    print(json.dumps(other.communicate()[0].decode()))
"""
    assert run(tmp_path, program) == "NAME=a\n"
