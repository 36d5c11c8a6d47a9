"""Secrets of cases never reach a report: whatever comes from an engram passes here before it becomes a result."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace

from validator.checks.isolation.encodings import forms
from validator.engine import canaries
from validator.findings import Finding, Json, Path, Suggestion, Unchecked
from validator.sandbox.model import Exit, Log
from validator.suite.cases import Case
from validator.suite.config import Config
from validator.suite.environment import PLACEHOLDER, Allowance, variables
from validator.suite.plan import Unit
from validator.suite.results import CaseResult, Outcome, RunResult
from validator.suite.scheduler import CaseReport

MASK = "***"
WHOLE = 4
"""Characters from which on a secret is masked anywhere; a shorter one only where it stands by itself."""
LONGEST_LINE = 4096
"""Characters at the beginning of a cut log that go with its first line."""


@dataclass(frozen=True, slots=True)
class Masker:
    """Replaces secrets in text and documents: plain, encoded, in other letter case, and over several fields."""

    values: tuple[str, ...] = field(default=(), repr=False)
    known: tuple[str, ...] = field(default=(), repr=False)
    """Every form of every secret in lower case, the longest first."""

    @classmethod
    def of(cls, values: Iterable[str]) -> Masker:
        """A masker of these secrets; empty ones, and single characters, hide nothing."""
        secrets = sorted({value for value in values if len(value.strip()) > 1}, key=lambda value: (-len(value), value))
        every: set[str] = set()
        for value in secrets:
            found = forms(value)
            lines = [line.strip() for line in value.splitlines() if len(line.strip()) >= 2 * WHOLE]
            every |= {value, *(form for _, form in (*found.exact, *found.folded)), *lines}
        return cls(tuple(secrets), tuple(sorted({form.lower() for form in every}, key=lambda form: (-len(form), form))))

    def text(self, text: str) -> str:
        """The text without secrets."""
        return self._without(text, lambda _: MASK)

    def line(self, line: str) -> str:
        """A line of a file without secrets, in which all else stands in its column still: edits and carets go by it."""
        return self._without(line, lambda found: MASK[0] * len(found[0]))

    def _without(self, text: str, cover: Callable[[re.Match[str]], str]) -> str:
        lower = text.lower()
        # Looking for each is cheap; a pattern of all of them would look at every character many times.
        present = [form for form in self.known if form in lower]
        return re.sub("|".join(map(_pattern, present)), cover, text, flags=re.IGNORECASE) if present else text

    def document(self, value: Json) -> Json:
        """The document without secrets: in values, in names, as numbers, and in pieces over several fields."""
        if not self.values:
            return value
        texts = [(path, leaf) for path, leaf in _texts(value)]
        hidden: set[Path] = set()
        whole = [text for _, text in texts]
        if len(whole) > 1:
            for secret in self.values:
                known = forms(secret)
                across = known.found_across(whole) if len(secret) >= WHOLE else None
                pieces = range(across[0], across[1] + 1) if across else known.pieces_in(whole)
                hidden |= {texts[index][0] for index in pieces}
        return self._masked(value, (), hidden)

    def _masked(self, value: Json, path: Path, hidden: set[Path]) -> Json:
        if isinstance(value, dict):
            return {self.text(name): self._masked(member, (*path, name), hidden) for name, member in value.items()}
        if isinstance(value, list):
            return [self._masked(item, (*path, index), hidden) for index, item in enumerate(value)]
        if isinstance(value, str):
            return MASK if path in hidden else self.text(value)
        if isinstance(value, int | float) and not isinstance(value, bool):
            return MASK if self.text(str(value)) == MASK else value
        return value

    def finding(self, finding: Finding) -> Finding:
        """The finding without secrets."""
        suggestion = finding.suggestion
        if suggestion is not None:
            new = suggestion.replacement
            suggestion = Suggestion(
                self.text(suggestion.text), suggestion.location, self.text(new) if new is not None else None
            )
        return replace(
            finding,
            message=self.text(finding.message),
            anchor=tuple(self.text(part) if isinstance(part, str) else part for part in finding.anchor),
            evidence=self._evidence(finding.evidence),
            suggestion=suggestion,
            related=tuple(replace(each, message=self.text(each.message)) for each in finding.related),
        )

    def _evidence(self, evidence: Mapping[str, Json]) -> dict[str, Json]:
        masked = self.document(dict(evidence))
        assert isinstance(masked, dict)
        return masked

    def unchecked(self, unchecked: Unchecked) -> Unchecked:
        """The reason without secrets."""
        return replace(unchecked, what=self.text(unchecked.what), reason=self.text(unchecked.reason))

    def result(self, result: CaseResult) -> CaseResult:
        """The row without secrets."""
        return replace(
            result,
            message=self.text(result.message),
            stdout=self.text(result.stdout),
            stderr=self.text(result.stderr),
            transcript=self.text(result.transcript),
            output=self.document(result.output),
        )

    def broken(self, run_result: RunResult) -> RunResult:
        """The same, with what the sandbox itself had to say masked as well: it never was part of a case's report."""
        return replace(
            run_result,
            results=tuple(self.result(each) if each.outcome is Outcome.ERROR else each for each in run_result.results),
            findings=tuple(self.finding(each) if each.rule.code[:3] == "EV9" else each for each in run_result.findings),
        )

    def case_report(self, case_report: CaseReport) -> CaseReport:
        """Everything that is told of a case, without secrets."""
        if not self.values:
            return case_report
        return replace(
            case_report,
            results=tuple(map(self.result, case_report.results)),
            findings=tuple(map(self.finding, case_report.findings)),
            unchecked=tuple(map(self.unchecked, case_report.unchecked)),
            outputs=tuple(map(self.document, case_report.outputs)),
            emitted=self.document(case_report.emitted),
            transcripts=tuple((name, tuple(map(self.document, rows))) for name, rows in case_report.transcripts),
        )


