"""Templates of batch stories that read outputs which are not where they look (story-run.md, A2.5, A4.6 and A11)."""

from __future__ import annotations

from collections.abc import Iterator

from validator.checks.resolution.templates import Survey, Template
from validator.findings import Finding, Rule, Suggestion
from validator.rules import gaps as rules
from validator.sources.manifests import Step
from validator.stories.graph import SILENT_TYPES, raw_json, waits_by_text
from validator.stories.sites import Field
from validator.templates.reach import Access, Sink
from validator.templates.references import dependency_names

_WAITING = frozenset({Field.WITH, Field.IF, Field.EXECUTE})


def check_readers(survey: Survey) -> Iterator[Finding]:
    """What each template of a story reads of `steps`; each step once a reader."""
    seen: set[tuple[str, str, str]] = set()
    for template in survey.templates:
        here = template.site.step
        for access, step in _reads(template, survey):
            for finding in (
                _branch(template, survey, access, step),
                _absent(template, survey, access, step),
                _empty(template, survey, access, step),
                _alias(template, access, step),
            ):
                if finding is None:
                    continue
                key = (finding.rule.code, here.name if here is not None else "", step.name)
                if key not in seen:
                    seen.add(key)
                    yield finding


def _reads(template: Template, survey: Survey) -> Iterator[tuple[Access, Step]]:
    for access in template.inference.accesses if template.inference is not None else ():
        if access.rooted and access.names[0] == "steps" and len(access.names) > 1:
            step = survey.graph.named(access.names[1])
            if step is not None:
                yield access, step


def _branch(template: Template, survey: Survey, access: Access, step: Step) -> Finding | None:
    here = template.site.step
    if step.section != "branch" or here is None or template.site.field not in _WAITING:
        return None
    if template.site.field is not Field.IF and not waits_by_text(here):
        return None
    text = template.text if template.site.field is Field.IF else template.text.replace('"', '\\"')
    if step.name not in dependency_names(text, (step.name,)):
        return None
    return _finding(
        template,
        rules.BRANCH_REFERENCE,
        access,
        "make the branch a step of the story, with its own `needs`",
        found=template.text[access.start : access.end],
        branch=step.name,
        step=here.name,
    )


def _absent(template: Template, survey: Survey, access: Access, step: Step) -> Finding | None:
    """Readings that EV216 takes for guarded."""
    if template.site.field is not Field.OUTPUT or access.sink not in (Sink.TESTED, Sink.COMPARED):
        return None
    reason = survey.graph.may_lack_output(step)
    if not reason or step.type in SILENT_TYPES or len(access.names) < 3 or access.spelling in ("dig", "hasKey", "get"):
        return None
    if access.consumer in ("dig", "hasKey", "get"):
        return None
    skipped = "`if`" in reason
    return _finding(
        template,
        rules.ABSENT_IN_OUTPUT,
        access,
        f'write `dig "{step.name}" "output" … steps`, with the default before `steps`',
        condition=f"where step `{step.name}` {'is skipped' if skipped else 'fails, which `allowFailure` lets pass'}",
        step=step.name,
        consequence="the StoryRun stays Running forever" if skipped else "the StoryRun fails",
    )


def _empty(template: Template, survey: Survey, access: Access, step: Step) -> Finding | None:
    here = template.site.step
    if here is None or template.site.field not in _WAITING or here.name == step.name or step.section == "branch":
        return None
    described = survey.scopes.output(step)
    if described.reason or not described.accepts_nothing:
        return None
    if step.name not in dependency_names(template.text.replace('"', '\\"'), (step.name,)):
        return None
    return _finding(
        template,
        rules.EMPTY_OUTPUT,
        access,
        f"require a field in the outputSchema of `{step.name}`, or read it by `dig` from `steps`",
        step=step.name,
    )


def _alias(template: Template, access: Access, step: Step) -> Finding | None:
    """The name without dashes of a step in another section (story-run.md, section K, 8)."""
    here, found = template.site.step, access.names[1]
    if here is None or here.home == step.home or found == step.name or template.site.field not in _WAITING:
        return None
    if found not in dependency_names(raw_json(template.text), ()):
        return None
    return _finding(
        template,
        rules.ALIAS_OF_OTHER_SECTION,
        access,
        f'write `steps["{step.name}"]`',
        step=here.name,
        read=step.name,
        found=found,
        section=step.home,
    )


def _finding(template: Template, rule: Rule, access: Access, advice: str, /, **facts: object) -> Finding:
    return rule.at(
        template.span(access.start, access.end),
        template.subject,
        anchor=template.anchor,
        evidence={"expression": template.text[access.start : access.end]},
        suggestion=Suggestion(advice),
        related=(),
        severity=None,
        **facts,
    )
