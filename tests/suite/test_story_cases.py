"""`stories:` of the configuration: what it means, and mistakes in it told with place and nearest name."""

from __future__ import annotations

from pathlib import Path

import pytest

from validator.engine.options import Options
from validator.engine.preparation import prepare
from validator.stories.runs.script import Attempt, Decision
from validator.suite.story_cases import StoryCase

STORY = """
apiVersion: bubustack.io/v1alpha1
kind: Story
metadata: {name: triage, namespace: ns}
spec:
  steps:
  - {name: fetch, ref: {name: fetch}}
  - {name: ask, type: gate}
  - {name: nap, type: sleep, with: {duration: 1s}}
  - {name: sub, type: executeStory, with: {storyRef: {name: inner}, waitForCompletion: true}}
---
apiVersion: bubustack.io/v1alpha1
kind: Story
metadata: {name: inner, namespace: ns}
spec: {steps: [{name: only, ref: {name: fetch}}]}
---
apiVersion: bubustack.io/v1alpha1
kind: Story
metadata: {name: live, namespace: ns}
spec: {pattern: realtime, steps: [{name: only, ref: {name: fetch}}]}
---
apiVersion: bubustack.io/v1alpha1
kind: Engram
metadata: {name: fetch, namespace: ns}
spec: {templateRef: {name: fetch}}
---
apiVersion: catalog.bubustack.io/v1alpha1
kind: EngramTemplate
metadata: {name: fetch}
spec: {version: 1.0.0}
"""


def read(case: str, folder: Path, key: str = "triage") -> tuple[list[str], tuple[StoryCase, ...]]:
    """The mistakes, with their places, and the cases."""
    (folder / "story.yaml").write_text(STORY, encoding="utf-8")
    (folder / "engram-validate.yaml").write_text(f"stories:\n  {key}:\n{case}", encoding="utf-8")
    prepared = prepare(Options(root=folder))
    told = [
        f"{one.location.line}:{one.location.column} {one.message}"
        + (f" ({one.suggestion.text})" if one.suggestion is not None else "")
        for one in prepared.unreadable
        if one.location.file == "engram-validate.yaml"
    ]
    return told, prepared.config.stories.get(key, ())


@pytest.mark.parametrize(
    ("case", "said"),
    [
        ("  - {name: a, step: {}}", "3:15 unknown key `step` in `stories.triage[0]`"),
        ("  - {name: a, steps: {fetsh: {output: {}}}}", "did you mean `fetch`?"),
        ("  - {name: a, steps: {fetch: {outputs: {}}}}", "did you mean `output`?"),
        ("  - {name: a, steps: {fetch: {output: {}, error: x}}}", "`output` and `error` exclude each other"),
        ("  - {name: a, steps: {fetch: {gate: approved}}}", "step `fetch` is no gate, so nothing is decided there"),
        ("  - {name: a, steps: {ask: {output: {}}}}", "step `ask` is a gate: write `gate: approved`"),
        ("  - {name: a, steps: {nap: {output: {}}}}", "a `sleep` ends by itself, and no case can say how"),
        ("  - {name: a, steps: {ask: {gate: approve}}}", 'found "approve", expected one of approved, rejected'),
        ("  - {name: a, steps: {fetch: [{exit: 300}]}}", "3:38"),
        ("  - {name: a, expect: {phase: succeeded}}", 'found "succeeded", expected one of Succeeded'),
        ("  - {name: a, expect: {steps: {fech: {}}}}", "did you mean `fetch`?"),
        ("  - {name: a, expect: {order: [fetch, nab]}}", "3:39 `nab` in `expect.order` names no step of `triage`"),
        ("  - {name: a, expect: {never: [subs]}}", "did you mean `sub`?"),
        ("  - {name: a, expect: {time: soon}}", 'found "soon", expected something like 30s'),
        ("  - {name: a, stories: {iner: {}}}", "did you mean `inner`?"),
        ("  - {name: a, stories: {inner: {steps: {olny: {}}}}}", "did you mean `only`?"),
        ("  - {name: a, inputs: {}, trigger: {payload: {}}}", "`inputs` and `trigger` exclude each other"),
        ("  - {name: a}\n  - {name: a}", "two cases are named `a`"),
        ("  - {inputs: {}}", "`name` is missing"),
    ],
)
def test_mistakes(case: str, said: str, tmp_path: Path) -> None:
    told, _ = read(case, tmp_path)

    assert any(said in one for one in told), told


def test_a_story_that_is_not_there(tmp_path: Path) -> None:
    told, _ = read("  - {name: a}", tmp_path, "triag")

    assert told == [
        "2:3 `triag` in `stories` names no story of this workspace; known are `inner`, `live`, `triage` "
        "(did you mean `triage`?)"
    ]


def test_what_a_case_means(tmp_path: Path) -> None:
    told, cases = read(
        """
  - name: a
    trigger: {payload: {x: 1}}
    steps:
      fetch: [{kill: true, delay: 2s}, {exit: 3}, {error: {message: busy, exitClass: retry}}, {timeout: true}, {}]
      ask: {gate: rejected, at: 1m, message: wait}
    stories: {inner: {steps: {only: {output: [1]}}}}
    expect: {time: {min: 1s, max: 1h}, ends: false}
""",
        tmp_path,
    )

    assert told == []
    [case] = cases
    assert case.inputs == {"x": 1}
    assert case.script.attempts["fetch"] == (
        Attempt("exit", exit_code=137, delay=2_000_000_000),
        Attempt("exit", exit_code=3),
        Attempt("error", message="busy", exit_class="retry"),
        Attempt("timeout"),
        Attempt(),
    )
    assert case.script.gates == {"ask": Decision(approved=False, at=60_000_000_000, message="wait")}
    assert case.script.of_child("inner").attempt("only", 1).output == [1]
    assert (case.expect.at_least, case.expect.at_most, case.expect.ends) == (1.0, 3600.0, False)


def test_without_inputs_they_are_made(tmp_path: Path) -> None:
    _, [case] = read("  - {name: a}", tmp_path)

    assert case.inputs is None