def whole_lines(ended: Exit) -> Exit:
    """The same end of a process, without the beginning of a log that was cut off: it may be half a secret."""
    return replace(ended, stdout=_whole(ended.stdout), stderr=_whole(ended.stderr))


def _whole(log: Log) -> Log:
    if not log.truncated:
        return log
    line_end = log.text.find("\n", 0, LONGEST_LINE)
    return replace(log, text=log.text[line_end + 1 if line_end >= 0 else LONGEST_LINE :])


def masker(unit: Unit) -> Masker:
    """A masker of every secret that a case of the unit holds, and of those that stand in for them."""
    values: set[str] = set()
    for case in unit.cases:
        values |= _secrets(case)
        if case.canary:
            for number in range(canaries.MOST):
                values |= _secrets(canaries.planted(case, unit.template, number, vary_config=False).case)
    return Masker.of(values)


def from_environment(config: Config, environment: Allowance) -> tuple[str, ...]:
    """The real secrets: what cases take from the environment (`${{ env.NAME }}`)."""
    found: set[str] = set()
    cases = [case.node for cases in config.cases.values() for case in cases]
    for node in (*cases, *(each.node for each in config.defaults.values())):
        written = node.find(("secrets",)) if node is not None else None
        for _, text in _texts(written.value if written is not None else None):
            found |= {environment.value(name) for name in variables(text)}
    return tuple(sorted(value for value in found if len(value.strip()) > 1))


def _pattern(form: str) -> str:
    """A short form only where it stands by itself: it may be part of any word."""
    found = re.escape(form)
    return found if len(form) >= WHOLE else rf"(?<![A-Za-z0-9]){found}(?![A-Za-z0-9])"


def _secrets(case: Case) -> set[str]:
    """What is secret of a case: the address of a service beside it, which stands for a placeholder, is not."""
    texts = {value for values in case.secrets.values() for value in values.values()}
    plain = {text for text in texts if not PLACEHOLDER.search(text)}
    return plain | {
        piece for text in texts - plain for piece in PLACEHOLDER.split(text)[::2] if len(piece) >= 2 * WHOLE
    }


def _texts(value: Json, path: Path = ()) -> Iterable[tuple[Path, str]]:
    if isinstance(value, dict):
        for name, member in value.items():
            yield from _texts(member, (*path, name))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _texts(item, (*path, index))
    elif isinstance(value, str):
        yield path, value
