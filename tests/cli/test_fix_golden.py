"""`check --fix` on every golden file and on every example of a rule's page that carries an edit."""

from __future__ import annotations

import io
import re
from collections import Counter
from pathlib import Path

import pytest

from validator import rules
from validator.cli.fix import write_fixes
from validator.engine.engine import run
from validator.engine.options import STATIC, Options
from validator.findings import Finding

GOLDEN = Path(__file__).parents[1] / "golden"
FAILS = re.compile(r"^```yaml fails\n(.*?)^```", re.MULTILINE | re.DOTALL)

UNCOVERED = {
    "manifests-kinds": {"EV114"},  # of a kind that is known, the fields are
    "manifests-references": {"EV133"},  # of an Engram that is there, the version is
    "manifests-string-reference": {"EV267"},  # the step can be read
    "manifests-unknown-values": {"EV114", "EV125"},  # so can its type
    "manifests-unquoted-templates": {"EV114"},  # so can the document
    "pairwise-left-to-resolution": {"EV242"},  # the value of a field that was misspelt
    "resolution-admission": {"EV210"},  # the step behind a misspelt root
    "resolution-alternatives": {"EV212"},
    "resolution-builtins": {"EV261"},  # the order of arguments that came with the name from another language
    "resolution-inputs": {"EV242", "EV302"},
    "resolution-ranges": {"EV212"},  # the optional object before a misspelt name
    "resolution-silent": {"EV211"},  # the field behind braces that were missing
    "EV233": {"EV211"},
}
"""What the check could not see before the edit: mistakes of the author that hid each other."""


def inputs() -> dict[str, str]:
    """Each file by a name: the golden ones, and the examples that fail."""
    files = {f"{path.parent.name}-{path.stem}": path.read_bytes().decode() for path in sorted(GOLDEN.glob("*/*.yaml"))}
    for rule in rules.catalogue().values():
        for number, text in enumerate(FAILS.findall(rules.page(rule))):
            files[f"{rule.code}-{number + 1}" if number else rule.code] = text
    return files


INPUTS = inputs()


def has_edit(finding: Finding) -> bool:
    return finding.suggestion is not None and finding.suggestion.replacement is not None


def said(findings: list[Finding]) -> Counter[tuple[str, str, str]]:
    """What is said, without the place: an edit may move lines."""
    return Counter((finding.rule.code, str(finding.subject), finding.message) for finding in findings)


@pytest.mark.parametrize("name", INPUTS)
def test_fix_mends_what_carries_an_edit_and_breaks_nothing(name: str, tmp_path: Path) -> None:
    """Once is enough: all edits are made, and none is left; what is new was hidden by what was mended."""
    file = tmp_path / "x.yaml"
    file.write_bytes(INPUTS[name].encode())
    options = Options(root=tmp_path, checks=STATIC)
    before = run(options).findings
    if not any(map(has_edit, before)):
        return

    report = write_fixes(options, io.StringIO())

    assert report is not None, "every pass brings another edit"
    assert not [finding for finding in report.findings if has_edit(finding)]
    without_edit = said([finding for finding in before if not has_edit(finding)])
    assert {code for code, *_ in said(report.findings) - without_edit} == UNCOVERED.get(name, set())


def test_every_exception_is_of_a_file() -> None:
    assert UNCOVERED.keys() <= INPUTS.keys()
