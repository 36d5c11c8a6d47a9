"""From everything that was found to what is reported: severities of the configuration, suppressions, order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from validator import rules
from validator.engine.options import DYNAMIC, UsageError
from validator.findings import Finding, Rule, Severity
from validator.sources.workspace import Workspace
from validator.suite.comments import NAME
from validator.suite.config import Config
from validator.suite.suppression import Suppressed, Suppression
from validator.suite.suppressions import (
    InvalidBaseline,
    apply,
    baseline,
    from_baseline,
    from_comments,
    from_config,
)


@dataclass(frozen=True, slots=True)
class Graded:
    """What is reported, and what was silenced."""

    findings: tuple[Finding, ...]
    suppressed: tuple[Suppressed, ...]
    idle: tuple[Suppression, ...] = ()
    """Suppressions that silenced nothing."""


@dataclass(frozen=True, slots=True)
class Standard:
    """What findings are graded by: the user's severities, and what is silenced."""

    severities: Mapping[str, Severity | None]
    """By the code of a rule; None for a rule that is off."""
    suppressions: tuple[Suppression, ...]
    malformed: tuple[Finding, ...] = ()
    """Comments that were meant to silence something."""

    def grade(self, findings: Iterable[Finding], is_covered: Callable[[Rule], bool] = lambda rule: False) -> Graded:
        """Apply severities and suppressions; each finding once, in reading order."""
        applied = apply([*self._unique(findings).values(), *self.malformed], self.suppressions, is_covered=is_covered)
        remaining = (*applied.remaining, *applied.extra)
        return Graded(tuple(sorted(remaining, key=lambda finding: finding.sort_key)), applied.suppressed, applied.idle)

    def reported(self, findings: Iterable[Finding]) -> tuple[Finding, ...]:
        """What of a part of all findings will be reported, as far as that is known before the run ends."""
        return apply(self._unique(findings).values(), self.suppressions, is_covered=lambda rule: False).remaining

    def with_baseline(self, path: Path) -> Standard:
        """The same with what a baseline accepts. Raises UsageError when it cannot be read."""
        return replace(self, suppressions=(*self.suppressions, *_baseline(path)))

    def _unique(self, findings: Iterable[Finding]) -> dict[str, Finding]:
        unique: dict[str, Finding] = {}
        for finding in findings:
            severity = self.severities.get(finding.rule.code, finding.severity)
            if severity is not None:
                key = f"{finding.fingerprint} {finding.location}"
                same = severity is finding.severity
                unique.setdefault(key, finding if same else replace(finding, severity=severity))
        return unique


def standard(workspace: Workspace, config: Config, accepted: Path | None) -> Standard:
    """What the findings of a run are graded by; `accepted` is the baseline.

    Raises UsageError when the baseline cannot be read.
    """
    addressed = [text.path for text in workspace.files if NAME in text.text]
    commented, malformed = from_comments(addressed, _lines(workspace))
    graded_by = Standard(config.severities, (*commented, *from_config(config.ignores)), tuple(malformed))
    return graded_by if accepted is None else graded_by.with_baseline(accepted)


def rule_coverage(checks: Sequence[str], *, broken: bool) -> Callable[[Rule], bool]:
    """Whether the check of a rule ran on everything: only then is a suppression of it that matched nothing unused."""

    def is_covered(rule: Rule) -> bool:
        check = rules.check_of(rule.code)
        return check in checks and not (broken and check in DYNAMIC)

    return is_covered


def threshold(name: str) -> Severity | None:
    """The severity behind `--fail-on`; None for `never`."""
    return None if name == "never" else Severity(name)


def write_baseline(path: Path, findings: Sequence[Finding]) -> None:
    """Accept all of these findings from now on. Raises UsageError when the file cannot be written."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(baseline(findings), encoding="utf-8")
    except OSError as error:
        raise UsageError(f"the baseline {path.name} cannot be written: {error}") from error


def _baseline(path: Path | None) -> list[Suppression]:
    if path is None:
        return []
    try:
        return from_baseline(path.read_text(encoding="utf-8"), path.name)
    except (InvalidBaseline, OSError, UnicodeDecodeError) as error:
        raise UsageError(f"the baseline {path.name} cannot be read: {error}") from error


def _lines(workspace: Workspace) -> Callable[[str], Sequence[str]]:
    def lines(file: str) -> Sequence[str]:
        text = workspace.text_of(file)
        return text.lines if text is not None else ()

    return lines
