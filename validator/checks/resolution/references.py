"""EV210 to EV223: every name that a template reaches for is there."""

from __future__ import annotations

from collections.abc import Iterator

from validator.checks.resolution.absences import runs_later
from validator.checks.resolution.consequences import of_missing
from validator.checks.resolution.proofs import Counterexample
from validator.checks.resolution.spellings import name_location, replacement
from validator.checks.resolution.templates import Survey, Template
from validator.checks.resolution.transports import is_elsewhere
from validator.checks.resolution.witnesses import find_counterexample
from validator.findings import Finding, Json, Location, Related, Rule, Severity, Suggestion
from validator.rules import resolution as rules
from validator.rules.names import listed, nearest
from validator.schemas.samples import minimal
from validator.sources.manifests import Step
from validator.stories.graph import SILENT_TYPES
from validator.stories.packets import ENVELOPE_FIELDS, HOOK_FIELDS, UNVERIFIED_FIELDS
from validator.stories.schemas import Described
from validator.stories.sites import Field
from validator.stories.topology import transport_of
from validator.templates.lookups import Presence, field_names, look_up
from validator.templates.reach import Access, Sink
from validator.templates.types import Type, describe, from_schema, to_schema

_GUARDED = frozenset({Sink.TESTED, Sink.COMPARED, Sink.DROPPED})


def check_template(template: Template, survey: Survey | None) -> Iterator[Finding]:
    """What a template reaches for and does not find."""
    if template.inference is None:
        return
    refused = [(refusal.start, refusal.end) for refusal in template.refusals]
    seen: set[tuple[int, int]] = set()
    for access in template.inference.accesses:
        if any(start <= access.start < end or access.start <= start < access.end for start, end in refused):
            continue
        verdict = _judge(template, survey, access)
        if verdict is not None:
            key = (verdict.location.line, verdict.location.column)
            if key not in seen:
                seen.add(key)
                yield verdict


def _judge(template: Template, survey: Survey | None, access: Access) -> Finding | None:
    scope = template.site.scope
    names = access.names if access.rooted else ("",)
    of_packet = scope.sources is not None and names[0] == "packet" and len(names) > 1
    if of_packet and (found := _unverified(template, access)):
        return found
    if of_packet and names[1] in HOOK_FIELDS and access.at == 1 and access.never:
        return None
    if scope.flattened and access.rooted and survey is not None and (found := _flattened(template, survey, access)):
        return found
    if access.at < 0 or access.lookup is None:
        return None
    if not access.rooted:
        return _computed(template, survey, access)
    if access.at == 0:
        return _absent_root(template, access) if access.never else None
    if names[0] == "steps" and access.at == 1 and access.never and survey is not None:
        return _unknown_step(template, survey, access)
    if names[0] == "steps" and access.at == 2 and not scope.flattened and access.never:
        return _missing_output(template, survey, access)
    if not access.never:
        return _optional(template, survey, access)
    if access.lookup.presences <= {Presence.NO_OBJECT, Presence.NULL}:
        return _of_scalar(template, access)
    return _unknown_field(template, survey, access)


def _computed(template: Template, survey: Survey | None, access: Access) -> Finding | None:
    """A field of an element, or of what a function returned."""
    if not access.never:
        return _optional(template, survey, access)
    if access.lookup is not None and access.lookup.presences <= {Presence.NO_OBJECT, Presence.NULL}:
        return _of_scalar(template, access)
    return _unknown_field(template, survey, access)


def _absent_root(template: Template, access: Access) -> Finding | None:
    scope = template.site.scope
    known = list(field_names(access.owner)) or list(scope.roots)
    is_wrapped = len(known) > len(scope.roots)
    close = nearest(access.names[0], known) if scope.admission is None or is_wrapped else None
    location = template.span(*access.spans[0])
    return _finding(
        template,
        rules.ABSENT_ROOT,
        access,
        location=location,
        suggestion=Suggestion(f"write `{close}`", location, close) if close else None,
        found=access.names[0],
        field=_shown(template.site.field),
        known=listed(known),
        consequence=of_missing(template.site.field, access),
    )


def _unknown_step(template: Template, survey: Survey, access: Access) -> Finding | None:
    name = access.names[1]
    graph = survey.graph
    step = graph.named(name)
    if template.site.field is Field.POST:
        known = [template.site.step.name] if template.site.step is not None else []
        reason = "only the step's own output is there" if step is not None else ""
        consequence = of_missing(template.site.field, access)
        return _step_finding(template, access, known, f"{reason}: {consequence}" if reason else consequence)
    if step is None:
        known = [name for name in graph.names if _can_be_read(survey, template.site.step, graph.by_name[name])]
        return _step_finding(template, access, known, _of_unknown_step(template, access))
    if step.type in SILENT_TYPES and not survey.story.is_realtime:
        return _finding(
            template,
            rules.STEP_WITHOUT_OUTPUT,
            access,
            step=step.name,
            type=step.type,
            consequence=of_missing(template.site.field, access),
        )
    if template.site.scope.sources is not None:
        return _not_a_source(template, survey, access, step)
    return None


