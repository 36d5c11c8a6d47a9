"""Engrams of bubu-sdk-go v0.1.4, whose faults are the SDK's own: `cmd/stream` of the fixtures, built once more."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import ROOT
from validator.checks.streaming import scripts, verdict
from validator.checks.streaming.context import StreamContext
from validator.checks.streaming.sample import Sample
from validator.findings import Finding, Location, Subject
from validator.sandbox.model import ImageSource, SourceKind
from validator.sandbox.pods import Pod
from validator.sandbox.sandbox import open_sandbox
from validator.sandbox.stream import run_stream

ENGRAMS = ROOT / "tests" / "fixtures" / "engrams"
MODULES = "sdk-0.1.4.mod"


@pytest.fixture(scope="module")
def pod(fixture_binaries: Path) -> Iterator[Pod]:
    program = fixture_binaries.parent / "programs" / "stream-sdk-0.1.4"
    command = ("go", "build", f"-modfile={MODULES}", "-trimpath", "-ldflags", "-s -w", "-o", program, "./cmd/stream")
    subprocess.run(command, cwd=ENGRAMS, env=os.environ | {"CGO_ENABLED": "0"}, check=True, capture_output=True)
    with open_sandbox("process") as sandbox:
        image = sandbox.resolve(ImageSource(SourceKind.PROCESS, str(program)))
        with sandbox.pod(image) as opened:
            yield opened


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    ("behaviour", "fault", "advice"),
    [
        ("stream-mirror", "sdk", "v0.1.4 sends a payload with its mirror in Binary as raw bytes"),
        ("stream-mime-trap", "engram", "mirror it in Binary only with MIME type application/json"),
        ("stream-echo", "", ""),
    ],
)
def test_the_mime_trap_names_the_sdk_where_the_engram_did_all_it_could(
    pod: Pod, behaviour: str, fault: str, advice: str
) -> None:
    run = run_stream(pod, scripts.plain(Sample(env={"BEHAVIOUR": behaviour})))
    assert run.sdk_version == "v0.1.4"
    judged = verdict.judge(StreamContext(Subject("image", "old"), Location("Engram.yaml")), run)
    found = [each for each in judged if isinstance(each, Finding)]
    assert [each.rule.code for each in found] == (["EV612"] if fault else [])
    for each in found:
        assert each.evidence["fault"] == fault
        assert each.suggestion is not None
        assert advice in each.suggestion.text
