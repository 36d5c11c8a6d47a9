"""The case that explores: an engram tried with many inputs, each fault told once with the smallest that shows it."""

from __future__ import annotations

import json
import shlex
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

from validator.checks import stand_in
from validator.checks.conformance import Judgement
from validator.engine.runs import Runs
from validator.explore.budget import Budget
from validator.explore.candidates import settings
from validator.explore.chance import random_inputs
from validator.explore.coverage import Coverage, Reach, coverage_of
from validator.explore.demands import demanding
from validator.explore.documents import shape
from validator.explore.lookahead import Lookahead
from validator.explore.search import Exploration, Fault, Observation, explore
from validator.findings import REPRODUCE, Finding, Json, Rule, Severity, dotted
from validator.promotion.observations import ERROR_CLASS
from validator.promotion.outputs import Outputs, compare
from validator.rules import conformance as rules
from validator.sandbox.model import BatchRun, Image
from validator.schemas.validation import check_definition
from validator.sources.workspace import Workspace
from validator.suite.cases import EXPLORED, Case, Expectation, Mode, Origin, Search
from validator.suite.corpus import Corpus
from validator.suite.evidence import Evidence, together
from validator.suite.plan import Unit
from validator.suite.results import Outcome

CONFIGS = 5
"""Configurations that are tried beside that of the first case, and no more than a fifth of all inputs."""
CONFIG = "with config"
"""The evidence that holds a configuration which no case has."""

EXHAUSTED = frozenset(
    {
        rules.HANG,
        rules.STEP_TIMEOUT,
        rules.OUT_OF_MEMORY,
        rules.NO_ROOM,
        rules.TOO_MANY_PROCESSES,
        rules.LOG_FLOOD,
        rules.OUTPUT_TOO_BIG,
    }
)
"""Faults of engrams that take too much of something. Where the inputs ask for much, it is theirs."""

Run = Runs[tuple[BatchRun, Judgement]]
"""Runs a case and judges it."""


def searches(
    units: Sequence[Unit], workspace: Workspace, wanted: Search | None, corpus: Corpus | None = None
) -> tuple[Unit, ...]:
    """The units, each with a batch case followed by a case that explores from there; as they are if none is wanted."""
    if wanted is None:
        return tuple(units)
    return tuple(_with_search(unit, workspace, wanted, corpus) for unit in units)


def _with_search(unit: Unit, workspace: Workspace, wanted: Search, corpus: Corpus | None) -> Unit:
    schema = unit.template.input_schema
    added: list[Case] = []
    for mode in Mode:
        cases = [case for case in unit.cases if case.mode is mode and not case.canary and case.expect.error is None]
        if cases and (mode is Mode.STREAMING or (schema is not None and isinstance(schema.value, dict))):
            entries = corpus.read(unit.name, str(mode)) if corpus is not None else ()
            added.append(_searching(unit, workspace, cases, replace(wanted, corpus=entries)))
    return replace(unit, cases=(*unit.cases, *added))


def _searching(unit: Unit, workspace: Workspace, cases: Sequence[Case], wanted: Search) -> Case:
    """The case that starts from those of one mode."""
    # A case that somebody wrote has config, secrets and services with which the engram works.
    start = next((case for case in cases if case.origin is Origin.WRITTEN), cases[0])
    schema = unit.template.input_schema
    return replace(
        start,
        name=EXPLORED,
        location=schema.location if schema is not None else unit.template.name_location,
        origin=Origin.GENERATED,
        expect=Expectation(),
        contract=False,
        sessions=(),
        node=None,
        search=replace(
            wanted,
            warns=wanted.warns and any(case.origin is Origin.WRITTEN for case in cases),
            literals=(*_inputs(cases), *literals(unit, workspace)),
            packets=tuple(packet for case in cases if case.origin is Origin.WRITTEN for packet in case.send),
        ),
    )


def _inputs(cases: Sequence[Case]) -> Iterator[Mapping[str, Json]]:
    return (case.inputs for case in cases if case.origin is Origin.WRITTEN and case.mode is Mode.BATCH)


def literals(unit: Unit, workspace: Workspace) -> Iterator[Mapping[str, Json]]:
    """Inputs that stories of the workspace write for this engram without a template in them."""
    for story in workspace.stories:
        for step in story.every_step():
            engram = workspace.engram_of(story, step)
            behind = workspace.template_of(engram) if engram is not None else None
            value = step.with_.value if step.with_ is not None else None
            ours = behind is not None and behind.name == unit.template.name
            if ours and isinstance(value, dict) and "{{" not in json.dumps(value, default=str):
                yield value


@dataclass(frozen=True, slots=True)
class Explored:
    """What a search among inputs came to."""

    judgement: Judgement
    coverage: tuple[Coverage, ...]
    """How much of inputSchema was reached by inputs that the engram took, and of outputSchema by its outputs."""
    novel: tuple[Mapping[str, Json], ...]
    """What the next search should begin with."""


