"""The law of shards: for any cut, the merged findings are those of one run."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.depth import examples
from tests.manifests import engram_template
from validator.engine import dynamic, engine
from validator.engine.merging import Part, merged
from validator.engine.options import Options, UsageError
from validator.findings import Unchecked
from validator.reports import document
from validator.rules import conformance
from validator.suite.plan import Unit
from validator.suite.results import CaseResult, Outcome, Report, RunResult
from validator.suite.shards import Shard

SCHEMA = "outputSchema: {type: object, properties: {a: {type: string}}}"
STORY = """\
apiVersion: bubustack.io/v1alpha1
kind: Story
metadata: {name: triage}
spec:
  steps:
    - name: fetch
      ref: {name: missing}
    - name: tell
      ref: {name: missing}
      with: {text: "{{ steps.fetsh.output.a }}"}  # engram-validate: ignore[EV301] nobody does that
"""


@dataclass(frozen=True)
class World:
    """A repository, and what its images would do."""

    wrong: tuple[int, ...]
    """How many findings each engram has."""
    ignored: tuple[bool, ...]
    """Which have a comment that silences them, whether it is needed or not."""
    config: str
    accepted: bool
    """Whether a baseline holds everything that is found now, and what is not there any more."""


worlds = st.builds(
    World,
    wrong=st.lists(st.integers(0, 2), min_size=1, max_size=6).map(tuple),
    ignored=st.lists(st.booleans(), min_size=6, max_size=6).map(tuple),
    config=st.sampled_from(
        ["", "ignore: [{rule: EV401, subject: engram-0}]\n", "ignore: [{rule: EV401, subject: nobody}]\n",
         "ignore: [{rule: EV211}]\nrules: {EV401: warning}\n", "rules: {EV401: off}\nignore: [{rule: EV999}]\n"]
    ),
    accepted=st.booleans(),
)  # fmt: skip


def written(world: World, root: Path) -> Options:
    for index in range(len(world.wrong)):
        comment = "  # engram-validate: ignore[EV401] known" if world.ignored[index] else ""
        (root / f"engram-{index}.yaml").write_text(engram_template(f"engram-{index}", SCHEMA, comment=comment))
    (root / "story.yaml").write_text(STORY)
    (root / "engram-validate.yaml").write_text(world.config)
    options = Options(root=root, sandbox="process")
    if world.accepted:
        simulated(world, replace(options, baseline="baseline.json", update_baseline=True))
        options = replace(options, baseline="baseline.json")
    return options


def simulated(world: World, options: Options) -> Report:
    """A run in which what images do is known: the sandbox alone is a double."""

    def run_units(prepared: object, units: Sequence[Unit], graded: object, observer: object) -> tuple[RunResult, str]:
        run_results = [run_result(unit, world.wrong[int(unit.name.partition("-")[2])]) for unit in units]
        return RunResult(
            results=tuple(result for one in run_results for result in one.results),
            findings=tuple(finding for one in run_results for finding in one.findings),
            unchecked=tuple(each for one in run_results for each in one.unchecked),
        ), "simulated"

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(dynamic, "run_units", run_units)
        return engine.run(options)


def run_result(unit: Unit, wrong: int) -> RunResult:
    subject = replace(unit.subject, case="generated minimal")
    place = unit.template.name_location
    return RunResult(
        results=(CaseResult(subject, "conformance", Outcome.FAILED if wrong else Outcome.PASSED, 1.0),),
        findings=tuple(
            conformance.OUTPUT_VIOLATES_SCHEMA.at(
                place, subject, anchor=("case", number), path=".a", problem=f"problem {number}"
            )
            for number in range(wrong)
        ),
        unchecked=(Unchecked("its schema", "simulated", unit.subject),) if not wrong else (),
    )


def parts_of(world: World, options: Options, count: int) -> list[Part]:
    """The reports of all shards, as they come out of files."""
    reports = [simulated(world, replace(options, shard=Shard(number, count))) for number in range(1, count + 1)]
    return [Part(f"{index}.json", document.parse(document.render(report))) for index, report in enumerate(reports)]


@settings(max_examples=examples(60), deadline=None)
@given(worlds, st.integers(1, 5), st.randoms(use_true_random=False))
def test_merged_findings_are_those_of_one_run(world: World, count: int, random: object) -> None:
    with tempfile.TemporaryDirectory() as folder:
        options = written(world, Path(folder))
        whole = simulated(world, options)
        parts = parts_of(world, options, count)
    random.shuffle(parts)  # type: ignore[attr-defined]
    joined = merged(parts)

    assert joined.findings == document.parse(document.render(whole)).findings
    assert set(map(str, joined.suppressed)) == set(map(str, document.parse(document.render(whole)).suppressed))
    assert set(joined.unchecked) == set(whole.unchecked)
    assert joined.stories == whole.stories
    assert {(case.subject, case.check, case.outcome) for case in joined.cases} == {
        (case.subject, case.check, case.outcome) for case in whole.cases
    }
    assert (joined.status, joined.result, joined.checked) == (whole.status, whole.result, whole.checked)


WORLD = World((1, 0, 2), (False,) * 6, "", accepted=False)


def test_a_shard_that_never_came_is_no_pass(tmp_path: Path) -> None:
    parts = parts_of(replace(WORLD, wrong=(0, 0, 0)), written(WORLD, tmp_path), 3)
    joined = merged(parts[:2], fail_on="never")

    [missing] = [finding for finding in joined.findings if finding.rule.code == "EV930"]
    assert missing.message.startswith("shard 3 of 3 is missing")
    assert (int(joined.status), joined.result) == (3, "error")


def test_what_a_missing_shard_may_have_needed_is_not_called_unused(tmp_path: Path) -> None:
    world = replace(WORLD, config="ignore: [{rule: EV401, subject: nobody}]\n")
    parts = parts_of(world, written(world, tmp_path), 3)

    def unused(some: list[Part]) -> int:
        return sum(finding.rule.name == "unused-suppression" for finding in merged(some).findings)

    assert unused(parts) == 2  # this one, and the comment in the story
    assert unused(parts[:2]) == 1  # the comment: its rule is judged by the first shard alone


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda parts: [parts[0], parts[0]], "0.json and 0.json are both shard 1/2: leave one out"),
        (lambda parts: [parts[0], replaced(parts[1], of=3)], "are shards of different plans"),
        (lambda parts: [parts[0], replaced(parts[1], plan="other")], "are shards of different plans"),
    ],
)
def test_parts_that_make_no_whole_are_refused(make: object, said: str, tmp_path: Path) -> None:
    parts = parts_of(WORLD, written(WORLD, tmp_path), 2)

    with pytest.raises(UsageError, match=said):
        merged(make(parts))  # type: ignore[operator]


def replaced(part: Part, **shard: object) -> Part:
    assert part.report.shard is not None
    return Part(part.file, replace(part.report, shard=replace(part.report.shard, **shard)))  # type: ignore[arg-type]


def test_reports_of_whole_runs_are_joined_too(tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    whole = simulated(WORLD, written(WORLD, tmp_path / "one"))
    joined = merged([Part("a.json", whole), Part("b.json", replace(whole, fail_on=None))])

    assert joined.findings == whole.findings
    assert joined.fail_on == whole.fail_on
