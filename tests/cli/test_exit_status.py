"""Exit statuses: 0 kept, 1 broken, 2 not understood, 3 the sandbox could not work, 4 nothing to check."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.conftest import FIXTURE_TAG
from validator.cli import main

ENGRAMS = Path(__file__).parent.parent / "fixtures" / "engrams"
GOOD = (ENGRAMS / "conforming" / "Engram.yaml").read_text()
STORY = """\
apiVersion: bubustack.io/v1alpha1
kind: Story
metadata: {name: triage}
spec:
  steps:
    - {name: fetch, ref: fetch}
"""


def validate(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments)


STATUSES = [
    (0, "check", {"Engram.yaml": GOOD}, ["passed"]),
    (1, "check", {"story.yaml": STORY}, ["story.yaml:6:26"]),
    (0, "check --fail-on never", {"story.yaml": STORY}, ["story.yaml:6:26"]),
    (2, "check", {"story.yaml": STORY, "bad.yaml": "kind: Story\napiVersion: bubustack.io/v1alpha1\nspec: [\n"},
     ["bad.yaml:3:7", "story.yaml:6:26"]),
    (2, "check", {"Engram.yaml": GOOD, "engram-validate.yaml": "fail-on: fatal\n"}, ["engram-validate.yaml:1:10"]),
    (1, "check", {"Engram.yaml": GOOD.replace("type: integer", "type: numeral")}, ["EV140", "Engram.yaml:35:15"]),
    (2, "check --checks typos", {"Engram.yaml": GOOD}, ["no such check: typos; there are manifests"]),
    (2, "check --checks manifets", {"Engram.yaml": GOOD}, ["did you mean `manifests`?"]),
    (2, "check --checks conformance", {"Engram.yaml": GOOD}, ["`engram-validate run --checks conformance`"]),
    (2, "chek", {"Engram.yaml": GOOD}, ["`chek` is neither a command nor a file; did you mean `check`?"]),
    (2, "schema copmare", {}, ["did you mean `compare`?"]),
    (2, "check --baseline none.json", {"Engram.yaml": GOOD}, ["there is no baseline none.json; --update-baseline"]),
    (2, "check", {"Engram.yaml": GOOD, "engram-validate.yaml": "baseline: none.json\n"}, ["there is no baseline"]),
    (0, "check --baseline new.json --update-baseline", {"Engram.yaml": GOOD}, ["passed"]),
    (2, "check", {"Engram.yaml": GOOD, "engram-validate.yaml": "fail-on: note\nfail-on: error\n"},
     ["EV109", "engram-validate.yaml:2:1"]),
    (2, "run --timeout 3x", {"Engram.yaml": GOOD}, ["'3x' is no duration; write something like 30s or 1m30s"]),
    (3, "run --timeout 3 --sandbox docker", {"Engram.yaml": GOOD}, ["EV901"]),
    (2, "check --config none.yaml", {"Engram.yaml": GOOD}, ["there is no configuration file none.yaml"]),
    (2, "check --config .", {"Engram.yaml": GOOD}, ["is a folder, and a file is expected"]),
    (2, "check", {"Engram.yaml": GOOD, "engram-validate.yaml": "timeout: 3s\n---\nbaseline: x\n"},
     ["engram-validate.yaml holds 2 documents, and one is expected"]),
    (2, "check missing.yaml", {"Engram.yaml": GOOD}, ["missing.yaml"]),
    (2, "run --template conformin", {"Engram.yaml": GOOD},
     ["no EngramTemplate `conformin` here; did you mean `conforming`?"]),
    (2, "run --template x", {"Engram.yaml": GOOD}, ["no EngramTemplate `x` here; there are `conforming`"]),
    (2, "run --image conforming", {"Engram.yaml": GOOD}, ["expected NAME=REF, found `conforming`"]),
    (3, "run --sandbox docker", {"Engram.yaml": GOOD}, ["EV901"]),
    (3, "run --sandbox process", {"Engram.yaml": GOOD}, ["EV914"]),
    (4, "check", {"values.yaml": "a: 1\n"}, ["nothing", "no manifests found (kinds Story, Engram, ", "all of /"]),
]  # fmt: skip


@pytest.fixture
def root(tmp_path, monkeypatch):
    """A folder in which a test stands, out of reach of any Docker daemon."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere/docker.sock")
    return tmp_path


