"""The promise `conformance`: a batch engram ends by itself, reports, and puts out what its template declares.

Pure: one case and what the sandbox saw of it in, findings out (contract/runtime.md 1, contract/hub.md).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from validator.checks import decoding, stand_in
from validator.findings import Finding, Json, Location, Path, Related, Rule, Subject, Unchecked, dotted
from validator.rules import conformance as rules
from validator.sandbox.model import OUTPUT_REFUSED, BatchRun, Limits, StartFault
from validator.schemas.profile import SDK
from validator.schemas.validation import Violation, check_definition, validate
from validator.sources.manifests import EngramTemplate
from validator.stories.engine.phases import TERMINAL
from validator.suite.cases import Case, Origin
from validator.suite.evidence import Evidence
from validator.suite.expectations import Difference, differences
from validator.suite.quantities import size_text
from validator.suite.results import Outcome

STREAMS_ONLY = ("BUBU_TRANSPORT_BINDING not set",)
"""What a program that only streams says when it is started as a job (runtime.md 1.9, conversation-memory)."""

NO_SCHEMA = "the template declares no outputSchema; declare one, or write what a case expects"
DEEPEST = 64
"""Levels that the SDK follows in inputs (`BUBU_MAX_RECURSION_DEPTH` as the controller sets it; runtime.md 1.2)."""
REFUSED = frozenset({rules.STATUS_REFUSED, rules.OUTPUT_NOT_OBJECT})
_INLINE_LIMIT = "exceeds inline limit"
_PANIC = re.compile(r"panicked: |^panic: |^fatal error: ", re.MULTILINE)
_NO_THREAD = re.compile(
    r"^fatal error: newosproc|^runtime: failed to create new OS thread|can't start new thread"
    r"|unable to create (?:new )?native thread|pthread_create failed: Resource temporarily unavailable",
    re.MULTILINE,
)
"""What programs say that end because they can have no further thread: Go, Python, Java, and C++ or Rust."""
_READ_ONLY = re.compile(r"read-only file ?system|\bEROFS\b", re.IGNORECASE)
_NO_ROOM = re.compile(r"no space left on device|\bENOSPC\b", re.IGNORECASE)
_ONLY_TMP = "all that it can write to is /tmp, which"
_TAIL = 40


@dataclass(frozen=True, slots=True)
class BatchContext:
    """What a run is judged with: who was tested, on what terms."""

    template: EngramTemplate
    subject: Subject
    """The template, with the case."""
    image_location: Location
    """Where the image was chosen: the override, else `spec.image`."""
    platform: str
    limits: Limits
    max_logs: int
    max_output: int
    timeout: float


@dataclass(frozen=True, slots=True)
class Judgement:
    """The verdict on one case."""

    outcome: Outcome
    message: str = ""
    findings: tuple[Finding, ...] = ()
    unchecked: tuple[Unchecked, ...] = ()
    evidence: Evidence | None = None
    """What it rests on, where an output is judged."""


def judge(context: BatchContext, case: Case, run: BatchRun) -> Judgement:
    """Judge one run, unless it failed where the sandbox is less than a cluster, or left nothing to judge."""
    evidence = _evidence(context, case, run)
    judgement = replace(_judgement_of(context, case, run), evidence=evidence)
    ours = next(stand_in.reasons(stand_in.of_batch(run)), "")
    if ours and not run.succeeded and judgement.outcome in {Outcome.FAILED, Outcome.NOT_CHECKED}:
        return replace(judgement, outcome=Outcome.NOT_CHECKED, message=ours, findings=(), unchecked=())
    if judgement.outcome is Outcome.PASSED and not evidence.is_judged:
        reason = next((each.reason for each in judgement.unchecked), NO_SCHEMA)
        return replace(judgement, outcome=Outcome.NOT_CHECKED, message=reason)
    return judgement


def _evidence(context: BatchContext, case: Case, run: BatchRun) -> Evidence:
    """What came out of a run, and by what it can be judged."""
    expected = case.expect.error is not None or (case.expect.has_output and run.completed)
    if not run.completed or run.output is None:
        return Evidence(expectations=int(expected))
    schema = context.template.output_schema
    return Evidence(
        outputs=1,
        bytes=len(json.dumps(run.sent_output, separators=(",", ":")).encode("utf-8", "replace")),
        by_schema=int(schema is not None and not check_definition(schema.value, profile=SDK)),
        expectations=int(expected),
    )


def _judgement_of(context: BatchContext, case: Case, run: BatchRun) -> Judgement:
    """First whether it ran at all, then what it reported, then what it put out."""
    flood = tuple(_flood(context, run))
    if _needs_a_writable_root(context, run):
        reason = (
            "its template asks for a writable root (`requiresReadOnlyRoot: false`), and here some of it is read-only"
        )
        gap = Unchecked(f"case {case.name}", reason, context.subject, context.template.name_location)
        return Judgement(Outcome.NOT_CHECKED, reason, flood, (gap,))
    fault = _fault(context, case, run)
    if fault is not None:
        more = [each for each in _refused(context, case, run) if each != fault] if fault.rule in REFUSED else []
        return Judgement(Outcome.FAILED, fault.message, (fault, *more, *flood))
    others = (*_refused(context, case, run), *flood)
    if not run.completed:
        return _failed(context, case, run, others)
    findings = [*others, *_contradiction(context, run)]
    unchecked: list[Unchecked] = []
    for verdict in (*_output(context, case, run), *_expected(context, case, run)):
        (findings if isinstance(verdict, Finding) else unchecked).append(verdict)  # type: ignore[arg-type]
    return verdict_of(findings, unchecked)


def verdict_of(findings: Sequence[Finding], unchecked: Sequence[Unchecked] = ()) -> Judgement:
    """The verdict on a case that was judged; its message is that of the worst finding."""
    worst = max(findings, key=lambda finding: finding.severity.rank, default=None)
    message = worst.message if worst is not None and worst.severity.rank else ""
    return Judgement(Outcome.of(findings), message, tuple(findings), tuple(unchecked))


def _needs_a_writable_root(context: BatchContext, run: BatchRun) -> bool:
    """Whether it failed to write where the controller would let it: `process` shows a program's folder read-only."""
    text = f"{_logs(run)}\n{run.error.get('message', '')}"
    return context.template.writable_root and not run.succeeded and _READ_ONLY.search(text) is not None