def _can_be_read(survey: Survey, reader: Step | None, step: Step) -> bool:
    """Whether a template of a step, or of `output`, finds another step's output."""
    if not survey.story.is_realtime and step.type in SILENT_TYPES:
        return False
    if reader is None:
        return step.home != "compensations"
    return step.name != reader.name and not runs_later(reader.home, step.home)


def _of_unknown_step(template: Template, access: Access) -> str:
    """What a reference to no step means; the controller fails the run where it sees the reference."""
    site = template.site
    if (
        access.sink in _GUARDED
        or access.sink is Sink.PRINTED
        or site.field not in (Field.WITH, Field.IF, Field.EXECUTE)
    ):
        return of_missing(site.field, access)
    written = template.text[access.start : access.end]
    seen = written.startswith((f"steps.{access.names[1]}.", f".steps.{access.names[1]}."))
    if seen and template.site.field in (Field.WITH, Field.IF):
        return "the StoryRun fails with an unknown dependency"
    return of_missing(site.field, access)


def _step_finding(template: Template, access: Access, known: list[str], consequence: str) -> Finding:
    name = access.names[1]
    location = name_location(template, access, 1)
    close = nearest(name, known)
    edit = replacement(template, access, 1, close) if close else None
    return _finding(
        template,
        rules.UNKNOWN_STEP,
        access,
        location=location,
        suggestion=Suggestion(f"write `{close}`", location, edit) if close else None,
        evidence={"known": [*known]},
        found=name,
        known=f"the steps are {listed(known)}" if known else "no other step gives anything here",
        consequence=consequence,
    )


def _not_a_source(template: Template, survey: Survey, access: Access, step: Step) -> Finding | None:
    here = template.site.step
    sources = template.site.scope.sources or ()
    order = [other.name for other in survey.story.steps]
    assert here is not None
    if access.names[1] != step.name:
        reason, severity = f'which realtime stories know as `steps["{step.name}"]` only', Severity.WARNING
    elif step.name == here.name:
        reason, severity = "which is this step itself", Severity.ERROR
    elif step.name not in order:
        reason, severity = f"which is one of the story's {step.section}", Severity.ERROR
    elif order.index(step.name) > order.index(here.name):
        reason, severity = "which stands after it", Severity.ERROR
    elif is_elsewhere(transport_of(step), transport_of(here)):
        if step.name in {need.text for need in here.needs}:
            return None  # EV253 tells it where the step is needed
        reason = f"which sends on transport `{transport_of(step)}`, and this step is on `{transport_of(here)}`"
        severity = Severity.WARNING
    else:
        reason, severity = "which it does not need directly", Severity.WARNING
    return _finding(
        template,
        rules.NOT_A_SOURCE,
        access,
        severity=severity,
        evidence={"sources": [source.name for source in sources]},
        field=f"{_shown(template.site.field)} of {here.name}",
        step=step.name,
        reason=reason,
        known=listed(source.name for source in sources) if sources else "outside, no step being before it",
        consequence=of_missing(template.site.field, access),
    )


def _missing_output(template: Template, survey: Survey | None, access: Access) -> Finding:
    name = access.names[2]
    start, end = access.spans[2]
    output = survey.graph.named(access.names[1]) if survey is not None else None
    known = ("output",) if template.site.field is Field.POST else ("output", "outputs", "signals")
    close = nearest(name, known)
    described = survey.scopes.output(output) if survey is not None and output is not None else Described({})
    fields = field_names(_type(described))
    suggestion = None
    if close and name not in fields:
        suggestion = Suggestion(f"write `{close}`", template.span(start, end), close)
    elif (name in fields or not fields) and template.text[start - 1 : start] == ".":
        suggestion = Suggestion(f"write `output.{name}`", template.span(start, end), f"output.{name}")
    return _finding(
        template,
        rules.MISSING_OUTPUT,
        access,
        location=template.span(start, end),
        suggestion=suggestion,
        step=access.names[1],
        found=name,
        known="`output`, `outputs` and `signals`" if len(known) > 1 else "`output` only",
        consequence=of_missing(template.site.field, access),
    )


def _type(described: Described) -> Type:
    return from_schema(described.schema)


