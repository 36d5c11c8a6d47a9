"""Output packets against outputSchema, as the hub checks them: inputs and payload merged (contract/hub.md)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from validator.checks.streaming import mime
from validator.checks.streaming.context import SchemaViolation, StreamContext
from validator.checks.streaming.messages import inputs, is_chunk, kind, payload
from validator.findings import Finding, Json, Path, Rule, Unchecked, dotted
from validator.rules import streaming as rules
from validator.sandbox.stream_model import Entry, StreamRun

_ERROR_PACKETS = "the hub checks error packets against outputSchema, which this StructuredError violates"


def judge(context: StreamContext, run: StreamRun) -> Iterator[Finding | Unchecked]:
    """Every structured packet; media and opaque binary are exempt, and error packets have a shape of their own.

    A JSON object in raw bytes (EV612) is exempt as well, until the trap is mended: what it would break then is latent.
    """
    if context.output_schema is None or context.validate is None:
        if any(merged(entry) or _document(entry) for entry in run.outputs):
            yield Unchecked("packets against outputSchema", "the template declares none", context.subject)
        return
    yield from _packets(context, run, context.output_schema, context.validate)


def _packets(
    context: StreamContext, run: StreamRun, schema: Json, validate: Callable[[Json, Json], Sequence[SchemaViolation]]
) -> Iterator[Finding | Unchecked]:
    seen: set[tuple[Path, str]] = set()
    for entry in run.outputs:
        latent = mime.is_trap(entry)
        if entry.body.get("trimmed") or (latent and "json" not in entry.body):
            if run.case.probe in {"", "plain"}:  # what probes bring out is judged there
                yield Unchecked("a packet against outputSchema", "it is larger than 1 MiB", context.subject)
            continue
        document = _document(entry) if latent else merged(entry)
        violations = validate(schema, document) if document else ()
        if violations and kind(entry) == "error":
            if ((), _ERROR_PACKETS) not in seen:
                yield context.say(rules.GAP, run, at=entry.at, fault="platform", gap=_ERROR_PACKETS)
            seen.add(((), _ERROR_PACKETS))
            continue
        yield from _violations(context, run, entry, document, violations, seen)


def _violations(
    context: StreamContext,
    run: StreamRun,
    entry: Entry,
    document: dict[str, Json],
    violations: Sequence[SchemaViolation],
    seen: set[tuple[Path, str]],
) -> Iterator[Finding]:
    """Those that no packet before this one had."""
    rule = rules.LATENT if mime.is_trap(entry) else rules.SCHEMA
    for violation in violations:
        if (violation.instance_path, violation.message) not in seen:
            seen.add((violation.instance_path, violation.message))
            yield _broken(context, run, entry, document, violation, rule)


def _broken(
    context: StreamContext,
    run: StreamRun,
    entry: Entry,
    document: dict[str, Json],
    violation: SchemaViolation,
    rule: Rule,
) -> Finding:
    node = context.schema_node
    return context.say(
        rule,
        run,
        at=entry.at,
        location=node.at(violation.schema_path).location if node is not None else None,
        anchor=("spec", "outputSchema", *violation.schema_path, *violation.instance_path),
        evidence={"packet": document, "schema path": "/".join(map(str, violation.schema_path))},
        path=pointer(violation.instance_path),
        problem=violation.message,
    )


def _document(entry: Entry) -> dict[str, Json]:
    """The JSON object that travels as raw bytes."""
    document = entry.body.get("json")
    return document if isinstance(document, dict) else {}


def merged(entry: Entry) -> dict[str, Json]:
    """What the hub validates; empty for packets that it does not."""
    if is_chunk(entry):
        return {}
    document: dict[str, Json] = {}
    for part in (inputs(entry), payload(entry)):
        if isinstance(part, dict):
            document |= part
    return document


def pointer(path: Path) -> str:
    """A place as a person writes it."""
    return dotted(path).lstrip(".") if path else "(all of it)"