def _fault(context: BatchContext, case: Case, run: BatchRun) -> Finding | None:
    """The engram did not end in a reported result: the one reason that explains it."""
    ended = run.exit
    evidence = log_evidence(run)
    if ended.start_error is not None:
        if ended.start_error.fault is StartFault.WRONG_ARCHITECTURE:
            details = {"platform that the image names": context.platform, "error": ended.start_error.text}
            return _about_image(context, rules.WRONG_ARCHITECTURE, {**details, **evidence})
        return _about_image(context, rules.MISSING_ENTRYPOINT, evidence, problem=ended.start_error.text)
    if ended.oom:
        return _about_program(context, case, rules.OUT_OF_MEMORY, evidence, limit=size_text(context.limits.memory))
    if ended.overfull:
        return _about_program(context, case, rules.NO_ROOM, evidence, **_filled_root(context))
    without_thread = run.phase not in TERMINAL and _NO_THREAD.search(_logs(run)) is not None
    if without_thread or (run.timed_out and ended.crowded):
        return _about_program(context, case, rules.TOO_MANY_PROCESSES, evidence, limit=context.limits.pids)
    if run.timed_out:
        return _about_program(context, case, rules.HANG, evidence, seconds=_number(context.timeout))
    if run.phase == "Timeout":
        return _about_program(context, case, rules.STEP_TIMEOUT, evidence, seconds=_number(context.timeout))
    return None if run.phase in TERMINAL else _unreported(context, case, run, evidence)


def _logs(run: BatchRun) -> str:
    return f"{run.exit.stderr.text}\n{run.exit.stdout.text}"


def _filled_root(context: BatchContext) -> dict[str, str]:
    return {"limit": size_text(context.limits.root), "place": "its root", "problem": "it was ended for that"}