def budget(search: Search, inputs: int) -> Budget:
    """What a search may spend on so many inputs."""
    return Budget(inputs, search.seconds, search.least, search.stale)


def reaches(unit: Unit) -> tuple[Reach, Reach]:
    """Collectors for the inputs and the outputs of an engram."""
    inputs, outputs = unit.template.input_schema, unit.template.output_schema
    return (
        Reach("inputSchema", inputs.value if inputs is not None else None),
        Reach("outputSchema", outputs.value if outputs is not None else None),
    )


def explored(unit: Unit, image: Image, case: Case, run: Run) -> Explored:
    """Search for faults from the inputs of a case. Raises SandboxError as `run` does."""
    search, schema = case.search, unit.template.input_schema
    assert search is not None
    assert schema is not None
    seen: dict[tuple[str, str], Finding] = {}
    taken, emitted = reaches(unit)
    proof: list[Evidence | None] = []
    first: list[BatchRun] = []

    def probe(inputs: Mapping[str, Json]) -> Observation:
        outcome, judgement = run(replace(case, inputs=inputs))
        proof.append(judgement.evidence)
        faults = causes(judgement.findings, inputs, EXHAUSTED)
        seen.update({(cause, repr(inputs)): finding for cause, finding in faults.items()})
        if outcome.completed and not faults and not first:
            first.append(outcome)
        if outcome.completed:
            taken.add(dict(inputs))
            emitted.add(outcome.output)
        refused = "" if faults or outcome.completed else judgement.message
        return Observation(
            outcome.completed or bool(faults),
            frozenset(faults),
            refused,
            _behaviour(outcome, faults),
            lacking=bool(refused) and any(stand_in.reasons(stand_in.of_batch(outcome))),
        )

    configs = tuple(_configs(unit, case, search))
    exploration = explore(
        schema.value,
        probe,
        literals=search.literals,
        corpus=search.corpus,
        chance=lambda: random_inputs(schema.value, search.inputs, search.seed),
        budget=budget(search, search.inputs - len(configs)),
        lookahead=Lookahead(lambda inputs: run.begin(replace(case, inputs=inputs)), run.width),
    )
    findings = tuple(
        shown(
            seen[fault.cause, repr(fault.inputs)],
            fault,
            search,
            {"inputs": dict(fault.inputs), REPRODUCE: reproduction(unit, image, case, fault.inputs)},
        )
        for fault in exploration.faults
    )
    configured = _configured(exploration, unit, image, case, configs, run)
    reported_causes = {fault.cause for fault in exploration.faults}
    findings += tuple(graded(each, search) for cause, each in configured.faults.items() if cause not in reported_causes)
    details = (*_stricter(exploration, unit, case), *_varying(exploration, first, unit, case, run))
    return Explored(
        replace(_judgement(exploration, configured, findings, details), evidence=together(proof)),
        coverage_of((taken, emitted)),
        exploration.to_keep(search.corpus),
    )


@dataclass(frozen=True, slots=True)
class _Configured:
    """What came of other configurations."""

    tried: int
    reached: int
    faults: Mapping[str, Finding]
    """By cause."""


