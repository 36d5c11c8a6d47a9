"""Keys that are made of templates: what a run, a step or a delivery is known by when it comes again.

A key is text, whatever its template gives (story-run.md, sections A6.4 and A8.5): an object comes in Go's notation also
where it is all that the template gives. The cache key of a story's policy is that of each of its steps.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from validator.checks.resolution.templates import Survey, Template, examine
from validator.stories.sites import Field
from validator.templates.reach import Oddity, Remark

_KEYS = frozenset({Field.IDEMPOTENCY, Field.CACHE, Field.DEDUPE})


def printed_whole(template: Template) -> Iterator[Remark]:
    """An object or a list that is the key: it is printed, though its template gives it as it is."""
    inference = template.inference
    if template.site.field not in _KEYS or inference is None or inference.mode != "path":
        return
    if inference.type.only("array", "object"):
        access = inference.accesses[0]
        kind = inference.type.alternatives[0].kind
        yield Remark(Oddity.COLLECTION_IN_TEXT, access.start, access.end, {"kind": kind, "certain": True})


def shared_keys(survey: Survey) -> Iterator[Template]:
    """The cache key of the policy, in the scope of each step that has none of its own."""
    story = survey.story
    shared = next((site for site in survey.sites if site.field is Field.CACHE and site.step is None), None)
    if shared is None:
        return
    seen: set[int] = set()
    for step in story.every_step():
        template = survey.scopes.schemas.template(story, step)
        engram = survey.scopes.schemas.engram(story, step)
        if template is None or template.input_schema is None or id(template) in seen:
            continue
        keys = (step.cache_key, template.node.find(_OF_TEMPLATE), engram.node.find(_OF_ENGRAM) if engram else None)
        if any(key is not None for key in keys):
            continue
        seen.add(id(template))
        site = replace(shared, scope=survey.scopes.cached(step))
        yield from examine(site, story, survey.analysis.inferences)


_OF_TEMPLATE = ("spec", "execution", "cache", "key")
_OF_ENGRAM = ("spec", "executionPolicy", "cache", "key")


def is_shared(template: Template) -> bool:
    """Whether it is the cache key of a story's policy."""
    return template.site.field is Field.CACHE and template.site.step is None


def knows_all_inputs(survey: Survey) -> bool:
    """Whether the inputs of every step are described, so that a key of all of them is looked at in each."""
    steps = [step for step in survey.story.every_step() if step.ref is not None]
    templates = [survey.scopes.schemas.template(survey.story, step) for step in steps]
    return all(template is not None and template.input_schema is not None for template in templates)
