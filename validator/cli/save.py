"""`run --save-cases`: what exploring has found becomes cases of the configuration, so that it is never lost again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from validator.findings import Finding, Json
from validator.reports import files
from validator.reports.escapes import inline

if TYPE_CHECKING:
    from validator.engine.options import Options


def save_cases(findings: Iterable[Finding], options: Options, err: TextIO) -> None:
    """Add a case for each finding that exploring gave inputs for. Raises OSError; what cannot be added is said."""
    from validator.suite.saved_cases import FILE, SaveError, borrowed, free_name, with_case

    file = Path(options.root, options.config or FILE)
    before = file.read_text(encoding="utf-8") if file.is_file() else ""
    text, saved = before, 0
    for finding in findings:
        given = _given(finding)
        if given is None:
            continue
        engram = finding.subject.name
        try:
            around = borrowed(text, engram, streaming="send" in given)
            name = free_name(text, engram, f"explored {finding.rule.code}")
            added = with_case(text, engram, {"name": name, **around, **given})
        except SaveError as error:
            err.write(f"not saved: {inline(str(error))}\n")
            continue
        saved += added != text
        text = added
    if text != before:
        files.replace(file, text)
        err.write(f"{saved} {'case' if saved == 1 else 'cases'} saved in {inline(file.name)}\n")


def _given(finding: Finding) -> Mapping[str, Json] | None:
    """What brings a finding out, as a case has it; None where exploring did not find that."""
    for what, key in (("inputs", "inputs"), ("packets", "send")):
        for name in (f"smallest {what}", what):
            if name in finding.evidence and "to reproduce" in finding.evidence:
                config = {"config": finding.evidence["with config"]} if "with config" in finding.evidence else {}
                return {key: finding.evidence[name], **config}
    return None
