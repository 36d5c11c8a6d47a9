"""What the keys of `images:` and `cases:` name: a template, `engram/NAMESPACE/NAME` or `step/STORY/STEP`."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence

from validator.findings import Finding, Subject, Suggestion
from validator.rules import config as config_rules
from validator.sources.manifests import Engram
from validator.sources.workspace import Workspace
from validator.suite.config import Config
from validator.suite.overrides import version_fault


def unknown_targets(workspace: Workspace, config: Config, *, narrowed: bool = False) -> Iterator[Finding]:
    """Keys of `images:` and `cases:` that name nothing in the workspace.

    `narrowed`: only some of the repository's manifests were read. Then what the file speaks of may stand in the others,
    unless a key is plainly a slip.
    """
    templates = sorted({template.name for template in workspace.templates})
    places = [("images", override.key, override.location) for override in config.images]
    places += [("cases", key, location) for key, location in config.case_keys.items()]
    for where, key, location in places:
        name, at, version = key.partition("@")
        known = name in templates or engram_of(workspace, name) is not None
        slip = _meant(workspace, name, templates) if not known else ""
        if fault := version_fault(key):
            yield config_rules.INVALID_VALUE.at(
                location,
                Subject("config", config.file or location.file),
                anchor=(where, key),
                where=f"`{where}`",
                problem=f"`{key}` names {fault}: write `{name}`, or one such as `{name}@1.2.0`",
            )
            continue
        # An Engram that was read does not make its name a slip: the template of this name may stand in the others.
        if known or (narrowed and (not slip or "/" in slip) and location.file == config.file):
            continue
        yield config_rules.UNKNOWN_TARGET.at(
            location,
            Subject("config", config.file or location.file),
            anchor=(where, key),
            key=key,
            where=f"`{where}`",
            kind="template, engram or step",
            known=f"known are {', '.join(f'`{name}`' for name in templates)}" if templates else "it has no template",
            suggestion=Suggestion(f"did you mean `{slip}`?", location, slip if "/" in slip else f"{slip}{at}{version}")
            if slip
            else None,
        )


def _meant(workspace: Workspace, name: str, templates: Sequence[str]) -> str:
    """The key that was probably meant: of the Engram or step of this name, else one spelt alike; empty for none."""
    engrams = {f"engram/{engram.namespace}/{engram.name}": engram.name for engram in workspace.engrams}
    steps = {
        f"step/{story.name}/{step.name}": step.name
        for story in workspace.stories
        for step in story.every_step()
        if step.ref is not None
    }
    for forms in (engrams, steps):
        called = [form for form, own in forms.items() if name in {own, form.partition("/")[2]}]
        if len(called) == 1:
            return called[0]
    return next(iter(difflib.get_close_matches(name, [*templates, *engrams, *steps], 1, 0.7)), "")


def engram_of(workspace: Workspace, key: str) -> Engram | None:
    """The Engram behind `engram/NAMESPACE/NAME` or `step/STORY/STEP`."""
    match key.split("/"):
        case ["engram", namespace, name]:
            return workspace.find(Engram, name, namespace)
        case ["step", story_name, step_name]:
            for story in workspace.stories:
                if story.name == story_name:
                    steps = (step for step in story.every_step() if step.name == step_name)
                    return next((workspace.engram_of(story, step) for step in steps), None)
    return None
