"""The examples on the pages of EV760 to EV787: what fails loses a packet for that cause, what passes does not."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from tests.stories.hub.worlds import Script
from validator import rules
from validator.findings import Finding, Rule
from validator.sources.manifests import Story
from validator.sources.workspace import Workspace, load
from validator.stories.hub.engrams import HubEngram
from validator.stories.hub.findings import RULES, findings
from validator.stories.hub.hub import Hub
from validator.stories.hub.outcomes import Cause, Outcome
from validator.stories.hub.packets import JOIN_KEY, Packet
from validator.stories.hub.places import Manifests
from validator.stories.hub.run import Run

_EXAMPLE = re.compile(r"^```yaml (fails|passes)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_SHOWN = [rule for rule in RULES.values() if "yaml fails" in rules.page(rule)]
_SENT = {"EV769": [("left", "k")], "EV770": [("left", ""), ("right", "")]}
"""What is sent where it is not one packet of the first step: the sender and the join key."""


@pytest.mark.parametrize("rule", _SHOWN, ids=lambda rule: rule.code)
def test_examples(rule: Rule, tmp_path: Path) -> None:
    examples = dict(_EXAMPLE.findall(rules.page(rule)))
    told, *_ = [one for one in _played(examples["fails"], rule, tmp_path) if one.rule is rule]
    assert told.location.file == "manifest.yaml"
    assert told.location.line > 1
    assert rule not in {one.rule for one in _played(examples["passes"], rule, tmp_path)}


def test_every_cause_has_its_rule_by_row() -> None:
    assert [RULES[cause].code for cause in Cause if cause.row] == [f"EV{760 + row}" for row in range(20)]
    assert len({rule.code for rule in RULES.values()}) == len(Cause)


@pytest.mark.parametrize("cause", Cause)
def test_what_was_concluded_says_so(cause: Cause) -> None:
    assert ("inferred" in RULES[cause].message) is cause.is_inferred


def test_a_cause_is_told_once_for_a_way(tmp_path: Path) -> None:
    text = dict(_EXAMPLE.findall(rules.page(RULES[Cause.CONDITION])))["fails"]
    (finding,) = _played(text, RULES[Cause.CONDITION], tmp_path, times=3)
    assert finding.message.startswith("3 packets for step `show`")
    assert (finding.subject.step, finding.evidence["packets"]) == ("show", 3)


def _played(text: str, rule: Rule, folder: Path, times: int = 1) -> list[Finding]:
    (folder / "manifest.yaml").write_text(text, encoding="utf-8")
    workspace = load(folder, ["manifest.yaml"])
    (story,) = workspace.stories
    spec: Any = story.node.at(("spec",)).value
    hub = Hub(Run(spec, _engrams(workspace, story), {"live": {}}), Script())
    outcomes: list[Outcome] = []
    for one in hub.run.steps:
        outcomes += hub.connect(one.name, 0.0).outcomes if one.is_engram else ()
    for number in range(times):
        for source, key in _SENT.get(rule.code, [("mic", "")]):
            metadata = {JOIN_KEY: key} if key else {}
            outcomes += hub.send(source, Packet(f"p{number}", {"line": "hello"}, metadata=metadata), 1.0).outcomes
    return list(findings(Manifests(story, {}), [*outcomes, *hub.finish(2.0).outcomes]))


def _engrams(workspace: Workspace, story: Story) -> dict[str, HubEngram]:
    found = {}
    for step in story.steps:
        if step.ref is not None:
            template = workspace.step_template(story, step)
            given = template.output_schema if template is not None else None
            taken = template.input_schema if template is not None else None
            found[step.ref.name] = HubEngram(
                step.ref.name,
                input_schema=taken.value if taken is not None else None,
                output_schema=given.value if given is not None else None,
            )
    return found
