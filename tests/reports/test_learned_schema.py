"""What outputs teach about a schema is seen wherever findings are: as a diff, and as an edit that can be taken."""

from __future__ import annotations

from pathlib import Path

import yaml

from tests.reports.page_text import details
from validator.engine.engine import run
from validator.engine.options import Options
from validator.reports import console, github, html, review, sarif, summary
from validator.reports.writers import file_lines

ENGRAMS = Path(__file__).parents[1] / "fixtures" / "engrams"
LINES = ("      debug:", "        type: object", "        properties:", "          bytes:", "            type: integer")


def test_an_undeclared_field_comes_with_the_lines_that_declare_it(fixture_binaries: Path, tmp_path: Path) -> None:
    text = (ENGRAMS / "extra" / "Engram.yaml").read_text(encoding="utf-8")
    (tmp_path / "Engram.yaml").write_text(text, encoding="utf-8")
    suite = {
        "images": {"extra": {"process": str(fixture_binaries / "extra")}},
        "cases": {"extra": [{"name": "says", "inputs": {"text": "hi"}}]},
    }
    (tmp_path / "engram-validate.yaml").write_text(yaml.safe_dump(suite))
    report = run(Options(root=tmp_path, sandbox="process", checks=("isolation",)))
    (finding,) = report.findings
    lines = file_lines(tmp_path)
    before = 1 + text.split("\n").index("        description: How many words it has.")
    added = "\n".join(f"{before + 1 + index} + {line}" for index, line in enumerate(LINES))
    for shown in (console.render(report, lines, console.Look(width=100)), summary.render(report, lines)):
        assert f": declare it in outputSchema, or stop putting it out:\n{added}\n" in shown
        assert shown.count("debug:\n") == 1, "once is enough"
    page = html.render(report, lines)
    styled = [part for line in details(page)[0][0] for part in line if not isinstance(part, str)]
    assert all([f"+ {line}", "add"] in styled for line in LINES)
    annotation = github.render(report).rstrip("\n")
    assert annotation.endswith("help: declare it in outputSchema, or stop putting it out (the log has the lines)")
    assert "+      debug:" in str(finding.evidence["patch"]), "the JSON report has it as a diff for `patch`"
    assert '"fixes"' in sarif.render(report)
    (proposal,) = review.proposals(report, lines)
    assert proposal.before == (text.split("\n")[before - 1],)
    assert proposal.body.endswith("\n".join(["```suggestion", *proposal.before, *LINES, "```\n"]))
