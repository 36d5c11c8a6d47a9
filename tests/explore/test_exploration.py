"""Real engrams with a planted fault each, from the option to the report: found, shrunk, and told once."""

from __future__ import annotations

import io
import json
import shlex
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from validator.cli.save import save_cases
from validator.engine.engine import run
from validator.engine.options import Options
from validator.suite.cases import EXPLORED, Search
from validator.suite.results import Outcome, Report

TEMPLATE = Path(__file__).parent.parent / "fixtures" / "engrams" / "planted" / "Engram.yaml"
pytestmark = pytest.mark.timeout(400)

PLANTED = {
    "normalising": {"item": "!"},
    "beyond-the-bmp": {"item": "\N{GRINNING FACE}"},
    "integer": {"item": "example", "count": 2**53 + 2},
    "member": {"item": "example", "kind": "huge"},
    "two-options": {"item": "example", "gift": True, "rush": True},
    "early-date": {"item": "example", "since": "1969-12-31"},
    "list-of-one": {"item": "example", "tags": ["example"]},
    "null": {"item": "example", "note": None},
}
QUICK = Search(inputs=50, seconds=300.0)
"""Time is no matter here: a busy machine must not change what is found."""


@pytest.fixture
def report(
    tmp_path: Path, fixture_binaries: Path, request: pytest.FixtureRequest
) -> Callable[[str, str, Search], Report]:
    """Run the fixture with a fault, in one kind of sandbox."""

    def made(kind: str, fault: str, search: Search) -> Report:
        shutil.copy(TEMPLATE, tmp_path)
        image: dict[str, str]
        if kind == "docker":
            image = {"image": request.getfixturevalue("fixture_images")("planted"), "pull": "never"}
        else:
            shutil.copy(fixture_binaries / "planted", tmp_path)
            image = {"process": "./planted"}
        written = {"images": {"planted": image}, "cases": {"planted": {"defaults": {"config": {"fault": fault}}}}}
        (tmp_path / "engram-validate.yaml").write_text(yaml.safe_dump(written), encoding="utf-8")
        return run(Options(root=tmp_path, sandbox=kind, checks=("conformance",), explore=search))

    return made


@pytest.mark.parametrize(("fault", "smallest"), PLANTED.items(), ids=list(PLANTED))
def test_a_planted_fault_is_found_in_process(report, fault, smallest):
    found = [finding for finding in report("process", fault, QUICK).findings if finding.rule.code == "EV401"]

    (finding,) = {finding.evidence["to reproduce"]: finding for finding in found}.values()
    explored = finding.subject.case == EXPLORED
    assert finding.evidence["inputs" if explored else "smallest inputs"] == smallest
    words = shlex.split(finding.evidence["to reproduce"])
    assert words[:3] == ["engram-validate", "sandbox", "run"]
    assert json.loads(words[words.index("--inputs") + 1]) == smallest
    assert json.loads(words[words.index("--config") + 1]) == {"fault": fault}


@pytest.mark.docker
@pytest.mark.timeout(400)
def test_docker_finds_the_same(report):
    (found,) = [finding for finding in report("docker", "integer", QUICK).findings if finding.rule.code == "EV401"]

    assert found.evidence["inputs"] == PLANTED["integer"]


@pytest.mark.parametrize("seed", range(3))
def test_a_good_engram_gives_nothing(report, seed):
    done = report("process", "none", Search(inputs=50, seconds=300.0, seed=seed))

    (case,) = [case for case in done.cases if case.subject.case == EXPLORED]
    assert [finding.rule.code for finding in done.findings] == []
    assert case.outcome is Outcome.PASSED
    assert case.message == "50 of 50 inputs gave an output that was judged"


def test_what_was_found_becomes_a_case_that_fails_by_itself(report, tmp_path):
    """`--save-cases`: the next run needs no search to find it."""
    findings = report("process", "integer", QUICK).findings
    config = tmp_path / "engram-validate.yaml"
    written = f"# mine\n{config.read_text(encoding='utf-8')}"
    config.write_text(written, encoding="utf-8")

    for _ in range(2):
        save_cases(findings, Options(root=tmp_path), io.StringIO())

    text = config.read_text(encoding="utf-8")
    (case,) = yaml.safe_load(text)["cases"]["planted"]["cases"]
    assert text.startswith("# mine\n")
    assert case == {"name": "explored EV401 1", "inputs": PLANTED["integer"]}
    again = run(Options(root=tmp_path, sandbox="process", checks=("conformance",)))
    assert [(each.rule.code, each.subject.case) for each in again.findings] == [("EV401", "explored EV401 1")]


def template_of(name: str) -> str:
    return (TEMPLATE.parent.parent / name / "Engram.yaml").read_text(encoding="utf-8")


def explored(name: str, program: Path, template: str, folder: Path) -> Report:
    """A fixture without cases of its own, explored."""
    (folder / "Engram.yaml").write_text(template, encoding="utf-8")
    written = {"images": {name: {"process": str(program)}}}
    (folder / "engram-validate.yaml").write_text(yaml.safe_dump(written), encoding="utf-8")
    return run(Options(root=folder, sandbox="process", checks=("conformance",), explore=Search(12, 300.0)))


def test_an_output_that_varies_is_noted_with_its_members(tmp_path, fixture_binaries):
    done = explored("revised", fixture_binaries / "revised-random", template_of("revised"), tmp_path)

    (note,) = [finding for finding in done.findings if finding.rule.code == "EV431"]
    assert note.message == "the same inputs give different outputs from run to run: `id`"


def test_what_an_engram_refuses_teaches_the_next_try(tmp_path, fixture_binaries):
    """Its author's example is one that the engram refuses, so that no sample reaches it."""
    template = template_of("picky")
    text = template.index("type: string", template.index("inputSchema:"))
    template = f"{template[:text]}examples: [Good night]\n        {template[text:]}"

    done = explored("picky", fixture_binaries / "picky", template, tmp_path)

    (note,) = [finding for finding in done.findings if finding.rule.code == "EV432"]
    assert "must start with" in note.message
    assert str(note.evidence["taken"]["text"]).startswith("Hello, ")
