"""`engram-validate promote` on pairs of real engrams: the right answer, its reason, and the exit status."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner
from jsonschema import Draft202012Validator

from tests.depth import few
from validator.cli import main

TEMPLATE = Path(__file__).parent.parent / "fixtures" / "engrams" / "revised" / "Engram.yaml"
SCHEMA = json.loads((Path(__file__).parent / "test-result.schema.json").read_text(encoding="utf-8"))
CASES = [{"name": text, "inputs": {"text": text}} for text in ("two words", "one")]
CASES.append({"name": "refused", "inputs": {"text": "!"}, "expect": {"error": True}})  # type: ignore[dict-item]
RESULTS = {0: "PASSED", 1: "FAILED", 4: "WARNED"}

Promote = Callable[..., tuple[int, Mapping[str, object], Mapping[str, object]]]


@pytest.fixture
def promote(
    tmp_path: Path, fixture_binaries: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Promote:
    """Exit status, JSON report and statement for a released engram and a candidate: programs, or images in Docker."""

    def run(
        released: str, candidate: str, *more: str, kind: str = "process"
    ) -> tuple[int, Mapping[str, object], Mapping[str, object]]:
        shutil.copy(TEMPLATE, tmp_path)
        if kind == "docker":
            image = request.getfixturevalue("fixture_images")
            images, given_image = {"image": image(released), "pull": "never"}, image(candidate)
        else:
            images = {"process": str(fixture_binaries / released)}
            given_image = f"process:{fixture_binaries / candidate}"
        written = {"images": {"revised": images}, "cases": {"revised": CASES}}
        (tmp_path / "engram-validate.yaml").write_text(yaml.safe_dump(written), encoding="utf-8")
        monkeypatch.chdir(tmp_path)
        given = ["revised", "--image", f"revised={given_image}", "--inputs", "3", "--pull", "never"]
        files = ["--json", "report.json", "--attestation", "statement.json", "--summary", "summary.md"]
        done = CliRunner().invoke(
            main,
            ["promote", *given, "--sandbox", kind, "--allow-unisolated", *files, *more],
            catch_exceptions=False,
        )
        report = json.loads(Path("report.json").read_text(encoding="utf-8"))
        statement = json.loads(Path("statement.json").read_text(encoding="utf-8"))
        assert done.exit_code == report["exit_status"], done.output
        assert f"revised: {report['answer']}" in done.output
        assert f"revised: {report['answer']}" in Path("summary.md").read_text(encoding="utf-8")
        return done.exit_code, report, statement

    return run


PAIRS = [
    ("revised", "revised", 0, set()),
    ("revised", "revised-faster", 0, set()),
    ("revised", "revised-slower", 1, {"time"}),
    ("revised", "revised-widened", 1, {"contract", "outputs"}),
    ("revised", "revised-narrowed", 0, set()),
    ("revised-random", "revised-random", 0, set()),
    ("revised", "revised-value", 4, {"outputs"}),
    ("revised", "revised-error", 1, {"errors"}),
]
IN_DOCKER = few((pair[1] for pair in PAIRS), "revised")
"""Candidates: an answer does not depend on the sandbox."""
ROWS = [
    *(("process", *pair) for pair in PAIRS),
    *(("docker", *pair) for pair in PAIRS if pair[1] in IN_DOCKER),
]


@pytest.mark.timeout(400)
@pytest.mark.parametrize(
    ("kind", "released", "candidate", "status", "reasons"), ROWS, ids=[f"{row[2]}-{row[0]}" for row in ROWS]
)
def test_a_pair_has_the_right_answer(
    promote: Promote, kind: str, released: str, candidate: str, status: int, reasons: set[str]
) -> None:
    found, report, statement = promote(released, candidate, kind=kind)

    against = {each["name"] for each in report["aspects"] if each["answer"] != "yes"}  # type: ignore[attr-defined]
    assert (found, against) == (status, reasons)
    Draft202012Validator(SCHEMA).validate(statement)
    assert statement["predicate"]["result"] == RESULTS[status]  # type: ignore[index]


@pytest.mark.timeout(240)
def test_a_change_that_is_meant_is_no_reason(promote: Promote) -> None:
    found, _, _ = promote("revised", "revised-value", "--expect-change", "words")

    assert found == 0


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["revised", "--image", "other=x"], "--image names `other`"),
        (["nothing", "--image", "nothing=x"], "nothing"),
        (["revised", "--image", "revised"], "expected NAME=REF"),
    ],
)
def test_wrong_usage_is_told(tmp_path: Path, arguments: list[str], problem: str) -> None:
    shutil.copy(TEMPLATE, tmp_path)

    done = CliRunner().invoke(main, ["promote", *arguments, "--root", str(tmp_path)])

    assert done.exit_code == 2
    assert problem in done.output
