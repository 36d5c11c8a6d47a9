"""A real secret, from the environment of a workflow: GitHub is told to mask it first of all, and nothing else has it.

As a user would see it: the whole command, both of its streams as one log, and every file that it leaves behind.
"""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.reports.page_text import everything

ROOT = Path(__file__).parents[2]
ENGRAMS = ROOT / "tests" / "fixtures" / "engrams"
TOKEN = 'real "token"/+9f8e'
FORMS = {TOKEN, json.dumps(TOKEN)[1:-1], quote(TOKEN), quote(TOKEN, safe=""), base64.b64encode(TOKEN.encode()).decode()}
SENT = {"service": {"TOKEN": "${{ env.REAL_TOKEN }}"}}
REPORTS = ("json", "junit", "sarif", "html", "summary")


@pytest.mark.parametrize("form", ["github", "json"])
def test_a_real_secret_is_masked_before_anything_is_said_and_is_in_no_file(
    fixture_binaries: Path, tmp_path: Path, form: str
) -> None:
    cases: dict[str, list[dict[str, object]]] = {"discloses": [], "stream-discloses": []}
    for place in ("output", "signal", "effect", "log", "error"):
        wish = {"what": "secret", "where": place, "how": "plain"}
        cases["discloses"].append({"name": place, "inputs": {"text": "hi", **wish}, "secrets": SENT})
        cases["stream-discloses"].append({"name": place, "send": [{"payload": wish}], "secrets": SENT})
    for name in cases:
        (tmp_path / f"{name}.yaml").write_text((ENGRAMS / name / "Engram.yaml").read_text())
    images = {name: {"process": str(fixture_binaries / name)} for name in cases}
    (tmp_path / "engram-validate.yaml").write_text(json.dumps({"images": images, "cases": cases}))
    reports = [part for name in REPORTS for part in (f"--{name}", f"report.{name}")]
    kept = ["--transcripts", "wire", "--baseline", "old.json", "--update-baseline"]
    how = [
        "--sandbox",
        "process",
        "--allow-env",
        "REAL_TOKEN",
        "--format",
        form,
        "--verbose",
        "--checks",
        "conformance,isolation",
    ]
    done = subprocess.run(
        [sys.executable, "-m", "validator", "run", *how, *reports, *kept],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT), "GITHUB_ACTIONS": "true", "REAL_TOKEN": TOKEN},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    first, rest = done.stdout.split("\n", 1)

    assert first == f"::add-mask::{TOKEN}"
    assert [text for text in FORMS if text in rest] == []
    files = {path for path in tmp_path.rglob("*") if path.is_file()}
    assert {path.name for path in files} >= {f"report.{name}" for name in REPORTS} | {"old.json", "output.jsonl"}
    texts = {path.relative_to(tmp_path).as_posix(): path.read_text(errors="replace") for path in files}
    texts["report.html"] = everything(texts["report.html"])
    assert [(name, form) for name, text in texts.items() for form in FORMS if form in text] == []
    assert "***" in texts["report.json"]
    assert "***" in texts["wire/stream-discloses/output.jsonl"]
