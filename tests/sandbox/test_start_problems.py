"""What is left of a runtime's words about a program that it cannot start."""

from __future__ import annotations

import pytest

from validator.findings import Location, Subject
from validator.rules import sandbox as rules
from validator.sandbox.docker_errors import fail
from validator.sandbox.model import ImageSource, SandboxError, SourceKind
from validator.sandbox.pods.docker import start_problem

LAYERS = (
    "failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: "
)


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (f'{LAYERS}exec: "/a b": stat /a b: no such file or directory: unknown', "`/a b`: no such file or directory"),
        (f'{LAYERS}exec: "run": executable file not found in $PATH', "`run`: executable file not found in $PATH"),
        (f'{LAYERS}exec: "/": permission denied: unknown', "`/`: permission denied"),
        (f"{LAYERS}exec /engram: exec format error", f"{LAYERS}exec /engram: exec format error"),
        ("no command specified", "no command specified"),
    ],
)
def test_the_program_and_what_is_wrong_with_it_are_told(said: str, told: str) -> None:
    assert start_problem(said) == told


@pytest.mark.parametrize("rule", [rules.BUILD_FAILED, rules.LOAD_FAILED, rules.IMAGE_NOT_FOUND])
def test_a_path_is_told_once(rule) -> None:
    source = ImageSource(SourceKind.BUILD, "/some/where", provenance="images: `e`")
    with pytest.raises(SandboxError) as refused:
        fail(rule, source, reason="there is no such folder", output="line 1\nline 2")
    finding = refused.value.finding(Location("a"), Subject("template", "e"))
    assert f"{finding.message} {finding.evidence}".count("/some/where") == 1
    assert finding.evidence["output"] == "line 1\nline 2"
