"""EV2: what the templates of stories reach for is there, and becomes what the author meant.

One family of rules a file; each looks at the survey of a story. May import: everything but reports and cli.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator

from validator.checks.gaps import check_gaps
from validator.checks.resolution import admission, conditions, dollars, other_braces, references, values
from validator.checks.resolution.absences import check_absences
from validator.checks.resolution.configuration import configured
from validator.checks.resolution.dependencies import check_dependencies
from validator.checks.resolution.inputs import check_inputs
from validator.checks.resolution.keys import is_shared, knows_all_inputs, shared_keys
from validator.checks.resolution.literals import check_literals
from validator.checks.resolution.misspellings import check_engram, check_misspellings
from validator.checks.resolution.optionals import one_note_a_step
from validator.checks.resolution.places import check_places, templates_of
from validator.checks.resolution.proofs import Proofs
from validator.checks.resolution.requirements import check_requirements
from validator.checks.resolution.senders import check_senders
from validator.checks.resolution.templates import Survey, Template, survey_of
from validator.checks.resolution.transports import check_transports
from validator.findings import Finding, Unchecked
from validator.sources.manifests import Story
from validator.sources.workspace import Workspace
from validator.stories.analysis import StoryAnalysis
from validator.stories.schemas import SchemaReader

_FAMILIES = (admission, references, values, conditions, dollars, other_braces)
"""Those that look at one template at a time."""


def check(workspace: Workspace) -> Iterator[Finding | Unchecked]:
    """Check every template of this repository: of stories, of the engrams that they run, and of impulses."""
    schemas, judge = SchemaReader(workspace), story_check(workspace)
    analyses = (StoryAnalysis.of(story, schemas) for story in workspace.stories if story.own)
    yield from check_all(workspace, (verdict for analysis in analyses for verdict in judge(analysis)))


def story_check(workspace: Workspace) -> Callable[[StoryAnalysis], list[Finding | Unchecked]]:
    """What looks at the stories of a workspace, one at a time."""
    proofs = Proofs()
    return lambda analysis: list(one_note_a_step(_story(analysis, proofs)))


def check_all(workspace: Workspace, of_stories: Iterable[Finding | Unchecked]) -> Iterator[Finding | Unchecked]:
    """The verdicts on all stories, each once, and those on what stands in no story."""
    schemas = SchemaReader(workspace)
    yield from _distinct(of_stories)
    for engram in workspace.engrams:
        if engram.own:
            yield from check_engram(engram, schemas)
    for manifest in workspace.manifests:
        if manifest.own and not isinstance(manifest, Story):
            yield from check_places(manifest, schemas)
            for template in templates_of(manifest, workspace, schemas):
                yield from _findings_of(template, None)


def _distinct(verdicts: Iterable[Finding | Unchecked]) -> Iterator[Finding | Unchecked]:
    """Each verdict once. Of a finding only the hash is kept beside it: its identity takes more room than the rest."""
    first: dict[int, Finding] = {}
    unchecked: set[str] = set()
    for verdict in verdicts:
        if isinstance(verdict, Finding):
            other = first.setdefault(hash(_identity(verdict)), verdict)
            if other is verdict or _identity(other) != _identity(verdict):
                yield verdict
        elif (text := repr(verdict)) not in unchecked:
            unchecked.add(text)
            yield verdict


def _identity(finding: Finding) -> Hashable:
    """What the fingerprint and the place of a finding are made of."""
    place = finding.location
    case = "" if finding.cases else finding.subject.case
    subject = (finding.subject.kind, finding.subject.name, finding.subject.step, case)
    return (finding.rule.code, place.file, place.line, place.column, subject, finding.anchor, finding.message)


def _story(analysis: StoryAnalysis, proofs: Proofs) -> Iterator[Finding | Unchecked]:
    survey = survey_of(analysis, proofs)
    for template in survey.templates:
        yield from _findings_of(template, survey)
    yield from check_dependencies(survey)
    yield from check_absences(survey)
    yield from check_transports(survey)
    yield from check_senders(survey)
    yield from check_literals(survey)
    yield from check_inputs(survey)
    yield from check_misspellings(survey)
    yield from check_places(analysis.story, analysis.scopes.schemas)
    yield from check_requirements(survey)
    yield from check_gaps(survey)
    for template in configured(survey):
        yield from _findings_of(template, survey)
    yield from _shared(survey)
    yield from _unchecked(survey)


def _shared(survey: Survey) -> Iterator[Finding]:
    """What is wrong with the cache key of the policy for some step; not what is wrong with it for all."""
    reported = {
        (one.rule.code, one.location)
        for each in survey.templates
        if is_shared(each)
        for one in _findings_of(each, survey)
    }
    for template in shared_keys(survey):
        for finding in _findings_of(template, survey):
            if (finding.rule.code, finding.location) not in reported:
                reported.add((finding.rule.code, finding.location))
                yield finding


def _findings_of(template: Template, survey: Survey | None) -> Iterator[Finding]:
    if template.is_plain:
        return
    for family in _FAMILIES:
        yield from family.check_template(template, survey)


def _unchecked(survey: Survey) -> Iterator[Unchecked]:
    """What a template reaches for and nobody describes; once for each thing."""
    reported: set[str] = set()
    for template in survey.templates:
        if template.unsupported:
            yield Unchecked(
                f"a template of {template.site.path[-1]}",
                template.unsupported,
                template.subject,
                template.node.location,
            )
        if template.inference is None or (is_shared(template) and knows_all_inputs(survey)):
            continue
        for access in template.inference.accesses:
            if not access.rooted:
                continue
            for way in (access.names[0], ".".join(access.names[:2])):
                reason = template.site.scope.unknown.get(way)
                if reason is not None and way not in reported and len(access.names) > 1:
                    reported.add(way)
                    location = template.span(access.start, access.end)
                    yield Unchecked(f"fields of `{way}`", reason, survey.story.subject, location)