def _unreported(context: BatchContext, case: Case, run: BatchRun, evidence: Mapping[str, Json]) -> Finding:
    """Why nothing was reported."""
    ended = run.exit
    if run.refused_patch is not None and not isinstance(run.sent_output, dict | None):
        return _no_object(context, case, run)
    refused = next(_refused(context, case, run), None)
    if refused is not None:
        return refused
    logs = _logs(run)
    if any(text in logs for text in STREAMS_ONLY):
        modes = context.template.node.at(("spec", "supportedModes"))
        promised = next((mode for mode in modes.elements or () if mode.value == "job"), modes)
        return rules.MODE_NOT_SUPPORTED.at(
            promised.location,
            context.subject,
            anchor=("spec", "supportedModes"),
            evidence=evidence,
            mode="job",
            problem="only streams: started as a job, it asks for a transport binding",
        )
    if _PANIC.search(logs):
        return _about_program(context, case, rules.PANIC, evidence, problem=_panic_text(logs))
    if run.ignored:
        return _about_program(context, case, rules.STATUS_REFUSED, evidence, problem=run.ignored[0])
    if ended.code == 0:
        return _about_program(context, case, rules.SILENT_EXIT, evidence)
    code = ended.code if ended.code is not None else f"signal {ended.signal}"
    return _about_program(context, case, rules.NO_RESULT, evidence, code=code)


def _failed(context: BatchContext, case: Case, run: BatchRun, others: tuple[Finding, ...]) -> Judgement:
    """The engram reported a failure: expected, unexpected, or a generated sample that it does not take."""
    error = run.error
    message = str(error.get("message") or run.status.get("lastFailureMsg") or "no message")
    evidence: dict[str, Json] = {"error": dict(error), **log_evidence(run)}
    if _PANIC.search(message):
        finding = _about_program(context, case, rules.PANIC, evidence, problem=message)
    elif _INLINE_LIMIT in message:
        finding = _about_program(context, case, rules.OUTPUT_TOO_BIG, evidence, limit=size_text(context.max_output))
    elif case.expect.error is not None:
        found = (*_error_differences(context, case, error, message), *others)
        return Judgement(Outcome.of(found), message, found)
    elif _NO_ROOM.search(message):
        place = "it can write to /tmp and its root, and /tmp" if context.template.writable_root else _ONLY_TMP
        facts = {"limit": size_text(context.limits.tmpfs), "place": place, "problem": message}
        finding = _about_program(context, case, rules.NO_ROOM, evidence, **facts)
    elif others and others[0].rule is rules.STATUS_REFUSED:
        return Judgement(Outcome.FAILED, others[0].message, others)
    elif mistyped := list(_undecodable(context, case, message, evidence)):
        return Judgement(Outcome.FAILED, mistyped[0].message, (*mistyped, *others))
    elif case.origin is Origin.GENERATED:
        what = "config" if decoding.before_inputs(message) else "input"
        reason = next(stand_in.reasons(stand_in.of_batch(run, f"{what}: {message}")))
        return Judgement(Outcome.NOT_CHECKED, reason, others)
    else:
        kind = error.get("type", "unknown")
        finding = _at_case(context, case, rules.UNEXPECTED_FAILURE, evidence, type=kind, problem=message)
    return Judgement(Outcome.FAILED, finding.message, (finding, *others))


def _undecodable(context: BatchContext, case: Case, message: str, evidence: Mapping[str, Json]) -> Iterator[Finding]:
    """Members that the schema allows and the code cannot decode."""
    schemas = {
        "config": ("configSchema", context.template.config_schema),
        "input": ("inputSchema", context.template.input_schema),
    }
    for each in decoding.undecodable(message):
        name, schema = schemas[each.what]
        if schema is None:
            continue
        node, path = decoding.declaration(schema, each.member)
        yield rules.UNDECODABLE.at(
            node.location if path else context.template.node.at(("spec",)).key_location(name),
            context.subject,
            anchor=("spec", name, *path),
            evidence={"case": case.name, "inputs": dict(case.inputs), "config": dict(case.config), **evidence},
            related=()
            if case.origin is Origin.GENERATED
            else (Related(case.location, "the case that brought it out"),),
            what=each.what,
            member=each.member,
            schema=name,
            problem=each.problem,
        )


