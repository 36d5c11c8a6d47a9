"""GitHub's log, read as the runner reads it: nothing that an engram or a case says becomes a command there."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ENGRAMS = ROOT / "tests" / "fixtures" / "engrams"
COMMAND = re.compile(r"^\s*(?:::([\w-]+)(?: [^:]*)?::|##\[([\w-]+)[^\]]*\])")
OURS = {"error", "warning", "notice", "group", "endgroup", "stop-commands", "add-mask"}
HOSTILE = (
    "::set-output name=result::passed\n::add-path::/evil\r::error file=a::boo%0A::warning::x\n"
    "##[set-env name=PATH]/evil\n ::save-state name=a::b\n\u2028::debug::x\x1b]0;title\x07"
)


def commands(log: str) -> Iterator[str]:
    """The names of the commands that a runner would do, in order (actions/runner, ActionCommandManager)."""
    stopped = ""
    for line in re.split(r"\r\n|\n|\r", log):
        if stopped:
            stopped = "" if line.strip() == f"::{stopped}::" else stopped
            continue
        found = COMMAND.match(line)
        if found:
            yield found[1] or found[2]
            if found[1] == "stop-commands":
                stopped = line.rpartition("::")[2].strip()
                assert len(stopped) >= 32, "a token that nobody guesses"
    assert not stopped, "commands are taken again at the end"


@pytest.mark.parametrize("sandbox", ["process", pytest.param("docker", marks=pytest.mark.docker)])
def test_what_an_engram_says_is_no_command(
    sandbox: str, fixture_binaries: Path, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    image: Callable[[str], str] = request.getfixturevalue("fixture_images") if sandbox == "docker" else str
    images, cases = {}, {}
    for name in ("conforming", "logs", "blurts", "picky"):
        (tmp_path / name).mkdir()
        template = (ENGRAMS / name / "Engram.yaml").read_text()
        (tmp_path / name / "Engram.yaml").write_text(template)
        images[name] = {"image": image(name), "process": str(fixture_binaries / name)}
        case = {"name": f"{name} {HOSTILE}", "inputs": {"text": HOSTILE}}
        if "secretSchema" in template:
            case["secrets"] = {"service": {"TOKEN": HOSTILE}}
        cases[name] = [{**case, "expect": {"output": {"greeting": HOSTILE + "!"}}}]
    (tmp_path / "engram-validate.yaml").write_text(json.dumps({"images": images, "cases": cases}))
    arguments = ["run", "--sandbox", sandbox, "--explore", "off", "--format", "github", "--summary", "summary.md"]
    arguments.append("--verbose")
    done = subprocess.run(
        [sys.executable, "-m", "validator", *arguments],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT), "GITHUB_ACTIONS": "true"},
        capture_output=True,
        check=False,
    )
    out, err = done.stdout.decode(), done.stderr.decode()

    assert done.returncode == 1, out + err
    assert set(commands(out)) <= OURS
    assert set(commands(err)) <= OURS
    assert "error" in set(commands(out))
    for text in (out, err, (tmp_path / "summary.md").read_text()):
        assert "\x1b]" not in text
        assert "\u2028" not in text
