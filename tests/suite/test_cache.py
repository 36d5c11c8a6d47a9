"""What is kept from run to run: only what passed, only for the same question, and no more than there is room for."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.manifests import engram_template
from validator.findings import Finding, Json
from validator.rules import isolation, sandbox
from validator.sandbox.model import Image, ImageSource, SourceKind
from validator.sources.workspace import load
from validator.suite import cache, plan
from validator.suite.cache import Cache
from validator.suite.cases import Case
from validator.suite.config import Config
from validator.suite.plan import Unit
from validator.suite.results import CaseResult, Outcome
from validator.suite.scheduler import CaseReport

TEMPLATE = engram_template("greeter", "inputSchema: {type: object, properties: {name: {type: string}}}")
DIGEST = "sha256:" + "ab" * 32
IMAGE = Image(
    ImageSource(SourceKind.IMAGE, "greeter:1"), "docker", "sha256:1", "greeter:1", DIGEST, "linux/amd64", ("/greeter",)
)


def unit_of(folder: Path, text: str = TEMPLATE) -> Unit:
    folder.mkdir(exist_ok=True)
    (folder / "Engram.yaml").write_text(text)
    return next(plan.units(load(folder), Config(base=folder)))


@pytest.fixture
def unit(tmp_path: Path) -> Unit:
    return unit_of(tmp_path / "repository")


@pytest.fixture
def kept(tmp_path: Path) -> Cache:
    return Cache(tmp_path / "cache", {"timeout": 30.0}, tmp_path)


def examined(unit: Unit, outcome: Outcome = Outcome.PASSED, findings: tuple[Finding, ...] = ()) -> CaseReport:
    subject = replace(unit.subject, case=unit.cases[0].name)
    row = CaseResult(subject, "conformance", outcome, 0.7, mode="batch", origin="generated", output={"a": [1, "ü"]})
    return CaseReport((row,), findings, outputs=({"a": [1, "ü"]},), emitted={"b": None})


def keep(kept: Cache, unit: Unit, image: Image, case: Case, case_report: CaseReport) -> None:
    kept.keep(kept.key(unit, image, case), image, case_report)


def find(kept: Cache, unit: Unit, image: Image, case: Case) -> CaseReport | None:
    return kept.find(kept.key(unit, image, case))


def finding(unit: Unit) -> Finding:
    return isolation.UNDECLARED_FIELD.at(unit.template.name_location, unit.subject, place="`.b`", evidence={"value": 1})


def test_what_passed_is_found_again_and_marked(unit: Unit, kept: Cache) -> None:
    was = examined(unit)
    keep(kept, unit, IMAGE, unit.cases[0], was)
    found = find(kept, unit, IMAGE, unit.cases[0])

    assert found is not None
    assert [result.properties for result in found.results] == [{"cache": "kept from an earlier run"}]
    assert replace(found, results=tuple(replace(one, properties={}) for one in found.results)) == was


def test_everybody_may_read_what_is_kept(unit: Unit, kept: Cache) -> None:
    keep(kept, unit, IMAGE, unit.cases[0], examined(unit))

    assert {oct(file.stat().st_mode)[-3:] for file in kept.folder.glob("*/*.json")} == {"644"}


@pytest.mark.parametrize("outcome", [Outcome.FAILED, Outcome.ERROR])
def test_what_failed_is_run_again(outcome: Outcome, unit: Unit, kept: Cache) -> None:
    keep(kept, unit, IMAGE, unit.cases[0], examined(unit, outcome))

    assert find(kept, unit, IMAGE, unit.cases[0]) is None


def test_what_the_sandbox_could_not_do_is_tried_again(unit: Unit, kept: Cache) -> None:
    lost = sandbox.DAEMON_LOST.at(unit.image_location, unit.subject, doing="waiting", reason="it left")
    keep(kept, unit, IMAGE, unit.cases[0], examined(unit, findings=(lost,)))

    assert find(kept, unit, IMAGE, unit.cases[0]) is None


def test_a_program_is_always_run_again_since_nobody_knows_what_it_reads(unit: Unit, kept: Cache) -> None:
    program = replace(IMAGE, kind="process")
    keep(kept, unit, program, unit.cases[0], examined(unit))

    assert find(kept, unit, program, unit.cases[0]) is None


OTHER: dict[str, Callable[[Unit, Case, Cache], tuple[Unit, Image, Case, Cache]]] = {
    "another image": lambda unit, case, kept: (unit, replace(IMAGE, digest="sha256:" + "cd" * 32), case, kept),
    "another platform": lambda unit, case, kept: (unit, replace(IMAGE, platform="linux/arm64"), case, kept),
    "other inputs": lambda unit, case, kept: (unit, IMAGE, replace(case, inputs={"name": "Ada"}), kept),
    "another secret": lambda unit, case, kept: (unit, IMAGE, replace(case, secrets={"a": {"B": "c"}}), kept),
    "other limits": lambda unit, case, kept: (unit, IMAGE, case, replace(kept, terms={"timeout": 60.0})),
    "another version": lambda unit, case, kept: (replace(unit, name="greeter@2"), IMAGE, case, kept),
}


@pytest.mark.parametrize("what", OTHER)
def test_another_question_has_no_answer_yet(what: str, unit: Unit, kept: Cache) -> None:
    keep(kept, unit, IMAGE, unit.cases[0], examined(unit))
    other, image, case, store = OTHER[what](unit, unit.cases[0], kept)

    assert find(store, other, image, case) is None


@pytest.mark.parametrize(
    ("text", "same"),
    [
        (TEMPLATE.replace("name: {type: string}", "name: {type: integer}"), False),
        (TEMPLATE.replace("spec:", "# its lines move, and findings with them\nspec:"), False),
        (TEMPLATE + "# a comment that moves nothing\n", True),
    ],
)
def test_a_template_that_says_the_same_in_the_same_place_is_the_same(
    text: str, same: bool, unit: Unit, kept: Cache, tmp_path: Path
) -> None:
    keep(kept, unit, IMAGE, unit.cases[0], examined(unit))
    after = unit_of(tmp_path / "repository", text)

    assert (find(kept, after, IMAGE, unit.cases[0]) is not None) == same


def test_a_recorded_answer_that_changed_is_another_question(unit: Unit, kept: Cache, tmp_path: Path) -> None:
    (tmp_path / "answer.json").write_text("1")
    case = replace(unit.cases[0], services={"api": {"http": [{"response": {"file": "answer.json"}}]}})
    keep(kept, unit, IMAGE, case, examined(unit))
    assert find(kept, unit, IMAGE, case) is not None
    (tmp_path / "answer.json").write_text("2")

    assert find(kept, unit, IMAGE, case) is None


@pytest.mark.parametrize(
    "spoilt",
    [
        b"", b"{", b"[]", b"null", b"\xff\xfe", b'{"form": 1}', b'{"form": 1, "key": "%s", "held": {"results": 1}}',
        b"[" * 100_000,
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_read_is_not_there(spoilt: bytes, unit: Unit, kept: Cache) -> None:
    keep(kept, unit, IMAGE, unit.cases[0], examined(unit))
    [file] = kept.folder.glob("*/*.json")
    file.write_bytes(spoilt.replace(b"%s", file.stem.encode()))

    assert find(kept, unit, IMAGE, unit.cases[0]) is None


@pytest.mark.parametrize("member", ["results", "findings", "outputs", "unchecked", "emitted"])
@pytest.mark.parametrize("value", [None, 1, "x", [1], [{}], {"a": 1}])
def test_a_file_of_another_form_is_not_there_or_harmless(member: str, value: Json, unit: Unit, kept: Cache) -> None:
    keep(kept, unit, IMAGE, unit.cases[0], examined(unit, findings=(finding(unit),)))
    [file] = kept.folder.glob("*/*.json")
    loaded = json.loads(file.read_text())
    loaded["held"][member] = value
    file.write_text(json.dumps(loaded))

    found = find(kept, unit, IMAGE, unit.cases[0])
    assert found is None or isinstance(found, CaseReport)


def test_a_folder_that_cannot_be_written_costs_nothing_but_time(unit: Unit, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    kept = Cache(tmp_path / "file" / "below", {}, tmp_path)
    keep(kept, unit, IMAGE, unit.cases[0], examined(unit))
    kept.tidy()

    assert find(kept, unit, IMAGE, unit.cases[0]) is None


def test_what_was_not_used_for_the_longest_time_makes_room(
    unit: Unit, kept: Cache, monkeypatch: pytest.MonkeyPatch
) -> None:
    cases = [replace(unit.cases[0], inputs={"name": str(number)}) for number in range(6)]
    for age, case in enumerate(cases):
        keep(kept, unit, IMAGE, case, examined(unit))
        newest = max(kept.folder.glob("*/*.json"), key=lambda file: file.stat().st_ctime_ns)
        os.utime(newest, (1_000_000 + age, 1_000_000 + age))
    assert find(kept, unit, IMAGE, cases[0]) is not None  # used again, so young
    size = sum(file.stat().st_size for file in kept.folder.glob("*/*.json"))
    monkeypatch.setattr(cache, "LARGEST", size // 2)
    kept.tidy()

    left = [number for number, case in enumerate(cases) if find(kept, unit, IMAGE, case) is not None]
    assert left == [0, 4, 5]


@pytest.mark.parametrize(
    ("source", "known"),
    [
        (ImageSource(SourceKind.IMAGE, "greeter:1", digest=DIGEST), True),
        (ImageSource(SourceKind.IMAGE, f"greeter@{DIGEST}"), True),
        (ImageSource(SourceKind.IMAGE, "greeter:1"), False),
        (ImageSource(SourceKind.BUILD, "."), False),
    ],
)
def test_only_an_image_that_is_pinned_need_not_be_looked_for(source: ImageSource, known: bool, kept: Cache) -> None:
    image = replace(IMAGE, source=source, env={"PATH": "/bin"})
    kept.keep_image(image)

    assert kept.find_image(source) == (image if known else None)
