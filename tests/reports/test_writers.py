from __future__ import annotations

import io
import json
import os
import re
import stat
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from tests.reports.report_samples import GOOD, MIXED, hostile, lines, many
from validator.reports import document, writers
from validator.reports.writers import Outputs
from validator.suite.results import Report


def written(report: Report, outputs: Outputs, environ: dict[str, str] | None = None) -> tuple[bool, str, str]:
    out, err = io.StringIO(), io.StringIO()
    complete = writers.write(report, outputs, lines, out=out, err=err, environ=environ or {})
    return complete, out.getvalue(), err.getvalue()


def test_all_reports_of_one_run(tmp_path: Path) -> None:
    deep = tmp_path / "not" / "there" / "yet"
    names = {"junit": "junit.xml", "json": "report.json", "summary": "summary.md", "sarif": "report.sarif"}
    names["html"] = "report.html"
    outputs = Outputs(files={option: str(deep / name) for option, name in names.items()}, prefix="deploy")
    complete, out, err = written(MIXED, outputs)
    assert complete
    assert err == ""
    assert out.rstrip().split("\n")[-1].startswith("failed  2 errors")
    assert ET.parse(deep / "junit.xml").getroot().get("failures") == "2"
    assert document.parse((deep / "report.json").read_text()) == MIXED
    assert (deep / "summary.md").read_text(encoding="utf-8").startswith("## ❌")
    (run,) = json.loads((deep / "report.sarif").read_text())["runs"]
    place = run["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]
    assert place == {"uri": "deploy/catalog/slack.yaml", "uriBaseId": "%SRCROOT%"}
    assert sorted(file.name for file in deep.iterdir()) == [
        "junit.xml",
        "report.html",
        "report.json",
        "report.sarif",
        "summary.md",
    ]
    assert (deep / "report.html").read_text(encoding="utf-8").startswith("<!doctype html>")
    assert stat.S_IMODE((deep / "junit.xml").stat().st_mode) == 0o644


def test_json_on_standard_output() -> None:
    complete, out, _ = written(MIXED, Outputs(form="json"))
    assert complete
    assert document.parse(out) == MIXED


def test_a_file_named_dash_is_standard_output() -> None:
    _, out, _ = written(GOOD, Outputs(files={"json": "-"}, quiet=True))
    assert json.JSONDecoder().raw_decode(out)[0]["result"] == "passed"


def test_github_brackets_the_text_and_then_annotates() -> None:
    _, out, _ = written(hostile(), Outputs(form="github"))
    bracket = re.compile(r"^::stop-commands::([0-9a-f]{32})\n(.*?)^::\1::$", re.M | re.S)
    inside = [found[2] for found in bracket.finditer(out)]
    assert len(inside) == 3, "the findings, what is folded, and the verdict"
    assert not any(line.lstrip().startswith("::") for text in inside for line in text.split("\n"))
    outside = re.findall(r"(?m)^\s*::(\w+)", bracket.sub("", out))
    assert outside == ["group", "endgroup", "error"]


def test_in_githubs_log_the_console_is_bracketed_too() -> None:
    _, out, _ = written(hostile(), Outputs(), {"GITHUB_ACTIONS": "true"})
    assert out.startswith("::stop-commands::")


def test_what_cannot_be_written_is_printed(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    target = blocked / "junit.xml"
    complete, out, err = written(
        MIXED, Outputs(files={"junit": str(target), "summary": str(target), "json": str(tmp_path / "r.json")})
    )
    assert not complete
    assert f"cannot write the JUnit report to {target}: Not a directory; it follows instead\n<?xml" in err
    assert f"cannot write the summary report to {target}: Not a directory; the console has its contents" in err
    assert (tmp_path / "r.json").exists()
    assert "failed  2 errors" in out


def test_a_disk_that_is_full_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "report.json"
    target.write_text("old")

    def full(source: Path, destination: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    complete, _, err = written(GOOD, Outputs(files={"json": str(target)}))
    assert not complete
    assert "No space left on device; it follows instead" in err
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


def test_a_pipe_is_written_to_and_not_replaced(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        assert written(GOOD, Outputs(files={"junit": str(pipe)}))[0]
        assert os.read(reader, 5) == b"<?xml"
        assert pipe.is_fifo()
    finally:
        os.close(reader)


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "link.json").symlink_to(tmp_path / "real.json")
    assert written(GOOD, Outputs(files={"json": str(tmp_path / "link.json")}))[0]
    assert (tmp_path / "link.json").is_symlink()
    assert (tmp_path / "real.json").is_file()


def test_a_summary_is_appended_within_what_is_left_of_the_step(tmp_path: Path) -> None:
    target = tmp_path / "summary.md"
    target.write_text("x" * 1_000_000)
    assert written(many(3_000), Outputs(files={"summary": str(target)}))[0]
    assert 1_000_000 < target.stat().st_size <= writers.STEP_SUMMARY_LIMIT


def test_a_stream_that_cannot_say_everything_gets_it_spelled_out() -> None:
    raw = io.BytesIO()
    out = io.TextIOWrapper(raw, encoding="ascii")
    assert writers.write(MIXED, Outputs(), lines, out=out, err=io.StringIO(), environ={})
    assert b"die \\u65e5\\u672c\\u8a9e Abteilung" in raw.getvalue()


def test_a_reader_who_leaves_early_is_no_error() -> None:
    read, write = os.pipe()
    os.close(read)
    with os.fdopen(write, "w", encoding="utf-8") as out:
        assert writers.write(MIXED, Outputs(), lines, out=out, err=io.StringIO(), environ={})


@pytest.mark.parametrize(
    ("environ", "terminal", "color", "live"),
    [
        ({}, True, True, True),
        ({}, False, False, False),
        ({"NO_COLOR": "1"}, True, False, True),
        ({"NO_COLOR": ""}, True, True, True),
        ({"FORCE_COLOR": "1"}, False, True, False),
        ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, True, False, True),
        ({"TERM": "dumb"}, True, False, False),
        ({"CI": "true"}, True, False, False),
    ],
)
def test_when_to_color(environ: dict[str, str], terminal: bool, color: bool, live: bool) -> None:
    class Stream(io.StringIO):
        def isatty(self) -> bool:
            return terminal

    assert writers.wants_color(Stream(), environ) is color
    assert writers.is_live(Stream(), environ) is live


def test_lines_come_from_below_the_root_only(tmp_path: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    (tmp_path / "secret").write_text("s")
    (root / "a.yaml").write_bytes(b"\xef\xbb\xbfa\r\nb\rc\nd \xff\x0c\xe2\x80\xa8e")
    (root / "wide.yaml").write_bytes("a\né".encode("utf-16"))
    (root / "link").symlink_to(tmp_path / "secret")
    read = writers.file_lines(root)
    assert read("a.yaml") == ["a", "b", "c", "d \ufffd\x0c\u2028e"]
    assert read("wide.yaml") == ["a", "é"]
    assert [read(name) for name in ("../secret", "link", "/etc/passwd", "absent", "", "x\0y", "l" * 9_000)] == [()] * 7
