"""`--transcripts`: a file for each streaming run, with the engram's log lines and without secrets."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from validator.engine.engine import run
from validator.engine.options import Options, UsageError
from validator.engine.transcripts import Transcripts
from validator.suite.scheduler import CaseReport

NAME = "stream-leaks-secret"
TOKEN = "kept-to-itself-4711"
ENGRAM = Path(__file__).parent.parent / "fixtures" / "engrams" / NAME / "Engram.yaml"


def test_every_streaming_run_leaves_its_transcript(fixture_binaries: Path, tmp_path: Path) -> None:
    case = {
        "name": "greets / twice",
        "secrets": {"service": {"TOKEN": TOKEN}},
        "send": [{"payload": {"text": "hi"}}] * 2,
    }
    (tmp_path / "Engram.yaml").write_text(ENGRAM.read_text())
    (tmp_path / "engram-validate.yaml").write_text(
        yaml.safe_dump({"images": {NAME: {"process": str(fixture_binaries / NAME)}}, "cases": {NAME: [case]}})
    )
    report = run(Options(root=tmp_path, sandbox="process", checks=("isolation",), transcripts=str(tmp_path / "wire")))
    files = {path.relative_to(tmp_path / "wire").as_posix(): path.read_text() for path in tmp_path.rglob("*.jsonl")}
    assert set(files) == {f"{NAME}/greets-twice.jsonl", f"{NAME}/greets-twice-with-canaries.jsonl"}
    rows = [json.loads(line) for line in files[f"{NAME}/greets-twice.jsonl"].splitlines()]
    assert {"run", "open", "message", "end", "mark", "log", "packet"} == {row["event"] for row in rows}
    assert {row["by"] for row in rows if row["event"] == "message"} == {"engram", "connector"}
    assert not any(TOKEN in text for text in files.values())
    assert "hello with ***" in files[f"{NAME}/greets-twice.jsonl"]
    for row in report.cases:
        assert "engram    data message" in row.transcript, "the reports have the end of it as well"
        assert TOKEN not in row.transcript


def test_names_lead_nowhere_else_and_no_file_is_written_twice(tmp_path: Path) -> None:
    transcripts = Transcripts(tmp_path)
    for name in ("../up", "..", "a: b", "a; b"):
        transcripts.write("../../t", CaseReport((), transcripts=((name, ({"event": "run"},)),)))
    files = sorted(path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file())
    assert files == ["t/a-b-2.jsonl", "t/a-b.jsonl", "t/unnamed.jsonl", "t/up.jsonl"]


def test_a_folder_that_cannot_be_is_wrong_usage(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="--transcripts"):
        Transcripts(tmp_path / "file" / "wire")