def _flattened(template: Template, survey: Survey, access: Access) -> Finding | None:
    """`steps.a.output` where `steps.a` is the output."""
    names = access.names
    if (
        names[0] != "steps"
        or len(names) < 3
        or names[2] not in ("output", "outputs")
        or survey.graph.named(names[1]) is None
    ):
        return None
    if access.at == 1:
        return None
    step = survey.graph.named(names[1])
    described = survey.scopes.output(step) if step is not None else Described({})
    fields = field_names(_type(described))
    if names[2] in fields:
        return None
    start, end = access.spans[2]
    edit = None
    if template.text[start - 1 : start] == ".":
        edit = Suggestion(f"drop `.{names[2]}`", template.span(start - 1, end), "")
    return _finding(
        template,
        rules.OUTPUT_IN_REALTIME,
        access,
        location=template.span(start, end),
        severity=Severity.WARNING if described.reason else Severity.ERROR,
        suggestion=edit,
        step=names[1],
        found=names[2],
        consequence=of_missing(template.site.field, access),
    )


def _unverified(template: Template, access: Access) -> Finding | None:
    """Names of hooks, and of parts of the wire's packet, that no payload declares."""
    name = access.names[1] if len(access.names) > 1 else ""
    packet = look_up(template.site.scope.type, "packet").type
    if packet.unknown or name in field_names(packet):
        return None
    if name in HOOK_FIELDS:
        if access.at != 1 or not access.never or _may_be_hook(access):
            return None
    elif name not in UNVERIFIED_FIELDS:
        return None
    known = field_names(packet)
    if not known:
        return None
    location = name_location(template, access, 1)
    close = nearest(name, known)
    edit = replacement(template, access, 1, close) if close else None
    return _finding(
        template,
        rules.UNVERIFIED_PACKET_FIELD,
        access,
        location=location,
        suggestion=Suggestion(f"write `{close}`", location, edit) if close else None,
        evidence={"known": [*known]},
        found=name,
        consequence=of_missing(template.site.field, access),
    )


def _may_be_hook(access: Access) -> bool:
    """Whether a name of hooks is used with care: data lacks it, which the template takes into account."""
    return access.sink in (Sink.TESTED, Sink.DROPPED)


def _unknown_field(template: Template, survey: Survey | None, access: Access) -> Finding | None:
    assert access.lookup is not None
    name = access.names[access.at]
    known = list(field_names(access.owner))
    if access.rooted and access.names[0] == "packet" and access.at == 1:
        known += [field for field in ("metadata", *ENVELOPE_FIELDS) if field not in known]
    close = nearest(name, known)
    certain = Presence.UNDECLARED not in access.lookup.presences
    if access.consumer in ("pick", "omit") and not certain and not close:
        return None  # both are for keys that may be missing
    location = name_location(template, access, access.at)
    edit = replacement(template, access, access.at, close) if close else None
    witness: dict[str, Json] = {"known": [*known]}
    if not certain:
        witness |= _witness(_sample(survey, access.owner))
    return _finding(
        template,
        rules.UNKNOWN_FIELD,
        access,
        location=location,
        severity=Severity.ERROR if certain or close else Severity.WARNING,
        suggestion=Suggestion(f"write `{close}`", location, edit)
        if close
        else Suggestion("declare the field in the schema, if it is there"),
        evidence=witness,
        related=_declared(template, survey, access),
        owner=_owner(access),
        found=name,
        consequence=of_missing(template.site.field, access),
        known=listed(known),
    )


def _optional(template: Template, survey: Survey | None, access: Access) -> Finding | None:
    """A field that some values have and some do not, where nothing deals with its absence."""
    assert access.lookup is not None
    if access.sink in _GUARDED or access.lookup.presences & {Presence.FREE}:
        return None
    if access.sink is Sink.SWALLOWED and access.consumer in ("get", "dig", "toJson", "toPrettyJson", "toRawJson"):
        return None
    proof = find_counterexample(template, survey, access) if survey is not None else True
    inference = template.inference
    if proof is False or (
        inference is not None and (inference.takes_wrong_branch or (proof is True and inference.asks_clock))
    ):
        return None
    requires = any(part.get("required") for alternative in access.owner.alternatives for part in alternative.parts)
    split = bool(access.lookup.presences & {Presence.UNDECLARED, Presence.CLOSED, Presence.NO_OBJECT, Presence.NULL})
    shares = access.sink is Sink.PRINTED and template.site.field in (Field.IDEMPOTENCY, Field.DEDUPE)
    location = name_location(template, access, access.at)
    return _finding(
        template,
        rules.OPTIONAL_FIELD,
        access,
        location=location,
        severity=Severity.WARNING if requires or split or shares else Severity.NOTE,
        suggestion=Suggestion("require it in the schema, or guard it with `if`, `with` or `default`"),
        evidence=_witness(proof.witness if isinstance(proof, Counterexample) else _lacking(survey, access)),
        related=_declared(template, survey, access),
        owner=f"{_owner(access)}{_form_without(access)}",
        found=access.names[access.at],
        consequence=of_missing(template.site.field, access),
    )


