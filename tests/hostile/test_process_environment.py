"""What an engram finds in /proc of the process that started it: no token of the job."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.manifests import engram_template

pytestmark = pytest.mark.slow  # each starts the program in surroundings of its own

ROOT = Path(__file__).parents[2]
MARK = "marker-of-a-token"
LINUX = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs Linux")
SECRETS = {
    "ACTIONS_RUNTIME_TOKEN": MARK,
    "ACTIONS_ID_TOKEN_REQUEST_TOKEN": MARK,
    "GITHUB_TOKEN": MARK,
    "MY_DEPLOY_KEY": MARK,
    "ENGRAM_VALIDATE_TOKEN": MARK,
}
THIEF = """#!/bin/sh
echo "the engram has run" >&2
exec /bin/sh -c "/usr/bin/tr '\\0' '\\n' </proc/$PPID/environ >&2; exit 7"
"""
CONCEALED = """
import json, os, subprocess, sys
from validator.cli.process_environment import conceal
conceal()
child = subprocess.run(["/usr/bin/env"], capture_output=True, text=True).stdout
print(json.dumps([open("/proc/self/environ", "rb").read().strip(b"\\0").decode(), os.environ.get("KEPT"), child]))
"""


def environment(**more: str) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT), **SECRETS, **more}


@LINUX
def test_nothing_is_shown_and_all_that_is_needed_still_there() -> None:
    done = subprocess.run(
        [sys.executable, "-c", CONCEALED],
        env=environment(KEPT="value"), cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    shown, kept, child = json.loads(done.stdout)
    assert (shown, kept) == ("", "value")
    assert "KEPT=value" in child
    assert not {"ACTIONS_RUNTIME_TOKEN", "GITHUB_TOKEN"} & {line.partition("=")[0] for line in child.splitlines()}


@LINUX
@pytest.mark.parametrize("by", ["command line", "action"])
def test_an_engram_that_nothing_confines_finds_no_token(by: str, tmp_path: Path) -> None:
    (tmp_path / "Engram.yaml").write_text(engram_template("greeter"), encoding="utf-8")
    (tmp_path / "engram-validate.yaml").write_text("images: {greeter: {process: ./engram}}\n", encoding="utf-8")
    (tmp_path / "engram").write_text(THIEF, encoding="utf-8")
    (tmp_path / "engram").chmod(0o755)
    nowhere = {"DOCKER_HOST": "tcp://127.0.0.1:1", "PATH": str(tmp_path), "ENGRAM_VALIDATE_ALLOW_UNISOLATED": "1"}
    if by == "action":
        command = [sys.executable, str(ROOT / "entrypoint.py")]
        nowhere |= {"INPUT_TOKEN": MARK, "INPUT_SANDBOX": "process", "INPUT_ANNOTATIONS": "false"}
        nowhere["INPUT_EXPLORE"] = "off"
    else:
        command = [sys.executable, "-m", "validator", "run", "--explore", "off", "--json", "engram-validate.json"]
    done = subprocess.run(
        command, cwd=tmp_path, env=environment(**nowhere), capture_output=True, text=True, check=False
    )
    told = (tmp_path / "engram-validate.json").read_text(encoding="utf-8")
    assert "the engram has run" in told, done.stderr
    assert MARK not in told + done.stdout + done.stderr
