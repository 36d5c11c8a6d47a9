"""A real engram, with the real SDK, that runs a story for each of its items, whose step is a real one, too."""

from __future__ import annotations

from pathlib import Path

from validator.engine.options import Options
from validator.engine.preparation import prepare
from validator.engine.stories.cases import task_of
from validator.engine.stories.running import ran
from validator.engine.stories.selection import cases_of, stories_named
from validator.reports.story_tree import tree
from validator.suite.overrides import from_argument

FIXTURES = Path(__file__).parent.parent / "fixtures" / "engrams"
STORIES = """\
apiVersion: bubustack.io/v1alpha1
kind: Story
metadata: {name: outer}
spec:
  steps:
  - {name: sum, ref: {name: reduces}, with: {items: [1, 2], story: child}}
  - name: own
    ref: {name: reduces}
    needs: [sum]
    with:
      items: [7]
      story: made
      key: one
      spec:
        steps: [{name: wait, type: sleep, with: {duration: 1m}}]
        output: {amount: 5}
  output: {sum: "{{ steps.sum.output.total }}", own: "{{ steps.own.output.total }}"}
---
apiVersion: bubustack.io/v1alpha1
kind: Story
metadata: {name: child}
spec:
  inputsSchema: {type: object, required: [item], properties: {item: {type: integer}}}
  steps:
  - {name: nap, type: sleep, with: {duration: 5m}}
  - {name: greet, needs: [nap], ref: {name: conforming}, with: {text: one two three}}
  output: {amount: "{{ steps.greet.output.words }}"}
---
apiVersion: bubustack.io/v1alpha1
kind: Engram
metadata: {name: reduces}
spec: {templateRef: {name: reduces}}
---
apiVersion: bubustack.io/v1alpha1
kind: Engram
metadata: {name: conforming}
spec: {templateRef: {name: conforming}}
"""
CASES = "stories: {outer: [{name: sums up, inputs: {}}]}\n"


def test_a_real_engram_drives_stories(fixture_binaries: Path, tmp_path: Path) -> None:
    for file, text in (("stories.yaml", STORIES), ("engram-validate.yaml", CASES)):
        (tmp_path / file).write_text(text, encoding="utf-8")
    for name in ("reduces", "conforming"):
        (tmp_path / f"{name}.yaml").write_bytes((FIXTURES / name / "Engram.yaml").read_bytes())
    images = tuple(from_argument(f"{name}=process:{fixture_binaries / name}") for name in ("reduces", "conforming"))
    ready = prepare(Options(root=tmp_path, images=images, sandbox="process"))
    (story,) = stories_named(ready.workspace, ready.config, ["outer"])

    results, _ = ran(ready, [task_of(story, case) for case in cases_of(ready.config, story)])

    assert [finding.message for one in results for finding in one.findings] == []
    lines = [line.partition(", real")[0] for line in tree(results[0]).splitlines()]
    assert lines == [
        "outer: sums up: passed",
        "  sum  Succeeded, 0 s to 603 s",
        "    starts story child at 0 s: Succeeded at 301 s",
        "      nap    Succeeded, 0 s to 300 s, Sleep completed.",
        "      greet  Succeeded, 300 s to 301 s",
        "    starts story child at 301 s: Succeeded at 602 s",
        "      nap    Succeeded, 0 s to 300 s, Sleep completed.",
        "      greet  Succeeded, 300 s to 301 s",
        "  own  Succeeded, 603 s to 664 s",
        "    starts story made at 603 s: Succeeded at 663 s",
        "      wait  Succeeded, 0 s to 60 s, Sleep completed.",
        lines[-2],
        '  output: {"sum": 6, "own": 5}',
    ]