def _configs(unit: Unit, case: Case, search: Search) -> Iterator[Mapping[str, Json]]:
    """Configurations to try beside that of the case: each has one key more."""
    schema = unit.template.config_schema
    if schema is not None and isinstance(schema.value, dict) and not check_definition(schema.value):
        yield from islice(settings(schema.value, case.config), min(CONFIGS, search.inputs // 5))


def _configured(
    exploration: Exploration, unit: Unit, image: Image, case: Case, configs: Sequence[Mapping[str, Json]], run: Run
) -> _Configured:
    """Other configurations on inputs that the engram took; nothing where it took none."""
    found: dict[str, Finding] = {}
    inputs, reached = exploration.taken, 0
    if inputs is None:
        return _Configured(0, 0, {})
    cases = [replace(case, inputs=inputs, config=config) for config in configs]
    for changed in cases:
        run.begin(changed)
    for config, changed in zip(configs, cases, strict=True):
        outcome, judgement = run(changed)
        faults = causes(judgement.findings, {"inputs": dict(inputs), "config": dict(config)}, EXHAUSTED)
        reached += outcome.completed or bool(faults)
        for cause, finding in faults.items():
            details: dict[str, Json] = {"inputs": dict(inputs), CONFIG: dict(config)}
            details |= {"found by": "one more key of the configuration"}
            details |= {REPRODUCE: reproduction(unit, image, changed, inputs)}
            found.setdefault(cause, replace(finding, evidence={**finding.evidence, **details}))
    return _Configured(len(configs), reached, found)


def _behaviour(run: BatchRun, faults: Iterable[str]) -> str:
    """How the engram dealt with inputs: phase, class of error, faults, and the shape of what it put out."""
    error = [str(run.error.get(name)) for name in ERROR_CLASS]
    return json_text([run.phase, *error, *sorted(faults), shape(run.output)])


def causes(findings: Iterable[Finding], inputs: Mapping[str, Json], exhausted: Container[Rule]) -> dict[str, Finding]:
    """The faults among findings, by cause. A rule that is `exhausted` counts only for inputs that ask for little."""
    excused = demanding(dict(inputs))
    return {
        cause_of(finding): finding
        for finding in findings
        if finding.severity is not Severity.NOTE and not (excused and finding.rule in exhausted)
    }


def cause_of(finding: Finding) -> str:
    """The same for the same fault: its rule and where it points, without indices of arrays."""
    place = dotted(tuple(part for part in finding.anchor if isinstance(part, str)))
    return f"{finding.rule.code} {finding.location.line}:{finding.location.column} {place}"


def graded(finding: Finding, search: Search) -> Finding:
    """The finding of a search, as bad as it may be told."""
    lowered = search.warns and finding.severity is Severity.ERROR
    return replace(finding, severity=Severity.WARNING) if lowered else finding


def shown(finding: Finding, fault: Fault, search: Search, smallest: Mapping[str, Json]) -> Finding:
    """The finding with the smallest that shows it, and a line to paste (`smallest`), and where that came from."""
    origin: dict[str, Json] = {"found by": str(fault.source), "seed": search.seed}
    return graded(replace(finding, evidence={**finding.evidence, **smallest, **origin}), search)


def reproduction(unit: Unit, image: Image, case: Case, inputs: Mapping[str, Json]) -> str:
    """A command that runs one case by hand. Secrets are left out: they are no one's to paste."""
    return command_line("run", unit, image, case, ["--inputs", json_text(dict(inputs))])


def command_line(command: str, unit: Unit, image: Image, case: Case, given: Sequence[str]) -> str:
    """`engram-validate sandbox COMMAND` for one case, with what it is given."""
    override = unit.override
    target = image.reference
    if override is not None and image.kind != "docker" and override.process:
        target = Path(override.process[0]).as_posix()
    words = ["engram-validate", "sandbox", command, target]
    words += ["--kind", image.kind, "--template", unit.template.file, *given]
    if case.config:
        words += ["--config", json_text(dict(case.config))]
    return shlex.join(words)


def json_text(value: Json) -> str:
    """JSON for a command line."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _stricter(exploration: Exploration, unit: Unit, case: Case) -> Iterator[Finding]:
    """Inputs that the schema allows and the engram refuses, where heeding the refusal helped."""
    for lesson in exploration.lessons[:1]:
        reason = next((why for why, inputs in exploration.refusals.items() if inputs == lesson.base), "")
        yield rules.STRICTER_THAN_SCHEMA.at(
            case.location,
            replace(unit.subject, case=case.name),
            anchor=("spec", "inputSchema"),
            evidence={"refused": lesson.base, "taken": dict(lesson.inputs)},
            reason=reason or "it asks for more",
        )


def _varying(
    exploration: Exploration, first: Iterable[BatchRun], unit: Unit, case: Case, run: Run
) -> Iterator[Finding]:
    """What differs where the first inputs that the engram took are run again; `first` is what came of them."""
    one = next(iter(first), None)
    if exploration.taken is None or one is None:
        return
    other, _ = run(replace(case, inputs=exploration.taken))
    if not other.completed or one.output == other.output:
        return
    differences, _ = compare([Outputs(one.output, one.output, other.output, dict(exploration.taken))])
    places = [each.place for each in differences]
    yield rules.OUTPUT_VARIES.at(
        unit.image_location,
        replace(unit.subject, case=case.name),
        anchor=("output", *places),
        evidence={"inputs": dict(exploration.taken), "outputs": [one.output, other.output]},
        places=", ".join(f"`{place}`" for place in places),
    )


def _judgement(
    exploration: Exploration, configured: _Configured, findings: tuple[Finding, ...], details: tuple[Finding, ...]
) -> Judgement:
    more = f", and {configured.reached} of {configured.tried} configurations" if configured.tried else ""
    numbers = f"{exploration.reached} of {exploration.tried} inputs{more} gave an output that was judged"
    if findings:
        worst = max(findings, key=lambda finding: finding.severity.rank)
        return Judgement(Outcome.of(findings), worst.message, (*findings, *details))
    if not exploration.reached:
        reason = next(iter(exploration.refusals), "nothing could be tried")
        return Judgement(Outcome.NOT_CHECKED, f"{numbers}: {reason}", details)
    return Judgement(Outcome.PASSED, numbers, details)
