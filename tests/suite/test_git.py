"""Asking git about a checkout of somebody else: what it brings is read and never run."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from validator.suite import git


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    (tmp_path / "ä.yaml").write_text("a: 1\n")
    return tmp_path


def test_a_monitor_that_a_checkout_brings_is_not_run(checkout: Path) -> None:
    monitor = checkout / ".git" / "monitor"
    monitor.write_text(f"#!/bin/sh\ntouch '{checkout}/it-ran'\n")
    monitor.chmod(0o755)
    subprocess.run(["git", "-C", checkout, "config", "core.fsmonitor", monitor], check=True)

    assert git.ask(checkout, "ls-files", "--others").decode() == "ä.yaml\n"
    assert not (checkout / "it-ran").exists()
    subprocess.run(["git", "-C", checkout, "status"], check=True, capture_output=True)
    assert (checkout / "it-ran").exists(), "git runs no monitor here, so this test shows nothing"


@pytest.mark.parametrize(
    ("folder", "arguments", "said"),
    [(".", ("cat-file", "-t", "v1"), "Not a valid object name v1"), ("absent", ("status",), "No such file")],
)
def test_what_git_says_is_the_error(folder: str, arguments: tuple[str, ...], said: str, checkout: Path) -> None:
    with pytest.raises(git.GitError, match=said):
        git.ask(checkout / folder, *arguments)


def test_a_machine_without_git(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(checkout))

    with pytest.raises(git.GitError, match="there is no command `git` here"):
        git.ask(checkout, "status")