def _form_without(access: Access) -> str:
    """Which form of the owner lacks the field, by what that one has instead; empty where there is one form only."""
    name = access.names[access.at]
    forms = [Type((form,)) for form in access.owner.alternatives if form.kind == "object"]
    lacking = [form for form in forms if look_up(form, name).never]
    if len(forms) < 2 or not lacking:
        return ""
    shared = set.intersection(*(set(field_names(form)) for form in forms))
    own = [field for field in field_names(lacking[0]) if field not in shared]
    return f" when it is of the form with {listed(own)}" if own else ""


def _sample(survey: Survey | None, type_: Type) -> Json:
    return minimal(to_schema(type_)) if survey is None else survey.scopes.schemas.sample(type_)


def _witness(sample: Json) -> dict[str, Json]:
    return {} if sample is None else {"witness": sample}


def _lacking(survey: Survey | None, access: Access) -> Json:
    """A value of the owner that lacks the field."""
    name = access.names[access.at]
    for alternative in access.owner.alternatives:
        one = Type((alternative,))
        if Presence.SURE not in look_up(one, name).presences:
            sample = _sample(survey, one)
            if not (isinstance(sample, dict) and name in sample):
                return sample
    return None


def _of_scalar(template: Template, access: Access) -> Finding:
    location = name_location(template, access, access.at)
    suggestion = None
    if access.names[:2] == ("packet", "metadata") and access.at > 2:
        # hub.md: metadata is flat, so that a name with dots in it is one key.
        call = f'index packet.metadata "{".".join(access.names[2:])}"'
        suggestion = Suggestion(f"if the key is `{'.'.join(access.names[2:])}`, write `{call}`")
    return _finding(
        template,
        rules.FIELD_OF_SCALAR,
        access,
        location=location,
        suggestion=suggestion,
        owner=_owner(access),
        type=_article(describe(access.owner)),
        found=access.names[access.at],
        consequence=of_missing(template.site.field, access),
    )


def _article(words: str) -> str:
    return f"an {words}" if words[:1] in "aeiou" else f"a {words}"


def _owner(access: Access) -> str:
    names = ".".join(access.names[: access.at])
    if not access.rooted:
        return f"`{names}` of this value" if names else "this value"
    return f"`{names}`"


def _declared(template: Template, survey: Survey | None, access: Access) -> list[Related]:
    """The schemas that say what is there: of packets, those of every step that sends them."""
    if survey is None or not access.rooted:
        return []
    root, name = access.names[0], access.names[1] if len(access.names) > 1 else ""
    found: list[tuple[str, Described]] = []
    if template.site.field is Field.CACHE:  # the step's own inputs
        step = template.site.step
        found = (
            [(root, survey.scopes.schemas.input(survey.story, step))] if step is not None and root == "inputs" else []
        )
    elif root == "inputs":
        found = [(root, survey.scopes.inputs)]
    elif root == "steps" and (step := survey.graph.named(name)) is not None:
        found = [(f"{root}.{name}", survey.scopes.output(step))]
    elif root == "packet":
        senders = [step for step in template.site.scope.sources or () if step.ref is not None]
        found = [(f"steps.{step.name}", survey.scopes.output(step)) for step in senders]
    return [
        Related(node.source.location(node.start, node.start + 1), f"the schema of `{shown}`")
        for shown, described in found
        if (node := described.node) is not None
    ]


def _shown(field: Field) -> str:
    return {Field.PACKET_IF: "if", Field.STATIC: "with", Field.BRIDGED: "runtime", Field.CONFIG: "with"}.get(
        field, str(field)
    )


def _finding(
    template: Template,
    rule: Rule,
    access: Access,
    *,
    location: Location | None = None,
    severity: Severity | None = None,
    suggestion: Suggestion | None = None,
    evidence: dict[str, Json] | None = None,
    related: list[Related] | None = None,
    **facts: object,
) -> Finding:
    if suggestion is not None and suggestion.location is not None and suggestion.replacement is None:
        suggestion = Suggestion(suggestion.text)
    return rule.at(
        location or template.span(access.start, access.end),
        template.subject,
        anchor=template.anchor,
        evidence={"expression": template.text[access.start : access.end], **(evidence or {})},
        suggestion=suggestion,
        related=related or (),
        severity=severity,
        **facts,
    )