def _output(context: BatchContext, case: Case, run: BatchRun) -> Iterator[Finding | Unchecked]:
    """The merged output against outputSchema (templating.md 13.3; runtime.md 1.6)."""
    schema = context.template.output_schema
    sample: dict[str, Json] = {"case": case.name, "inputs": dict(case.inputs)}
    if depth(run.output) > DEEPEST:
        yield _about_program(context, case, rules.OUTPUT_TOO_DEEP, {"output": run.output}, limit=DEEPEST)
    for path in null_members(run.sent_output) if run.succeeded else ():
        yield rules.NULL_MEMBER_VANISHES.at(
            declaration(context.template, path),
            context.subject,
            anchor=("spec", "outputSchema", *path),
            evidence={"sent": run.sent_output, "merged": run.output},
            path=show(path),
        )
    if schema is None:
        yield Unchecked(
            f"output of {context.template.name}",
            NO_SCHEMA,
            Subject(context.subject.kind, context.subject.name),
            context.template.name_location,
        )
        return
    if run.output is None:
        yield rules.OUTPUT_MISSING.at(
            declaration(context.template, ()),
            context.subject,
            anchor=("spec", "outputSchema"),
            evidence={**sample, **log_evidence(run)},
        )
        return
    if check_definition(schema.value, profile=SDK):
        # The template's own finding (EV1) says what is wrong with it.
        reason = "the platform refuses its outputSchema"
        yield Unchecked(f"output of {context.template.name}", reason, context.subject, schema.location)
        return
    output = run.sent_output if run.refused_output else run.output
    broken = validate(schema.value, output, profile=SDK)
    for violation in broken:
        yield output_finding(context, violation, output, sample)
    if run.refused_output and not broken:
        yield rules.OUTPUT_VIOLATES_SCHEMA.at(
            declaration(context.template, ()),
            context.subject,
            anchor=("spec", "outputSchema"),
            evidence={"output": output, "error": dict(run.error), **sample},
            path=show(()),
            problem=f"the SDK says, {run.refused_output}",
        )


def _no_object(context: BatchContext, case: Case, run: BatchRun) -> Finding:
    return rules.OUTPUT_NOT_OBJECT.at(
        declaration(context.template, ()),
        context.subject,
        anchor=("spec", "outputSchema"),
        evidence={"output": run.sent_output, "case": case.name, "inputs": dict(case.inputs)},
        found=_kind(run.sent_output),
    )


def output_finding(context: BatchContext, violation: Violation, output: Json, sample: Mapping[str, Json]) -> Finding:
    """One violation of outputSchema, at the template line that declares what was broken."""
    schema = context.template.output_schema
    assert schema is not None
    return rules.OUTPUT_VIOLATES_SCHEMA.at(
        schema.at(violation.schema_path).location,
        context.subject,
        anchor=("spec", "outputSchema", *violation.schema_path, *violation.instance_path),
        evidence={
            "value": violation.found,
            "instance path": show(violation.instance_path).strip("`"),
            "schema path": "/".join(("spec", "outputSchema", *map(str, violation.schema_path))),
            "output": output,
            **sample,
        },
        path=show(violation.instance_path),
        problem=violation.message,
    )


def _expected(context: BatchContext, case: Case, run: BatchRun) -> Iterator[Finding]:
    """The output against what the case says."""
    if case.expect.error is not None and run.refused_output:
        yield from _error_differences(context, case, run.error, OUTPUT_REFUSED + run.refused_output)
    elif case.expect.error is not None:
        yield _at_case(
            context, case, rules.EXPECTATION_NOT_MET, {"output": run.output}, what="the result",
            problem="an error was expected, but the engram succeeded",
        )  # fmt: skip
    elif case.expect.has_output:
        for difference in differences(case.expect.output, run.output):
            yield _unmet(context, case, "the output", difference)


def _error_differences(context: BatchContext, case: Case, error: Mapping[str, Any], message: str) -> Iterator[Finding]:
    expected = case.expect.error
    if isinstance(expected, str):
        if expected not in message:
            difference = Difference(("message",), f"it does not contain `{expected}`", expected, message)
            yield _unmet(context, case, "the error", difference)
    elif isinstance(expected, dict):
        for difference in differences(expected, dict(error), partial=True):
            yield _unmet(context, case, "the error", difference)


def _unmet(context: BatchContext, case: Case, what: str, difference: Difference) -> Finding:
    where = f"{what} {show(difference.path)}" if difference.path else what
    evidence: dict[str, Json] = {"expected": difference.expected, "found": difference.found}
    return _at_case(context, case, rules.EXPECTATION_NOT_MET, evidence, what=where, problem=difference.problem)


