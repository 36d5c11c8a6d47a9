"""The examples on the pages of EV2: what fails breaks exactly that rule, what passes breaks none."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from validator import rules
from validator.checks import manifests, resolution
from validator.findings import Finding, Rule
from validator.rules import resolution as family
from validator.rules.platforms import GAPS
from validator.sources.workspace import load

_EXAMPLE = re.compile(r"^```yaml (fails|passes)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_GAPS = {gap.code for gap in GAPS}
"""What the platform does with an example besides; tests/checks/gaps has their own."""
_RULES = [value for value in vars(family).values() if isinstance(value, Rule)]


def _broken(text: str, folder: Path) -> set[str]:
    (folder / "manifest.yaml").write_text(text, encoding="utf-8")
    workspace = load(folder, ["manifest.yaml"])
    verdicts = (*workspace.problems, *manifests.check(workspace), *resolution.check(workspace))
    return {verdict.rule.code for verdict in verdicts if isinstance(verdict, Finding)} - _GAPS


@pytest.mark.parametrize("rule", _RULES, ids=lambda rule: rule.code)
def test_examples(rule: Rule, tmp_path: Path) -> None:
    examples = dict(_EXAMPLE.findall(rules.page(rule)))
    assert _broken(examples["fails"], tmp_path) == {rule.code}
    assert _broken(examples["passes"], tmp_path) == set()