@pytest.mark.parametrize(("status", "arguments", "files", "words"), STATUSES, ids=lambda value: str(value)[:30])
def test_status(root, status, arguments, files, words):
    for name, text in files.items():
        (root / name).write_text(text)
    done = validate(*arguments.split())
    assert done.exit_code == status, done.output
    for word in words:
        assert word in done.output


@pytest.mark.parametrize("status", [0, 1, 2, 3, 4])
def test_the_program_ends_with_the_status(status, root):
    arguments, files = next((words, files) for number, words, files, _ in STATUSES if number == status)
    for name, text in files.items():
        (root / name).write_text(text)
    command = [sys.executable, "-m", "validator", *arguments.split()]
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}
    done = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == status, done.stdout + done.stderr


def test_run_is_what_happens_when_no_command_is_named(root):
    (root / "story.yaml").write_text(STORY)
    for arguments in ([], ["story.yaml"], ["--format", "console"]):
        assert "story.yaml:6:26" in validate(*arguments).stdout


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
@pytest.mark.parametrize("sandbox", ["process", "docker"])
def test_an_interrupt_keeps_what_is_done_and_leaves_nothing(
    request, fixture_binaries, tmp_path, sandbox, number, status
):
    if sandbox == "docker":
        request.getfixturevalue("fixture_images")
    done, warned, hangs = "conforming", "extra", "hangs"
    config = "images:\n" + "".join(
        f"  {name}: {{image: 'engram-validate-fixture/{name}:{FIXTURE_TAG}', process: {BINARIES / name}}}\n"
        for name in (done, warned, hangs)
    )
    (tmp_path / "engram-validate.yaml").write_text(config)
    for name in (done, warned, hangs):
        (tmp_path / f"{name}.yaml").write_text((ENGRAMS / name / "Engram.yaml").read_text())
    with subprocess.Popen(
        [
            sys.executable,
            "-m",
            "validator",
            "run",
            "--sandbox",
            sandbox,
            "--timeout",
            "100s",
            "--explore",
            "off",
            "--workers",
            "1",
        ],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as running:
        # With one worker a case of the second engram ends after all of the first, and then one of the third runs.
        awaited = {"image hangs: ", "warned template extra"}
        for line in running.stderr:
            awaited = {start for start in awaited if not line.startswith(start)}
            if not awaited:
                break
        running.send_signal(number)
        out, err = running.communicate(timeout=60)
    assert running.returncode == status, out + err
    assert "interrupted" in out
    assert "template conforming" in out
    assert leftovers(running.pid, sandbox) == []


BINARIES = Path(__file__).parents[2] / ".cache" / "fixtures" / "bin"


def leftovers(pid, sandbox):
    """What a run of this process left: containers with its label, or processes of the fixture."""
    if sandbox == "process":
        listed = subprocess.run(["pgrep", "-af", str(BINARIES / "hangs")], capture_output=True, text=True, check=False)
        return listed.stdout.splitlines()
    names = []
    for kind in ("container", "volume", "network"):
        command = ["docker", kind, "ls", "-q", "--filter", f"label=io.bubustack.engram-validate.pid={pid}"]
        command += ["-a"] if kind == "container" else []
        listed = subprocess.run(command, capture_output=True, text=True, check=False)
        names += listed.stdout.split()
    return names


def test_a_mistake_of_ours_is_no_verdict(monkeypatch, capsys):
    from validator.cli import INTERNAL_ERROR, main

    monkeypatch.setattr("validator.cli.check.reported", lambda *_: 1 / 0)
    with pytest.raises(SystemExit) as ended:
        main(["check"])
    assert ended.value.code == INTERNAL_ERROR
    assert "a mistake of engram-validate itself" in capsys.readouterr().err
