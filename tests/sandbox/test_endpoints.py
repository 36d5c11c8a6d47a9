"""Which daemon is asked, as the docker command decides it, and what is said of one that cannot be."""

from __future__ import annotations

import hashlib
import json
import socket
import time
from pathlib import Path

import pytest

from validator.rules import sandbox as rules
from validator.sandbox import daemon
from validator.sandbox.endpoints import DEFAULT, chosen
from validator.sandbox.model import SandboxError


@pytest.fixture
def configured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The docker command's configuration, in which `colima` is in use and `remote` another context."""
    monkeypatch.delenv("DOCKER_HOST", raising=False)
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    (tmp_path / "config.json").write_text('{"currentContext": "colima"}')
    hosts = {"colima": "unix:///colima.sock", "remote": "ssh://me@far", "empty": ""}
    for name, host in hosts.items():
        folder = tmp_path / "contexts" / "meta" / hashlib.sha256(name.encode()).hexdigest()
        folder.mkdir(parents=True)
        meta = {"Name": name, "Metadata": {}, "Endpoints": {"docker": {"Host": host, "SkipTLSVerify": False}}}
        (folder / "meta.json").write_text(json.dumps(meta))
    return tmp_path


CHOSEN = [
    ({}, "unix:///colima.sock (docker context `colima`)"),
    ({"DOCKER_HOST": "tcp://there:2375"}, "tcp://there:2375"),
    ({"DOCKER_HOST": "tcp://there:2375", "DOCKER_CONTEXT": "remote"}, "tcp://there:2375"),
    ({"DOCKER_HOST": ""}, "unix:///colima.sock (docker context `colima`)"),
    ({"DOCKER_CONTEXT": "default"}, DEFAULT),
]


@pytest.mark.parametrize(("environ", "shown"), CHOSEN)
def test_the_daemon_of_the_docker_command(configured: Path, environ: dict[str, str], shown: str) -> None:
    assert chosen(environ).shown == shown


@pytest.mark.parametrize("text", ["{}", "", "[]", '{"currentContext": 1}', '{"currentContext": "default"}'])
def test_a_configuration_without_a_context_means_the_default(configured: Path, text: str) -> None:
    (configured / "config.json").write_text(text)
    assert chosen({}).shown == DEFAULT


REFUSED = [
    ({"DOCKER_CONTEXT": "gone"}, "docker context `gone`", "there is no such context"),
    ({"DOCKER_CONTEXT": "empty"}, "docker context `empty`", "it names no Docker endpoint"),
    ({"DOCKER_CONTEXT": "remote"}, "ssh://me@far (docker context `remote`)", "forward its socket with `ssh -nNT -L"),
    ({"DOCKER_HOST": "ssh://me@far:22"}, "ssh://me@far:22", "ssh://me@far:22`, and set DOCKER_HOST=unix:///"),
]


@pytest.mark.parametrize(("environ", "endpoint", "said"), REFUSED)
def test_what_cannot_be_asked(configured: Path, environ: dict[str, str], endpoint: str, said: str) -> None:
    with pytest.raises(SandboxError) as raised:
        chosen(environ)
    assert (raised.value.rule, raised.value.facts["endpoint"]) == (rules.NO_DAEMON, endpoint)
    assert said in raised.value.message


def test_a_context_that_cannot_be_read_is_told(configured: Path) -> None:
    (next((configured / "contexts" / "meta").glob("*/meta.json"))).write_text("{")
    for name in ("colima", "remote", "empty"):
        if "cannot be read" in _said(name):
            return
    pytest.fail("no context was found to be unreadable")


def _said(name: str) -> str:
    try:
        chosen({"DOCKER_CONTEXT": name})
    except SandboxError as error:
        return error.message
    return ""


@pytest.mark.parametrize("kind", ["unix", "tcp"])
@pytest.mark.parametrize("accepts", [True, False])
def test_a_daemon_that_never_answers_is_told_within_seconds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, accepts: bool
) -> None:
    monkeypatch.setattr(daemon, "ANSWER_SECONDS", 1)
    with socket.socket(socket.AF_UNIX if kind == "unix" else socket.AF_INET) as silent:
        silent.bind(str(tmp_path / "docker.sock") if kind == "unix" else ("127.0.0.1", 0))
        silent.listen(8 if accepts else 0)
        address = f"unix://{tmp_path}/docker.sock" if kind == "unix" else "tcp://{}:{}".format(*silent.getsockname())
        monkeypatch.setenv("DOCKER_HOST", address)
        started = time.monotonic()
        with pytest.raises(SandboxError) as raised, daemon.connect():
            pass
        assert time.monotonic() - started < 10
    assert (raised.value.rule, raised.value.facts["reason"]) == (rules.NO_DAEMON, "it gave no answer within 1 s")
