"""The examples on the pages of EV3: what fails breaks exactly that rule, what passes breaks none of its family.

Two templates of one name are the released version and the new one, two of different names a pair.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from validator import rules
from validator.checks import manifests
from validator.checks.pairwise import check
from validator.checks.pairwise.direct import compare
from validator.checks.pairwise.evolution import Evolution
from validator.checks.pairwise.pairs import Pairs
from validator.findings import Finding, Rule
from validator.rules import pairwise as family
from validator.sources.workspace import Workspace, load

_EXAMPLE = re.compile(r"^```yaml (fails|passes)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_RULES = [value for value in vars(family).values() if isinstance(value, Rule)]


def _verdicts(workspace: Workspace) -> list[object]:
    if workspace.stories:
        return [*check(workspace), *manifests.check(workspace)]
    first, second = workspace.templates
    if first.name == second.name:
        return [*Evolution().verdicts(first, second)]
    return [*compare(first, second, Pairs()).verdicts()]


def _broken(text: str, folder: Path) -> set[str]:
    (folder / "manifests.yaml").write_text(text, encoding="utf-8")
    return {found.rule.code for found in _verdicts(load(folder)) if isinstance(found, Finding)}


@pytest.mark.parametrize("rule", _RULES, ids=lambda rule: rule.code)
def test_examples(rule: Rule, tmp_path: Path) -> None:
    examples = dict(_EXAMPLE.findall(rules.page(rule)))
    if rule is family.OVERRIDDEN_INPUTS:
        assert not examples
        return
    assert _broken(examples["fails"], tmp_path) == {rule.code}
    assert _broken(examples["passes"], tmp_path) == set()
