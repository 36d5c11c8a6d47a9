"""Engrams that send too much, too deep, without end or no text: a whole run ends, in bounded memory, and every report
is written and valid. What each gives is told in tests/sandbox/test_hostile_output.py."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections import defaultdict
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ENGRAMS = ROOT / "tests" / "fixtures" / "engrams"
MEMORY = 256 << 20
"""The most that the validator may ever hold, with fifty findings about an output of a megabyte (measured: 122 MiB)."""
VALIDATOR = """\
import atexit, re, sys
from pathlib import Path
from validator.cli import main
peak = lambda: re.search(r"VmHWM:\\s*(\\d+)", Path("/proc/self/status").read_text())[1]
atexit.register(lambda: Path("peak").write_text(peak()))
main()
"""
BATCH = {
    "raw": {
        "huge 8000000": {"EV425"},
        "nested 9990": {"EV426"},
        "keys 120000": {"EV501"},
        "not-utf8": {"EV501"},
        "half": {"EV413"},
        "result": set(),
    },
    "excessive": {
        "not-utf8": {"EV501"},
        "not-utf8-error": {"EV405"},
        "line 50000000": {"EV415"},
        "result": set(),
    },
}
STREAM: dict[str, set[str]] = {"not-utf8": set(), "surrogates": set(), "endless": set(), "nested": {"EV501"}}
REPORTS = {"junit": "junit.xml", "sarif": "sarif.json", "json": "report.json", "html": "page.html", "summary": "sum.md"}


def workspace(root: Path, binaries: Path) -> None:
    """All hostile engrams, each with a case after the hostile ones that keeps every promise."""
    images, cases = {}, {}
    for name in ("raw", "excessive", "stream-typed"):
        (root / name).mkdir()
        (root / name / "Engram.yaml").write_text((ENGRAMS / name / "Engram.yaml").read_text())
        images[name] = {"process": str(binaries / name)}
    for name, sent in BATCH.items():
        cases[name] = [
            {
                "name": what,
                "inputs": {"text": "one"},
                "env": {"SENDS": what},
                "timeout": "2s" if what == "half" else "30s",
            }
            for what in sent
        ]
    cases["stream-typed"] = [
        {
            "name": what,
            "env": {"BEHAVIOUR": what, "SIZE": "200"},
            "send": [{"payload": {"text": "hi"}}],
            "timeout": "8s",
        }
        for what in STREAM
    ]
    (root / "engram-validate.yaml").write_text(json.dumps({"images": images, "cases": cases}))


@pytest.mark.timeout(300)
def test_the_run_ends_and_every_report_is_valid(fixture_binaries: Path, tmp_path: Path) -> None:
    workspace(tmp_path, fixture_binaries)
    arguments = ["run", "--sandbox", "process", "--explore", "off", "--checks", "conformance,isolation"]
    arguments += ["--verbose", "--format", "github"]
    for kind, file in REPORTS.items():
        arguments += [f"--{kind}", file]
    done = subprocess.run(
        [sys.executable, "-c", VALIDATOR, *arguments],
        cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, check=False,
    )  # fmt: skip

    assert done.returncode == 1, done.stderr.decode()[-2000:]
    assert int((tmp_path / "peak").read_text()) << 10 < MEMORY
    # Strict: bytes that are no UTF-8 raise, wherever they came from.
    text = {kind: (tmp_path / file).read_bytes().decode() for kind, file in REPORTS.items()}
    text["console"] = done.stdout.decode() + done.stderr.decode()
    found = defaultdict(set)
    for finding in json.loads(text["json"])["findings"]:
        subject = finding["subject"]
        if finding["severity"] != "note":
            found[subject["name"], subject.get("case", "")].add(finding["rule"])
    wanted = {
        (name, what): codes for name, sent in (*BATCH.items(), ("stream-typed", STREAM)) for what, codes in sent.items()
    }
    assert {key: found.get(key, set()) for key in wanted} == wanted
    assert ET.fromstring(text["junit"]).findall(".//testcase")
    assert json.loads(text["sarif"])["runs"][0]["results"]
    assert text["html"].rstrip().endswith("</html>")
    assert len(text["summary"].encode()) <= 1 << 20
    assert "engram-validate: failed" in text["summary"]
    for rendered in text.values():
        assert not re.search("[\ud800-\udfff]", rendered)
        assert "EV425" in rendered
