from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path

import pytest
import yaml

from validator import rules
from validator.engine.engine import run
from validator.engine.options import Options
from validator.findings import Finding, Location, Severity, Subject
from validator.rules.suppressions import (
    MALFORMED_SUPPRESSION,
    OUTDATED_BASELINE,
    UNKNOWN_SUPPRESSED_RULE,
    UNUSED_SUPPRESSION,
)
from validator.suite import suppressions
from validator.suite.suppression import Suppressed, Suppression

CODE = UNUSED_SUPPRESSION.code  # any rule of the catalogue serves
NAME = UNUSED_SUPPRESSION.name

TEXT = """\
a: 1 # engram-validate: ignore[EV190] known
# engram-validate: ignore[unused-suppression, EV191]: both
b: |
  two
  three
c: 1
"""
STORY = TEXT.split("\n")


def lines(file: str) -> Sequence[str]:
    return STORY


def found(line: int, file: str = "story.yaml", name: str = "triage", step: str = "", message: str = "m") -> Finding:
    return Finding(
        rule=UNUSED_SUPPRESSION,
        message=message,
        location=Location(file, line, 3, line, 4),
        subject=Subject("story", name, step=step),
        severity=Severity.WARNING,
    )


def entry(**criteria: str) -> Suppression:
    return Suppression(by="config", rule=NAME, location=Location("engram-validate.yaml", 9, 5, 9, 20), **criteria)  # type: ignore[arg-type]


def test_a_comment_silences_its_lines() -> None:
    comments, problems = suppressions.from_comments(["story.yaml"], lines)
    applied = suppressions.apply([found(line) for line in range(1, 7)], comments)
    assert problems == []
    assert [item.finding.location.line for item in applied.suppressed] == [1, 3, 4, 5]
    assert [finding.location.line for finding in applied.remaining] == [2, 6]
    assert [(item.by, item.reason) for item in applied.suppressed[:2]] == [("comment", "known"), ("comment", "both")]
    (unused,) = applied.extra
    assert (
        unused.message == "nothing here violates EV191 unknown-suppressed-rule any more, so ignoring it has no effect"
    )
    assert STORY[1][unused.location.column - 1 : unused.location.end_column - 1] == "EV191"


def test_a_comment_speaks_for_its_own_file_only() -> None:
    comments, _ = suppressions.from_comments(["story.yaml"], lines)
    assert suppressions.apply([found(1, "deep/story.yaml")], comments).suppressed == ()


def test_an_unused_comment_can_be_removed() -> None:
    comments, _ = suppressions.from_comments(["story.yaml"], lambda file: STORY[:1])
    (unused,) = suppressions.apply([], comments).extra
    assert unused.rule is UNUSED_SUPPRESSION
    assert unused.suggestion is not None
    assert unused.suggestion.replacement == ""
    assert unused.suggestion.location == Location("story.yaml", 1, 5, 1, len(STORY[0]) + 1), "with the space before it"


@pytest.mark.parametrize(
    ("criteria", "silenced"),
    [
        ({}, [True, True, True]),
        ({"glob": "story.yaml"}, [True, True, False]),
        ({"glob": "**/story.yaml"}, [True, True, False]),
        ({"glob": "stories/*.yaml"}, [False, False, False]),
        ({"glob": "stories/**"}, [False, True, True]),
        ({"glob": "./stories/**/st?ry.yaml"}, [False, True, False]),
        ({"subject": "triage"}, [True, False, True]),
        ({"subject": "tri*", "step": "fetch"}, [True, False, False]),
        ({"subject": "other"}, [False, True, False]),
        ({"subject": "prod/*"}, [False, True, False]),
        ({"step": "fetch", "glob": "other.yaml"}, [False, False, False]),
    ],
)
def test_an_entry_of_the_configuration(criteria: dict[str, str], silenced: list[bool]) -> None:
    findings = [
        found(1, "story.yaml", step="fetch"),
        found(1, "stories/deep/story.yaml", name="prod/other", step="fetch"),
        found(1, "stories/deep/er/b.yaml", step="send"),
    ]
    applied = suppressions.apply(findings, [entry(**criteria)])
    assert [finding in [item.finding for item in applied.suppressed] for finding in findings] == silenced
    assert bool(applied.extra) is (not any(silenced))


def test_a_rule_that_was_not_judged_is_not_called_unused() -> None:
    static_only = suppressions.apply([], [entry()], is_covered=lambda rule: rule.code != CODE)
    assert static_only.extra == ()


@pytest.mark.parametrize(
    ("written", "message"),
    [
        (
            "unused-supression",
            "`unused-supression` is not a rule, so ignoring it has no effect; did you mean `unused-suppression`?",
        ),
        ("zzz", "`zzz` is not a rule, so ignoring it has no effect; `engram-validate explain` lists all rules"),
    ],
)
def test_an_unknown_rule(written: str, message: str) -> None:
    comments, _ = suppressions.from_comments(["a.yaml"], lambda file: [f"a: 1 # engram-validate: ignore[{written}]"])
    (extra,) = suppressions.apply([], comments).extra
    assert extra.rule is UNKNOWN_SUPPRESSED_RULE
    assert extra.message == message


