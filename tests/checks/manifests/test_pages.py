"""The examples on the pages of EV1: what fails breaks exactly that rule, what passes breaks none."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from validator import rules
from validator.checks.manifests import check
from validator.findings import Finding, Rule
from validator.rules import manifests as family
from validator.sources.workspace import load

_EXAMPLE = re.compile(r"^```yaml (fails|passes)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_RULES = [value for value in vars(family).values() if isinstance(value, Rule)]
_WITHOUT_EXAMPLE = {"EV101", "EV104"}
"""A file that cannot be read, or is too large, does not fit on a page."""


def _broken(text: str, folder: Path) -> set[str]:
    (folder / "manifest.yaml").write_text(text, encoding="utf-8")
    workspace = load(folder, ["manifest.yaml"])
    found = (*workspace.problems, *(verdict for verdict in check(workspace) if isinstance(verdict, Finding)))
    return {finding.rule.code for finding in found}


@pytest.mark.parametrize("rule", _RULES, ids=lambda rule: rule.code)
def test_examples(rule: Rule, tmp_path: Path) -> None:
    examples = dict(_EXAMPLE.findall(rules.page(rule)))
    if rule.code in _WITHOUT_EXAMPLE:
        assert not examples
        return
    assert _broken(examples["fails"], tmp_path) == {rule.code}
    assert _broken(examples["passes"], tmp_path) == set()
