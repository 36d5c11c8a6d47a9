"""The part of a run that needs a sandbox: every engram with an image, one after another, judged case by case."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TypeAlias

from validator.checks.pairwise.overrides import overridden
from validator.engine.conclusions import concluded, unlooked_at
from validator.engine.examiner import Examiner
from validator.engine.isolation import choose
from validator.engine.masking import Masker, from_environment, masker
from validator.engine.options import DYNAMIC
from validator.engine.preparation import Prepared
from validator.engine.streaming import StreamingExaminer
from validator.engine.transcripts import Transcripts
from validator.findings import Finding, Json, Location, Subject
from validator.rules import conformance as conformance_rules
from validator.sandbox.model import Image, SandboxError
from validator.sandbox.pods import Pod
from validator.sandbox.pulls import Registries
from validator.sandbox.sandbox import open_sandbox
from validator.sources.workspace import Workspace
from validator.suite import scheduler
from validator.suite.cache import Cache, plain
from validator.suite.cases import Case, Mode
from validator.suite.corpus import Corpus
from validator.suite.events import Observer, SecretsKnown
from validator.suite.plan import Unit
from validator.suite.results import CaseResult, RunResult, TestedImage
from validator.suite.scheduler import CaseReport, Memory

Name: TypeAlias = tuple[Mode, str]
"""Of a case within its unit: samples of each mode are called the same."""

BUILD = 20
"""A build may take so many times as long as a case."""


@dataclass(frozen=True, slots=True)
class _CaseRunner:
    """Runs cases, or finds their reports in the cache, and collects what can be judged at the end only."""

    examiner: Examiner
    masks: Mapping[str, Masker]
    transcripts: Transcripts
    corpus: Path | None
    cache: Cache | None
    outputs: Mapping[str, dict[Name, tuple[Json, ...]]]
    """By unit."""
    emitted: dict[str, Json] = field(default_factory=dict)
    _keys: dict[tuple[str, Name], str] = field(default_factory=dict)

    def run(self, pod: Pod, image: Image, unit: Unit, case: Case) -> CaseReport:
        """The report of one case, without secrets. Raises SandboxError when it cannot be run."""
        mask = self.masks[unit.name]
        case_report = mask.case_report(self.examiner(pod, image, unit, case))
        if self.corpus is not None and case_report.novel is not None:
            harmless = [inputs for inputs in case_report.novel if mask.document(dict(inputs)) == dict(inputs)]
            Corpus(self.corpus).keep(unit.name, str(case.mode), harmless)
        if self.cache is not None:
            self.cache.keep(self._keys[unit.name, _name(case)], image, case_report)
            self.cache.keep_image(image)
        return self._record(unit, case, case_report)

    def memory(self) -> Memory:
        """What earlier runs have left in the cache."""
        return Memory() if self.cache is None else Memory(self.cache.find_image, partial(self._cached, self.cache))

    def overrides(self, workspace: Workspace, units: Iterable[Unit]) -> Iterator[Finding]:
        """Where steps override what engrams emitted."""
        for unit in units:
            if unit.name in self.emitted:
                yield from overridden(workspace, unit.template, self.emitted[unit.name])

    def _cached(self, cache: Cache, unit: Unit, image: Image, case: Case) -> CaseReport | None:
        key = self._keys[unit.name, _name(case)] = cache.key(unit, image, case)
        found = cache.find(key)
        return found and self._record(unit, case, found)

    def _record(self, unit: Unit, case: Case, case_report: CaseReport) -> CaseReport:
        self.transcripts.write(unit.name, case_report)
        if case_report.outputs:
            self.outputs[unit.name][_name(case)] = case_report.outputs
        if case_report.emitted is not None:
            self.emitted[unit.name] = case_report.emitted
        return case_report


def run_units(
    prepared: Prepared,
    units: Sequence[Unit],
    graded: Callable[[CaseReport], tuple[CaseResult, ...]],
    observer: Observer,
) -> tuple[RunResult, str]:
    """Run every unit; with the line that says which sandbox was taken and why. `graded` are the rows as reported."""
    options, config = prepared.options, prepared.config
    checks = tuple(check for check in DYNAMIC if check in options.checks)
    kind, weaker = choose(options, config)
    timeout = options.timeout or config.timeout
    units = [replace(unit, supply=replace(unit.supply, seconds=BUILD * timeout)) for unit in units]
    workers = options.workers or scheduler.workers_that_pay_off()
    streaming = StreamingExaminer(config, timeout, checks, bool(options.transcripts), workers)
    transcripts = Transcripts(Path(options.transcripts) if options.transcripts else None)
    examiner = Examiner(config, timeout, checks, streaming, streaming.spare)
    masks, everything = _maskers(units)
    observer(SecretsKnown(everything.line, from_environment(config, options.environment)))
    cache = _cache(prepared, checks, timeout)
    runner = _CaseRunner(examiner, masks, transcripts, options.corpus, cache, {unit.name: {} for unit in units})
    registries = Registries(options.credentials)
    run_result, line = RunResult(), ""
    try:
        with open_sandbox(kind, registries=registries, unisolated=options.unisolated) as sandbox:
            line = sandbox.reason
            run_result = scheduler.run(
                sandbox,
                units,
                runner.run,
                base=config.base,
                limits=config.limits,
                workers=options.workers,
                observer=observer,
                graded=graded,
                exit_first=options.exit_first,
                spare=examiner.spare,
                memory=runner.memory(),
            )
    except SandboxError as error:
        run_result, line = RunResult(findings=(_no_sandbox(error),), broken=True), error.message
    except KeyboardInterrupt as interrupt:
        run_result = replace(run_result, interrupted=getattr(interrupt, "signal", signal.SIGINT))
    if cache is not None:
        cache.tidy()
    outputs = {name: _by_mode(found) for name, found in runner.outputs.items()}
    run_result = concluded(everything.broken(run_result), units, outputs)
    overrides = runner.overrides(prepared.workspace, units) if "pairwise" in options.checks else ()
    unchecked = (*run_result.unchecked, *(each for unit in units for each in unit.unchecked))
    results = (*run_result.results, *unlooked_at(run_result, units, checks))
    notes = (*weaker, *_last_releases(units, run_result.images))
    return replace(
        run_result, results=results, findings=(*notes, *run_result.findings, *overrides), unchecked=unchecked
    ), line


def _maskers(units: Sequence[Unit]) -> tuple[dict[str, Masker], Masker]:
    """What hides the secrets of each unit, and what hides all of them."""
    masks = {unit.name: masker(unit) for unit in units}
    return masks, Masker.of(value for mask in masks.values() for value in mask.values)


def _name(case: Case) -> Name:
    return case.mode, case.name


def _by_mode(outputs: Mapping[Name, tuple[Json, ...]]) -> dict[Mode, list[tuple[Json, ...]]]:
    """What the cases of a unit put out, those of each mode together."""
    found: dict[Mode, list[tuple[Json, ...]]] = {}
    for (mode, _), output in outputs.items():
        found.setdefault(mode, []).append(output)
    return found


def _cache(prepared: Prepared, checks: Sequence[str], timeout: float) -> Cache | None:
    """Where results are kept, if anywhere: a run that wants transcripts has to run everything."""
    options, config = prepared.options, prepared.config
    if options.cache is None or options.transcripts:
        return None
    terms: dict[str, Json] = {
        "checks": list(checks),
        "timeout": timeout,
        "limits": plain(config.limits),
        "logs": config.max_logs,
        "output": config.max_output,
        "allow": list(config.allow),
    }
    written = prepared.workspace.root / config.file
    text = written.read_text(encoding="utf-8", errors="replace") if config.file and written.is_file() else ""
    return Cache(options.cache, terms, config.base, text)


def _last_releases(units: Iterable[Unit], images: Iterable[TestedImage]) -> Iterator[Finding]:
    """Units tested with `spec.image`: in a pull request that is not what is being changed (hub.md, Images)."""
    tested = {(image.template, image.template_file) for image in images}
    for unit in units:
        there = (unit.template.name, unit.template.node.location.file) in tested
        if unit.override is None and there:
            yield conformance_rules.LAST_RELEASE.at(
                unit.image_location, unit.subject, anchor=("spec", "image"), image=unit.template.image
            )


def _no_sandbox(error: SandboxError) -> Finding:
    return error.finding(Location("."), Subject("sandbox", "sandbox"))
