"""EV216 and EV218 to EV220: steps that a template needs and that have not run, or never will (batch stories)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from validator.checks.resolution.consequences import of_missing
from validator.checks.resolution.templates import Survey, Template
from validator.findings import Finding, Related, Severity, Suggestion
from validator.rules import resolution as rules
from validator.rules.names import listed
from validator.sources.manifests import Step
from validator.stories.graph import SILENT_TYPES, closure, waits_by_text
from validator.stories.sites import Field
from validator.templates.reach import Access, Sink

_SEEN = re.compile(
    r"""steps\.([a-zA-Z0-9_\-]+)\.|steps\s*\[\s*['"]([a-zA-Z0-9_\-]+)['"]\s*\]"""
    r"""|\(index\s+\.steps\s+["']([a-zA-Z0-9_\-]+)["']\)"""
)
_WAITING = frozenset({Field.WITH, Field.IF, Field.EXECUTE, Field.BRANCH, Field.UNTIL})
_NOT_READ = {
    Field.BRANCH: "the controller does not look for references in the branches of a parallel",
    Field.UNTIL: "the controller does not look for references in `until`",
}


def check_dependencies(survey: Survey) -> Iterator[Finding]:
    """What the steps of a batch story wait for, against what they need."""
    if survey.story.is_realtime:
        return
    skippable: dict[str, list[Finding]] = {}
    for template in survey.templates:
        if template.inference is not None:
            unseen = list(_unseen(template, survey))
            polled = {one.location for one in unseen if one.severity is Severity.WARNING}  # they speak of skips, too
            for step, finding in _skippable(template, survey):
                if finding.location not in polled:
                    skippable.setdefault(step, []).append(finding)
            yield from unseen
        yield from _accidental(template, survey)
    for found in skippable.values():
        yield _once(found)
    yield from _cycles(survey)


def _targets(
    template: Template, survey: Survey, passed_over: Callable[[Access, Step], bool] = lambda access, step: False
) -> Iterator[tuple[Access, Step]]:
    """The steps whose output a template uses, each once, by the first access that is not passed over."""
    assert template.inference is not None
    seen: set[str] = set()
    for access in template.inference.accesses:
        if not access.rooted or access.names[0] != "steps" or len(access.names) < 2:
            continue
        step = survey.graph.named(access.names[1])
        if step is None or step.name in seen or step.type in SILENT_TYPES:
            continue
        if not passed_over(access, step):
            seen.add(step.name)
            yield access, step


def _once(found: Sequence[Finding]) -> Finding:
    """One finding for one `if`, which points to all that read the step."""
    first, *others = found
    if not others:
        return first
    readers = list(dict.fromkeys(one.subject.step for one in others if one.subject.step != first.subject.step))
    beside = f"; so do {listed(reader or 'output' for reader in readers)}" if readers else ""
    related = (*first.related, *(Related(one.location, "it is read here, too") for one in others))
    return replace(first, related=related, message=f"{first.message}{beside}")


def _skippable(template: Template, survey: Survey) -> Iterator[tuple[str, Finding]]:
    """The steps that a template reads and that may not have run, each with its finding."""
    if template.site.field not in _WAITING | {Field.OUTPUT, Field.IDEMPOTENCY}:
        return
    waits = template.site.field in (Field.WITH, Field.IF, Field.EXECUTE)

    def is_provided_for(access: Access, step: Step) -> bool:
        """Whether its absence makes no difference: the controller waits only for what it reads as `steps.x.`."""
        guarded = access.sink in (Sink.TESTED, Sink.COMPARED)
        return guarded and not (waits and any(step.name in match.groups() for match in _SEEN.finditer(template.text)))

    for access, step in _targets(template, survey, is_provided_for):
        reason = survey.graph.may_lack_output(step)
        here = template.site.step
        if not reason or (
            here is not None and (here.name == step.name or survey.graph.follows(here, step, survey.scopes.values))
        ):
            continue
        elsewhere = here is not None and here.section != step.section and "branch" not in (here.section, step.section)
        if elsewhere and (step.if_ is None or "if" not in reason):
            continue  # compensations run because something failed: that is their business
        consequence = (
            "this step then waits for that output forever, as soon as any other step has one"
            if waits
            else of_missing(template.site.field, access)
        )
        condition = (
            f"`{step.if_.text}` is false" if step.if_ is not None and step.if_.text and "if" in reason else reason
        )
        yield (
            step.name,
            rules.SKIPPABLE_STEP.at(
                template.span(access.start, access.end),
                template.subject,
                anchor=template.anchor,
                evidence={"witness": f"a run in which step {step.name} is {'skipped' if 'if' in reason else 'failed'}"},
                suggestion=Suggestion("give this step the same `if`, or let the other step always run"),
                step=step.name,
                condition=condition,
                consequence=consequence,
            ),
        )


def _unseen(template: Template, survey: Survey) -> Iterator[Finding]:
    here = template.site.step
    if here is None or template.site.field not in _WAITING:
        return
    upstream = survey.graph.upstream(here.name)
    for access, step in _targets(template, survey):
        if step.name in upstream or step.name == here.name or step.section != here.section:
            continue
        written = template.text[access.start : access.end]
        reason = _NOT_READ.get(template.site.field)
        if reason is None:
            reason = f"the controller reads no dependency out of `{written}`"
            if not waits_by_text(here):
                reason = f"the controller reads no dependencies out of `{template.site.field}` of this step"
        polls = access.sink is Sink.WHOLE
        yield rules.UNSEEN_DEPENDENCY.at(
            template.span(access.start, access.end),
            template.subject,
            anchor=template.anchor,
            severity=Severity.WARNING if polls else Severity.ERROR,
            evidence={"expression": written, "witness": f"a run in which step {step.name} is skipped or fails"}
            if polls
            else {"expression": written},
            suggestion=Suggestion(f"add `{step.name}` to `needs`"),
            step=step.name,
            reason=reason,
            consequence=f"it starts too early and asks again and again, forever if `{step.name}` is skipped or fails"
            if polls
            else f"it is evaluated too early, when {of_missing(template.site.field, access)}",
        )


def _accidental(template: Template, survey: Survey) -> Iterator[Finding]:
    """Text that only looks like a reference (templating.md, section 9)."""
    site = template.site
    if site.step is None or "steps" not in template.text:
        return
    raw_if = site.field is Field.IF
    if not raw_if and not (site.field in (Field.WITH, Field.EXECUTE, Field.LITERAL) and waits_by_text(site.step)):
        return
    reached = [
        (access.start, access.end) for access in (template.inference.accesses if template.inference is not None else ())
    ]
    for match in _SEEN.finditer(template.text):
        name = next(filter(None, match.groups()))
        if survey.graph.named(name) is not None or (not raw_if and '"' in match[0]):
            continue
        if template.error is not None or any(
            start <= match.start() < end or match.start() <= start < match.end() for start, end in reached
        ):
            continue
        yield rules.ACCIDENTAL_DEPENDENCY.at(
            template.span(match.start(), match.end()),
            template.subject,
            anchor=template.anchor,
            evidence={"known": [*survey.graph.names]},
            found=match[0],
            step=name,
            known=listed(survey.graph.names),
        )


def _cycles(survey: Survey) -> Iterator[Finding]:
    """Cycles that only references make; those of `needs` are the business of EV124."""
    graph = survey.graph
    done: set[str] = set()
    for name in graph.names:
        if name in done or name not in graph.upstream(name) or name in closure(name, graph.explicit):
            continue
        cycle = _shortest(name, graph.dependencies)
        done.update(cycle)
        where = _edge(survey, cycle)
        if where is None:
            continue
        template, access = where
        yield rules.IMPLICIT_CYCLE.at(
            template.span(access.start, access.end),
            template.subject,
            anchor=template.anchor,
            evidence={"cycle": [*cycle]},
            cycle=" -> ".join((*cycle, cycle[0])),
        )


def _shortest(name: str, edges: object) -> list[str]:
    assert isinstance(edges, dict)
    paths: list[list[str]] = [[name]]
    seen: set[str] = set()
    while paths:
        path = paths.pop(0)
        for following in sorted(edges.get(path[-1], ())):
            if following == name:
                return path
            if following not in seen:
                seen.add(following)
                paths.append([*path, following])
    return [name]


def _edge(survey: Survey, cycle: list[str]) -> tuple[Template, Access] | None:
    """The first reference that makes an edge of the cycle."""
    following = dict(zip(cycle, [*cycle[1:], cycle[0]], strict=True))
    for template in survey.templates:
        step = template.site.step
        if step is None or step.name not in following or template.inference is None:
            continue
        for access in template.inference.accesses:
            target = (
                survey.graph.named(access.names[1])
                if access.rooted and access.names[0] == "steps" and len(access.names) > 1
                else None
            )
            if target is not None and target.name == following[step.name]:
                return template, access
    return None