@pytest.mark.parametrize(
    ("comment", "mended"),
    [
        ("# engram-validate: ignore EV201 why", "# engram-validate: ignore[EV201] why"),
        ("# engram-validate: ignore=EV201,EV202", "# engram-validate: ignore[EV201, EV202]"),
        ("# engram-validate: disable[EV201]", None),
        ("# engram-validate: ignore[]", None),
    ],
)
def test_a_malformed_comment(comment: str, mended: str | None) -> None:
    comments, (problem,) = suppressions.from_comments(["a.yaml"], lambda file: [f"a: 1 {comment}"])
    assert comments == []
    assert problem.rule is MALFORMED_SUPPRESSION
    assert (problem.suggestion.replacement if problem.suggestion else None) == mended


def test_a_baseline_silences_what_it_holds_and_no_more() -> None:
    old = [found(1), found(2), found(3, message="another")]  # the first two differ by their line only
    baseline = suppressions.from_baseline(suppressions.baseline(old), "baseline.json")
    assert suppressions.apply(old, baseline)[:3] == (
        (),
        tuple(Suppressed(one, "baseline", "", Location("baseline.json")) for one in old),
        (),
    )
    moved = [found(11), found(12), found(13)]
    applied = suppressions.apply(moved, baseline)
    assert [finding.location.line for finding in applied.remaining] == [13]
    (outdated,) = applied.extra
    assert outdated.rule is OUTDATED_BASELINE
    assert outdated.message == "1 finding of the baseline is no longer found"
    assert outdated.evidence == {"no longer found": ["EV190 story.yaml: another"]}


def test_a_baseline_is_stable() -> None:
    findings = [found(1, message=text) for text in "cab"]
    text = suppressions.baseline(findings)
    assert text == suppressions.baseline(reversed(findings))
    assert [one["message"] for one in json.loads(text)["findings"]] == ["a", "b", "c"]


def test_a_comment_spares_the_baseline() -> None:
    baseline = suppressions.from_baseline(suppressions.baseline([found(1)]), "baseline.json")
    comments, _ = suppressions.from_comments(["story.yaml"], lambda file: STORY[:1])
    applied = suppressions.apply([found(1)], [*baseline, *comments])
    assert [item.by for item in applied.suppressed] == ["comment"]
    assert applied.extra == ()  # both fit it, so neither is unused


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[" * 100_000, "it is no baseline"),
        ("", "it is no JSON, from line 1 on: "),
        ("[]", "it is no baseline: expected what --update-baseline writes"),
        ('{"version": 1}', "it is no baseline"),
        ('{"version": 2, "findings": []}', "expected a baseline of version 1, found 2"),
        ('{"version": 1, "findings": [{"rule": "EV201"}]}', "it is no baseline"),
    ],
)
def test_what_is_no_baseline_is_refused(text: str, says: str) -> None:
    with pytest.raises(suppressions.InvalidBaseline, match=re.escape(says)):
        suppressions.from_baseline(text, "b.json")


def test_ten_thousand() -> None:
    findings = [found(number % 500 + 1, message=str(number)) for number in range(10_000)]
    baseline = suppressions.from_baseline(suppressions.baseline(findings[:9_000]), "b.json")
    applied = suppressions.apply(findings, baseline)
    assert (len(applied.remaining), len(applied.suppressed), applied.extra) == (1_000, 9_000, ())


@pytest.mark.parametrize("code", ["EV190", "EV191", "EV192", "EV193"])
def test_the_examples_of_the_pages(code: str) -> None:
    rule = rules.find(code)
    assert rule is not None
    blocks = re.findall(r"```yaml (fails|passes)( baseline)?\n(.*?)```", rules.page(rule), re.DOTALL)
    assert [kind for kind, _, _ in blocks] == ["fails", "passes"]
    for kind, baseline, text in blocks:
        if baseline:
            loaded = json.dumps(yaml.safe_load(text))
            given, problems = suppressions.from_baseline(loaded, "b.json"), list[Finding]()
        else:
            given, problems = suppressions.from_comments(["a.yaml"], lambda file, text=text: text.split("\n"))  # type: ignore[misc]
        extra = [*problems, *suppressions.apply([], given).extra]
        assert [finding.rule.code for finding in extra] == ([code] if kind == "fails" else [])


def test_the_comment_of_the_readme_silences_what_its_line_is_about(tmp_path: Path) -> None:
    """Whoever copies it must not hear of it twice: as a finding, and as a comment that silences nothing."""
    readme = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    [line] = [line for line in readme.splitlines() if "# engram-validate: ignore[" in line]
    story = f"""\
apiVersion: bubustack.io/v1alpha1
kind: Story
metadata: {{name: triage}}
spec:
  inputsSchema: {{type: object, properties: {{text: {{type: string}}}}}}
  steps:
  - name: greet
    ref: {{name: chat}}
    with:
{line}
"""
    (tmp_path / "story.yaml").write_text(story, encoding="utf-8")
    report = run(Options(root=tmp_path, checks=("manifests", "resolution")))
    assert [item.finding.location.line for item in report.suppressed] == [story[: story.index(line)].count("\n") + 1]
    assert report.findings == ()
