"""Correct workspaces and single mistakes in them: what the static checks say of each, counted by kind of mistake.

python -m tests.mutation.campaign --correct 500 --mutants 20 [--kind NAME] [--verbose]
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.mutation.drafts import draft
from tests.mutation.mistake import Mistake
from tests.mutation.mistakes import AREAS, MISTAKES
from tests.mutation.styles import STYLES
from validator.engine.engine import run
from validator.engine.options import STATIC, Options
from validator.findings import Finding, Severity
from validator.sources.text import SourceText

FILE = "all.yaml"
SEEDS_TRIED = 40
"""Workspaces in which a mistake looks for a place, at most."""


@dataclass(frozen=True)
class Outcome:
    """What the checks said of one workspace with a mistake."""

    mistake: str
    seed: int
    style: str
    findings: tuple[Finding, ...]
    covers: bool
    """Whether a finding's range holds the characters that were changed, where there are any."""
    change: str

    @property
    def reported(self) -> bool:
        return any(finding.severity is not Severity.NOTE for finding in self.findings)


def check(text: str) -> tuple[Finding, ...]:
    """What the static checks say of a file."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / FILE).write_text(text, encoding="utf-8", newline="")
        return run(Options(root=Path(folder), checks=STATIC)).findings


def false_alarms(seeds: Iterable[int]) -> Iterator[tuple[int, str, Finding]]:
    """Every finding about a correct workspace, written in each of the styles."""
    for seed in seeds:
        documents = draft(seed).documents.values()
        for name, style in STYLES.items():
            for finding in check(style(documents)):
                yield seed, name, finding


def mutants(mistakes: Iterable[Mistake], each: int, first: int = 0) -> Iterator[Outcome]:
    """So many workspaces with each mistake."""
    for mistake in mistakes:
        made = 0
        for seed in range(first, first + SEEDS_TRIED * each):
            outcome = mutant(mistake, seed)
            if outcome is not None:
                yield outcome
                made += 1
            if made == each:
                break


def mutant(mistake: Mistake, seed: int) -> Outcome | None:
    """One workspace with a mistake; None where it has no place for it."""
    rng = random.Random(f"{mistake.name} {seed}")
    correct = draft(seed)
    name = rng.choice([*STYLES]) if mistake.apply else "block"
    before = STYLES[name](correct.documents.values())
    if mistake.apply is not None:
        changed = correct.copy()
        if not mistake.apply(rng, changed):
            return None
        after = STYLES[name](changed.documents.values())
    else:
        assert mistake.rewrite is not None
        rewritten = mistake.rewrite(rng, before)
        if rewritten is None:
            return None
        after = rewritten
    if after == before:
        return None
    findings = check(after)
    start, end = difference(before, after)
    covers = mistake.removes or any(_covers(finding, after, start, end) for finding in findings)
    return Outcome(mistake.name, seed, name, findings, covers, f"{before[start - 25 : start]}[{after[start:end]}]")


def difference(before: str, after: str) -> tuple[int, int]:
    """The characters of `after` that differ; an empty range where some are missing."""
    start = next(
        (at for at, (one, two) in enumerate(zip(before, after, strict=False)) if one != two),
        min(len(before), len(after)),
    )
    most = min(len(before), len(after)) - start
    same = next((at for at in range(most) if before[-1 - at] != after[-1 - at]), most)
    return start, len(after) - same


def _covers(finding: Finding, text: str, start: int, end: int) -> bool:
    """Whether the finding, or what it points to besides, holds the change or stands where it begins."""
    source = SourceText(FILE, text)
    for place in (finding.location, *(related.location for related in finding.related)):
        low = source.line_starts[place.line - 1] + place.column - 1
        high = source.line_starts[place.end_line - 1] + place.end_column - 1
        if low <= end and start <= high:
            return True
    return False


@dataclass
class Tally:
    """Counts of one kind, or of all."""

    made: int = 0
    reported: int = 0
    covered: int = 0
    several: int = 0

    def add(self, outcome: Outcome) -> None:
        self.made += 1
        self.reported += outcome.reported
        self.covered += outcome.covers
        self.several += len(outcome.findings) > 1


def tallies(outcomes: Iterable[Outcome]) -> dict[str, Tally]:
    """The counts by kind, and of all under an empty name."""
    found: dict[str, Tally] = defaultdict(Tally)
    for outcome in outcomes:
        found[outcome.mistake].add(outcome)
        found[""].add(outcome)
    return dict(found)


def by_area(found: dict[str, Tally]) -> str:
    """How many kinds each area has, and what was said of them."""
    lines = [f"{'area':<24} {'kinds':>5} {'made':>5} {'reported':>9} {'covered':>8} {'several':>8}"]
    for area, mistakes in AREAS.items():
        all_ = [found.get(mistake.name, Tally()) for mistake in mistakes]
        made, reported, covered, several = (
            sum(getattr(one, count) for one in all_) for count in ("made", "reported", "covered", "several")
        )
        lines.append(f"{area:<24} {len(mistakes):>5} {made:>5} {reported:>9} {covered:>8} {several:>8}")
    return "\n".join(lines)


def table(found: dict[str, Tally]) -> str:
    lines = [f"{'mistake':<36} {'made':>5} {'reported':>9} {'covered':>8} {'several':>8}"]
    for name, tally in sorted(found.items(), key=lambda each: (not each[0], each[0])):
        lines.append(f"{name or 'all':<36} {tally.made:>5} {tally.reported:>9} {tally.covered:>8} {tally.several:>8}")
    return "\n".join(lines)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--correct", type=int, default=500, help="correct workspaces, each in five styles")
    parser.add_argument("--mutants", type=int, default=20, help="workspaces for each kind of mistake")
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--kind", action="append", help="only this kind of mistake")
    parser.add_argument("--verbose", action="store_true", help="show what is not as it should be")
    options = parser.parse_args(arguments)
    began = time.monotonic()
    chosen = [mistake for mistake in MISTAKES if not options.kind or mistake.name in options.kind]
    outcomes = []
    for outcome in mutants(chosen, options.mutants, options.first):
        outcomes.append(outcome)
        if options.verbose and not (outcome.reported and outcome.covers and len(outcome.findings) == 1):
            print(f"{outcome.mistake} seed={outcome.seed} {outcome.style}: {outcome.change!r}")
            for finding in outcome.findings:
                print(f"    {finding.severity} {finding.rule.code} {finding.location}: {finding.message}")
    found = tallies(outcomes)
    print(table(found))
    print(by_area(found))
    alarms = 0
    for seed, style, finding in false_alarms(range(options.first, options.first + options.correct)):
        alarms += 1
        print(f"false alarm: seed={seed} {style}: {finding.rule.code} {finding.location}: {finding.message}")
    seconds = time.monotonic() - began
    print(f"{options.correct} correct workspaces in {len(STYLES)} styles: {alarms} findings; {seconds:.0f} s")
    return 1 if alarms else 0


if __name__ == "__main__":
    sys.exit(main())
