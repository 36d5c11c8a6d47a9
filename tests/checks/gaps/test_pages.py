"""The examples on the pages of the platform's gaps: what fails breaks exactly that rule, what passes breaks none."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from validator import rules
from validator.checks import manifests, resolution
from validator.findings import Finding, Rule
from validator.rules.platforms import GAPS
from validator.sources.workspace import load

_EXAMPLE = re.compile(r"^```yaml (fails|passes)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_RULES = sorted((rule for rule in GAPS if "yaml fails" in rules.page(rule)), key=lambda rule: rule.code)


def _broken(text: str, folder: Path) -> set[str]:
    """What is found, but for the parts that an example leaves out."""
    (folder / "manifest.yaml").write_text(text, encoding="utf-8")
    workspace = load(folder, ["manifest.yaml"])
    verdicts = (*workspace.problems, *manifests.check(workspace), *resolution.check(workspace))
    return {verdict.rule.code for verdict in verdicts if isinstance(verdict, Finding)} - {"EV130"}


@pytest.mark.parametrize("rule", _RULES, ids=lambda rule: rule.code)
def test_examples(rule: Rule, tmp_path: Path) -> None:
    examples = dict(_EXAMPLE.findall(rules.page(rule)))
    assert _broken(examples["fails"], tmp_path) == {rule.code}
    assert _broken(examples["passes"], tmp_path) == set()
