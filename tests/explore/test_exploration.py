"""Real engrams with a planted fault each, from the option to the report: found, shrunk, and told once."""

from __future__ import annotations

import io
import json
import shlex
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from tests.depth import few
from tests.explore.workspaces import ENGRAMS, PATIENT, Workspaces, explored
from validator.cli.save import save_cases
from validator.engine.engine import run
from validator.engine.options import Options
from validator.suite.cases import EXPLORED, Search
from validator.suite.results import Outcome, Report

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


def report(workspaces: Workspaces, kind: str, fault: str, search: Search = PATIENT, **more: Path) -> Report:
    """Run the fixture with a fault, in one kind of sandbox."""
    return workspaces.explore(
        "planted", kind, {"defaults": {"config": {"fault": fault}}}, "conformance", search, **more
    )


@pytest.mark.parametrize(("fault", "smallest"), PLANTED.items(), ids=list(PLANTED))
def test_a_planted_fault_is_found_in_process(workspaces, fault, smallest):
    found = [finding for finding in report(workspaces, "process", fault).findings if finding.rule.code == "EV401"]

    (finding,) = {finding.evidence["to reproduce"]: finding for finding in found}.values()
    explored = finding.subject.case == EXPLORED
    assert finding.evidence["inputs" if explored else "smallest inputs"] == smallest
    words = shlex.split(finding.evidence["to reproduce"])
    assert words[:3] == ["engram-validate", "sandbox", "run"]
    assert json.loads(words[words.index("--inputs") + 1]) == smallest
    assert json.loads(words[words.index("--config") + 1]) == {"fault": fault}


@pytest.mark.docker
@pytest.mark.parametrize("fault", few(PLANTED, "beyond-the-bmp"))
def test_docker_finds_the_same(workspaces, fault):
    found = [finding for finding in report(workspaces, "docker", fault).findings if finding.rule.code == "EV401"]

    (inputs,) = [each.evidence["inputs" if each.subject.case == EXPLORED else "smallest inputs"] for each in found][:1]
    assert inputs == PLANTED[fault]


@pytest.mark.parametrize("seed", range(3))
def test_a_good_engram_gives_nothing(workspaces, seed):
    done = report(workspaces, "process", "none", replace(PATIENT, seed=seed))

    assert [finding.rule.code for finding in done.findings] == []
    assert explored(done).outcome is Outcome.PASSED
    assert explored(done).message == "50 of 50 inputs gave an output that was judged"
    evidence = explored(done).evidence
    assert evidence is not None
    assert (evidence.outputs, evidence.by_schema) == (50, 50)
    inputs, outputs = explored(done).coverage
    assert inputs.words == "inputSchema: 8 of 8 members, 3 of 3 enum values, 2 of 2 alternatives"
    assert outputs.words == "outputSchema: 1 of 1 member"


def test_the_next_run_begins_with_what_this_one_kept(workspaces, tmp_path):
    corpus = tmp_path / "corpus"
    short = replace(PATIENT, inputs=40)
    report(workspaces, "process", "integer", short, corpus=corpus)

    again = report(workspaces, "process", "integer", replace(short, inputs=12), corpus=corpus)

    (found,) = [finding for finding in again.findings if finding.rule.code == "EV401"]
    assert found.evidence["found by"] == "what earlier runs kept"
    assert found.evidence["inputs"] == PLANTED["integer"]


def test_what_was_found_becomes_a_case_that_fails_by_itself(workspaces, tmp_path):
    """`--save-cases`: the next run needs no search to find it."""
    findings = report(workspaces, "process", "integer").findings
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
    return (ENGRAMS / name / "Engram.yaml").read_text(encoding="utf-8")


def without_cases(name: str, program: Path, template: str, folder: Path) -> Report:
    """A fixture without cases of its own, explored."""
    (folder / "Engram.yaml").write_text(template, encoding="utf-8")
    written = {"images": {name: {"process": str(program)}}}
    (folder / "engram-validate.yaml").write_text(yaml.safe_dump(written), encoding="utf-8")
    return run(Options(root=folder, sandbox="process", checks=("conformance",), explore=Search(12, 300.0)))


def test_an_output_that_varies_is_noted_with_its_members(tmp_path, fixture_binaries):
    done = without_cases("revised", fixture_binaries / "revised-random", template_of("revised"), tmp_path)

    (note,) = [finding for finding in done.findings if finding.rule.code == "EV431"]
    assert note.message == "the same inputs give different outputs from run to run: `id`"


def test_what_an_engram_refuses_teaches_the_next_try(tmp_path, fixture_binaries):
    """Its author's example is one that the engram refuses, so that no sample reaches it."""
    template = template_of("picky")
    text = template.index("type: string", template.index("inputSchema:"))
    template = f"{template[:text]}examples: [Good night]\n        {template[text:]}"

    done = without_cases("picky", fixture_binaries / "picky", template, tmp_path)

    (note,) = [finding for finding in done.findings if finding.rule.code == "EV432"]
    assert "must start with" in note.message
    assert str(note.evidence["taken"]["text"]).startswith("Hello, ")


def test_a_fault_of_another_configuration_is_found_and_saved(tmp_path, fixture_binaries):
    """Its default works; with one more key set, the same inputs break its promise."""
    template = template_of("planted").replace("default: none", "enum: [none, normalising]")
    template = template.replace("required: [item]", "required: [item]\n    examples: [{item: '!'}]")

    done = without_cases("planted", fixture_binaries / "planted", template, tmp_path)

    (found,) = [finding for finding in done.findings if finding.rule.code == "EV401"]
    assert (found.evidence["inputs"], found.evidence["with config"]) == ({"item": "!"}, {"fault": "normalising"})
    save_cases(done.findings, Options(root=tmp_path), io.StringIO())
    (case,) = yaml.safe_load((tmp_path / "engram-validate.yaml").read_text(encoding="utf-8"))["cases"]["planted"]
    assert (case["inputs"], case["config"]) == ({"item": "!"}, {"fault": "normalising"})