def _flood(context: BatchContext, run: BatchRun) -> Iterator[Finding]:
    written = run.exit.stdout.total + run.exit.stderr.total
    if written > context.max_logs:
        evidence: dict[str, Json] = {"written": size_text(written), "log": _tail(run.exit.stdout.text)}
        yield rules.LOG_FLOOD.at(
            context.image_location,
            context.subject,
            anchor=("logs",),
            evidence=evidence,
            limit=size_text(context.max_logs),
        )


def _refused(context: BatchContext, case: Case, run: BatchRun) -> Iterator[Finding]:
    """What a real API server would not have taken; an output that is no object has a rule of its own."""
    for objection in run.objections:
        if not objection.startswith("status.output:"):
            yield _about_program(context, case, rules.STATUS_REFUSED, log_evidence(run), problem=objection)


def _contradiction(context: BatchContext, run: BatchRun) -> Iterator[Finding]:
    if run.succeeded and run.exit.code != 0:
        yield _about_image(
            context, rules.EXIT_CONTRADICTS_RESULT, log_evidence(run), phase=run.phase, code=run.exit.code
        )


def _about_image(context: BatchContext, rule: Rule, evidence: Mapping[str, Json], **facts: Any) -> Finding:
    return rule.at(context.image_location, context.subject, anchor=("spec", "image"), evidence=evidence, **facts)


def _about_program(
    context: BatchContext, case: Case, rule: Rule, evidence: Mapping[str, Json], **facts: Any
) -> Finding:
    """A fault of the program: shown at the template that it is the image of, with the case that brought it out."""
    related = () if case.origin is Origin.GENERATED else (Related(case.location, "the case that brought it out"),)
    shown = {"case": case.name, "inputs": dict(case.inputs), **evidence}
    image = context.template.node.find(("spec", "image"))
    place = context.image_location if image is None else image.location
    return rule.at(place, context.subject, anchor=("spec", "image"), evidence=shown, related=related, **facts)


def _at_case(context: BatchContext, case: Case, rule: Rule, evidence: Mapping[str, Json], **facts: Any) -> Finding:
    return rule.at(case.location, context.subject, anchor=("cases", case.name), evidence=evidence, **facts)


def declaration(template: EngramTemplate, path: Path) -> Location:
    """The line of outputSchema that declares an output path, as deep as `properties` lead."""
    schema = template.output_schema
    if schema is None:
        return template.name_location
    node, location = schema, template.node.at(("spec",)).key_location("outputSchema")
    for name in path:
        step = ("properties", name) if isinstance(name, str) else ("items",)
        parent = node.at(step[:-1]) if len(step) > 1 else node
        child = parent.get(step[-1])
        if child is None:
            break
        node, location = child, parent.key_location(step[-1])
    return location


def depth(value: Json) -> int:
    """How many objects and arrays are within one another."""
    found, level = 0, [value]
    while containers := [each for each in level if isinstance(each, dict | list)]:
        found += 1
        level = [item for each in containers for item in (each.values() if isinstance(each, dict) else each)]
    return found


def null_members(value: Json, path: Path = ()) -> Iterator[Path]:
    """Paths of object members that are null; RFC 7386 keeps those inside arrays."""
    if isinstance(value, dict):
        for name, member in value.items():
            if member is None:
                yield (*path, name)
            else:
                yield from null_members(member, (*path, name))


def log_evidence(run: BatchRun) -> dict[str, Json]:
    """The end of what the engram wrote, standard error first: that is where it says why."""
    return {
        name: _tail(text)
        for name, text in (("stderr", run.exit.stderr.text), ("stdout", run.exit.stdout.text))
        if text.strip()
    }


def show(path: Path) -> str:
    """A path as people read it: `.items[0].id`; `.` is the whole."""
    return f"`{dotted(path) or '.'}`"


def _tail(text: str) -> str:
    return "\n".join(text.rstrip().splitlines()[-_TAIL:])


def _panic_text(logs: str) -> str:
    return next((line.strip() for line in logs.splitlines() if _PANIC.search(line)), "panic")


def _kind(value: Json) -> str:
    return {str: "a string", bool: "a boolean", list: "an array"}.get(
        type(value), "a number"
    ) + f" ({json.dumps(value)})"


def _number(value: float) -> str:
    return f"{value:g}"
