"""A released image and a candidate side by side: the same cases and explored inputs, each run twice on both."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace

from validator.checks.conformance import Judgement
from validator.checks.streaming.expectations import view
from validator.checks.streaming.session_end import session_end
from validator.engine.examiner import Examiner
from validator.engine.exploration import literals
from validator.engine.isolation import choose
from validator.engine.masking import Masker, masker
from validator.engine.options import Options, UsageError
from validator.engine.preparation import Prepared, prepare
from validator.engine.stream_exploration import OBJECT, packets
from validator.engine.streaming import StreamingExaminer
from validator.explore import search
from validator.explore.budget import Budget
from validator.explore.chance import random_inputs
from validator.explore.search import explore
from validator.explore.sessions import explore_sessions
from validator.findings import Finding, Json, Severity, Unchecked, dotted
from validator.promotion.answer import SLOWER, Terms, Verdict, judge, ratio
from validator.promotion.observations import Observation, Trial
from validator.sandbox.model import BatchRun, Image
from validator.sandbox.pods import Pod
from validator.sandbox.pulls import Registries
from validator.sandbox.sandbox import open_sandbox
from validator.sandbox.stream_model import StreamRun
from validator.schemas.profile import WEBHOOK
from validator.schemas.validation import check_definition, is_instance
from validator.suite import plan
from validator.suite.cases import Case, Expectation, Mode, Origin
from validator.suite.config import ImageOverride
from validator.suite.plan import Unit

SESSIONS = 24
"""Packets of explored sessions: a session costs as much as ten jobs."""
SECONDS = 300.0
"""Time of explored inputs at most."""
PAIRS, TIMED, AGAIN = 60, 10, 12
"""Where the candidate looks slower: so many pairs of runs in all, of so many inputs, so many of each at most."""
DOUBT = 0.95
"""It looks slower from this part of the limit on."""


@dataclass(frozen=True, slots=True)
class Request:
    """What is to be compared."""

    name: str
    """Of the template."""
    against: ImageOverride | None = None
    """The released image; None for that of the configuration, else of the template."""
    inputs: int = 50
    """Explored inputs at most."""
    seed: int = 0
    slower: float = SLOWER
    expected: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Comparison:
    """What came of it."""

    verdict: Verdict
    released: Image
    candidate: Image
    unit: Unit
    prepared: Prepared
    sandbox: str
    """Which was taken, and why."""
    mask: Masker


@dataclass(frozen=True, slots=True)
class _Side:
    """One of the two images, ready to run."""

    pod: Pod
    image: Image
    unit: Unit
    examiner: Examiner
    streaming: StreamingExaminer

    def run(self, case: Case) -> Observation:
        if case.mode is Mode.STREAMING:
            return _of_stream(*self.streaming.observed(self.pod, self.unit, case))
        return _of_batch(*self.examiner.observed(self.pod, self.image, self.unit, case))


def compare_images(options: Options, request: Request) -> Comparison:
    """Run both images of a template. `options.images` names the candidate.

    Raises UsageError for what cannot be compared, SandboxError where an image cannot be run.
    """
    prepared, unit = _prepared(options, request.name)
    released_options = replace(options, images=(request.against,) if request.against is not None else ())
    _, before = _prepared(released_options, request.name)
    if before.override is None and not before.template.image:
        raise UsageError(f"`{request.name}` has no released image: give `spec.image`, or --against REF")
    kind, _ = choose(options, prepared.config)
    with ExitStack() as stack:
        sandbox = stack.enter_context(
            open_sandbox(kind, registries=Registries(options.credentials), unisolated=options.unisolated)
        )

        def side(of: Unit) -> _Side:
            image = sandbox.resolve(of.source(sandbox.kind, prepared.config.base))
            pod = stack.enter_context(sandbox.pod(image, prepared.config.limits))
            timeout = options.timeout or prepared.config.timeout
            streaming = StreamingExaminer(prepared.config, timeout, ("streaming",))
            return _Side(pod, image, of, Examiner(prepared.config, timeout, ("conformance",), streaming), streaming)

        released, candidate = side(before), side(unit)
        trials = _trials(released, candidate, prepared, request)
        if (ratio(trial for _, trial in trials) or 0.0) > DOUBT * request.slower:
            trials = _timed_again(released, candidate, trials)
        terms = Terms(_allowed(before), request.slower, request.expected)
        verdict = judge([trial for _, trial in trials], terms)
    return Comparison(verdict, released.image, candidate.image, unit, prepared, sandbox.reason, masker(unit))


def _prepared(options: Options, name: str) -> tuple[Prepared, Unit]:
    """What was read, and the unit of a template. Raises UsageError where there is none."""
    prepared = prepare(replace(options, wanted=(name,)))
    for finding in prepared.unreadable:
        raise UsageError(f"{finding.location}: {finding.message}")
    for unit in plan.units(prepared.workspace, prepared.config, (name,)):
        if unit.name == name:
            return prepared, unit
    raise UsageError(f"there is nothing to run for `{name}`")


CaseTrial = tuple[Case, Trial]


def _trials(released: _Side, candidate: _Side, prepared: Prepared, request: Request) -> list[CaseTrial]:
    """Every case, then explored inputs."""
    unit = candidate.unit
    cases = [case for case in unit.cases if not (case.canary or case.contract or case.sessions)]
    trials: list[CaseTrial] = []

    def attempt(case: Case, name: str) -> Trial:
        trial = _trial(released, candidate, case, name)
        trials.append((case, trial))
        return trial

    for case in cases:
        attempt(case, case.name)
    for mode in Mode:
        start = _start([case for case in cases if case.mode is mode and case.expect.error is None])
        if start is not None and request.inputs:
            _explore(start, unit, prepared, request, attempt)
    return trials


def _start(cases: Sequence[Case]) -> Case | None:
    """The case that explored inputs have their config, secrets and services from."""
    chosen = next((case for case in cases if case.origin is Origin.WRITTEN), next(iter(cases), None))
    return chosen and replace(chosen, expect=Expectation(), origin=Origin.GENERATED, node=None)


def _explore(
    start: Case, unit: Unit, prepared: Prepared, request: Request, attempt: Callable[[Case, str], Trial]
) -> None:
    """Inputs beyond the cases; what the released image does says where to look next."""
    declared = unit.template.input_schema
    schema = declared.value if declared is not None and isinstance(declared.value, dict) else OBJECT

    def chance() -> Iterable[Mapping[str, Json]]:
        return random_inputs(schema, request.inputs, request.seed)

    def probe(inputs: Mapping[str, Json]) -> search.Observation:
        changed = replace(start, send=packets(inputs)) if streams else replace(start, inputs=inputs)
        return search.Observation(attempt(changed, "explored").released[0].succeeded)

    streams = start.mode is Mode.STREAMING
    if streams:
        written = [packet for case in unit.cases if case.origin is Origin.WRITTEN for packet in case.send]
        budget = Budget(min(SESSIONS, request.inputs), SECONDS)
        explore_sessions(schema, probe, written=written, chance=chance, budget=budget, seed=request.seed)
    elif schema is not OBJECT:
        given = tuple(literals(unit, prepared.workspace))
        explore(schema, probe, literals=given, chance=chance, budget=Budget(request.inputs, SECONDS))


def _trial(released: _Side, candidate: _Side, case: Case, name: str) -> Trial:
    """Both images in turn, twice, so that a machine that becomes busy slows both."""
    before, now = [], []
    for _ in range(2):
        before.append(released.run(case))
        now.append(candidate.run(case))
    sent: Json = [dict(packet) for packet in case.send]
    return Trial(name, sent if case.mode is Mode.STREAMING else dict(case.inputs), tuple(before), tuple(now))


def _timed_again(released: _Side, candidate: _Side, trials: Sequence[CaseTrial]) -> list[CaseTrial]:
    """More runs of some inputs: one slow moment of the machine must not make a candidate slow."""
    both = [trial for _, trial in trials if all(run.succeeded for run in (*trial.released, *trial.candidate))]
    chosen = {id(trial) for trial in both[:TIMED]}
    rounds = min(AGAIN, -(-PAIRS // max(1, len(chosen))))
    found: list[CaseTrial] = []
    for case, trial in trials:
        more = [(released.run(case), candidate.run(case)) for _ in range(rounds if id(trial) in chosen else 0)]
        before = (*trial.released, *(one for one, _ in more))
        now = (*trial.candidate, *(other for _, other in more))
        found.append((case, replace(trial, released=before, candidate=now)))
    return found


def _allowed(unit: Unit) -> Callable[[Json], bool] | None:
    schema = unit.template.output_schema
    if schema is None or not isinstance(schema.value, dict) or check_definition(schema.value):
        return None
    value = schema.value
    if unit.cases and all(case.mode is Mode.STREAMING for case in unit.cases):
        return lambda output: all(is_instance(value, each, profile=WEBHOOK) for each in _payloads(output))
    return lambda output: is_instance(value, output, profile=WEBHOOK)


def _payloads(output: Json) -> Iterator[Json]:
    listed = output.get("packets") if isinstance(output, dict) else None
    for each in listed if isinstance(listed, list) else ():
        if isinstance(each, dict) and isinstance(each.get("payload"), dict) and each.get("kind") != "error":
            yield each["payload"]


def _of_batch(run: BatchRun, judgement: Judgement) -> Observation:
    return Observation(
        phase="Succeeded" if run.completed else run.phase,  # what the SDK refuses to report is a broken promise
        output=run.output if run.completed else None,
        error=dict(run.error),
        faults=_faults(judgement.findings),
        seconds=run.exit.seconds,
    )


def _of_stream(run: StreamRun, verdicts: Sequence[Finding | Unchecked]) -> Observation:
    """A session; heartbeats are no packets, and its time is that of the packets alone."""
    listed: list[Json] = [view(entry) for entry in run.outputs]
    first = min((sent.at for sent in run.sent), default=0.0)
    last = max((receipt for sent in run.sent for receipt in sent.receipts), default=first)
    return Observation(
        phase="Running" if session_end(run) is None else "Ended",
        output={"packets": listed},
        faults=_faults([each for each in verdicts if isinstance(each, Finding)]),
        seconds=last - first,
        packets=run.emitted,
        receipts=sum(1 for sent in run.sent if sent.receipts),
    )


def _faults(findings: Sequence[Finding]) -> dict[str, str]:
    """Of each error its rule and what it points at, but not the file: the images are chosen in different places."""
    found: dict[str, str] = {}
    for finding in findings:
        if finding.severity is Severity.ERROR:
            place = dotted(tuple(part for part in finding.anchor if isinstance(part, str)))
            found.setdefault(f"{finding.rule.code} {place}", finding.message)
    return found
