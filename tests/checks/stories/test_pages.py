"""The examples on the pages of EV720 to EV745: what fails breaks the rule when it is run, what passes does not."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.checks.stories.runs import judged
from validator import rules
from validator.findings import Rule

_EXAMPLE = re.compile(r"^```yaml (fails|passes) story\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_SHOWN = [rule for rule in rules.catalogue().values() if _EXAMPLE.search(rules.page(rule))]


@pytest.mark.parametrize("rule", _SHOWN, ids=lambda rule: rule.code)
def test_examples(rule: Rule, tmp_path: Path) -> None:
    examples = dict(_EXAMPLE.findall(rules.page(rule)))
    told = judged(examples["fails"], tmp_path / "fails")
    (one,) = (finding for finding in told if finding.rule is rule)
    assert one.location.file in {"manifests.yaml", "engram-validate.yaml"}
    assert one.location.line > 1 or not one.subject.step, "the place of the step, once"
    assert judged(examples["passes"], tmp_path / "passes") == []


def test_there_are_enough() -> None:
    assert len(_SHOWN) == 21
