"""What a change can affect: the manifests that changed, all that leads to them, and the engrams behind them. Pure."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from validator.findings import Finding, Json, Severity, Subject, Suggestion, Unchecked
from validator.rules import manifests as rules
from validator.sources.manifests import Engram, EngramTemplate, Impulse, Manifest, Story
from validator.sources.workspace import Workspace
from validator.suite.cases import named_files
from validator.suite.config import NAMES, Config
from validator.suite.plan import Unit

MOST_NAMED = 8


@dataclass(frozen=True, slots=True)
class Affected:
    """What is looked at, and what is not."""

    revision: str
    files: frozenset[str]
    """Manifests that changed, or that refer to some that did."""
    subjects: frozenset[Subject]
    units: frozenset[str]
    """Names of the engrams that are run."""
    left_out: str = ""
    """What was not looked at, in words; empty when nothing was left out."""
    defined: frozenset[tuple[str, str]] = frozenset()
    """Kind and name of what the changed files held before."""

    @property
    def reason(self) -> str:
        """Why."""
        return f"nothing that has changed since {self.revision} can affect it; leave out --changed-since to look at all"

    def concerns(self, finding: Finding) -> bool:
        """Whether a finding is about something that is looked at."""
        places = (finding.location, *(related.location for related in finding.related))
        return any(place.file in self.files for place in places)

    def removed(self, unresolved: Unchecked) -> Finding | None:
        """That a reference which cannot be resolved named something that the change removes; None where it did not."""
        kind, _, name = unresolved.what.partition(" ")
        if unresolved.location is None or (kind, name) not in self.defined:
            return None
        rule = rules.MISSING_TEMPLATE if kind in ("EngramTemplate", "ImpulseTemplate") else rules.UNRESOLVED_REFERENCE
        return rule.at(
            unresolved.location,
            unresolved.subject,
            anchor=(kind, name),
            who=f"{unresolved.subject.kind} `{unresolved.subject.name}`",
            kind=kind,
            found=name,
            known=f"no {kind} since the change",
            severity=Severity.WARNING,
            suggestion=Suggestion(f"keep it, or change what refers to it: {self.revision} had it"),
        )


def affected(
    workspace: Workspace,
    config: Config,
    units: Sequence[Unit],
    changed: Iterable[str],
    revision: str,
    defined: frozenset[tuple[str, str]] = frozenset(),
) -> Affected:
    """What these changed files (paths below the workspace root) can affect.

    `defined` has kind and name of the objects that these files held before: what refers to one that is gone or has
    another name now is affected as well. A changed configuration can affect everything, and so can one that is gone. An
    engram is run when its template, its image's build context or archive, its program, or a file of its cases has
    changed, when `--image` names it, and when a story that is looked at uses it.
    """
    paths = frozenset(changed)
    manifests = [manifest for manifest in workspace.manifests if not manifest.provided]
    if paths & ({config.file} if config.file else {*NAMES}):
        return Affected(
            revision,
            frozenset({*paths, *(manifest.file for manifest in workspace.manifests)}),
            frozenset(manifest.subject for manifest in manifests),
            frozenset(unit.name for unit in units),
            defined=defined,
        )
    reached = _reached(workspace, paths, defined)
    files = frozenset({*paths, *(manifest.file for manifest in reached)})
    looked_at = [manifest for manifest in manifests if manifest.file in files]
    run = {unit.name for unit in units if _touched(unit, workspace, config, paths, files)}
    run |= _used(workspace, looked_at, units)
    left = [str(manifest.subject) for manifest in manifests if manifest.file not in files]
    left += [f"image of {unit.name}" for unit in units if unit.name not in run]
    return Affected(
        revision,
        files,
        frozenset(manifest.subject for manifest in looked_at),
        frozenset(run),
        _listed(left),
        defined,
    )


def _reached(workspace: Workspace, paths: frozenset[str], defined: frozenset[tuple[str, str]]) -> Iterator[Manifest]:
    """The manifests in changed files, those that name what these defined, and all that refer to one, however far."""
    referring: dict[int, list[Manifest]] = defaultdict(list)
    for manifest in workspace.manifests:
        for referred in _references(workspace, manifest):
            referring[id(referred)].append(manifest)
    waiting = [
        manifest
        for manifest in workspace.manifests
        if manifest.file in paths or (defined and not defined.isdisjoint(_referred(manifest)))
    ]
    seen = {id(manifest) for manifest in waiting}
    while waiting:
        manifest = waiting.pop()
        yield manifest
        for one in referring[id(manifest)]:
            if id(one) not in seen:
                seen.add(id(one))
                waiting.append(one)


def _referred(manifest: Manifest) -> Iterator[tuple[str, str]]:
    """Kind and name of what a manifest refers to, whether it is there or not."""
    if isinstance(manifest, Engram | Impulse) and manifest.template_ref is not None:
        yield ("EngramTemplate" if isinstance(manifest, Engram) else "ImpulseTemplate"), manifest.template_ref.name
    if isinstance(manifest, Story):
        for step in manifest.every_step():
            if step.ref is not None:
                yield "Engram", step.ref.name
    for name in _values(manifest.node.value, ("storyRef",)):
        yield "Story", name
    for name in _values(manifest.node.value, ("transportRef",)):
        yield "Transport", name


def _references(workspace: Workspace, manifest: Manifest) -> Iterator[Manifest]:
    """What a manifest needs to be judged."""
    found: list[Manifest | None] = []
    if isinstance(manifest, Engram):
        found.append(workspace.template_of(manifest))
    elif isinstance(manifest, Impulse):
        found += [workspace.impulse_template_of(manifest), workspace.story_of(manifest)]
    elif isinstance(manifest, Story):
        found += [workspace.engram_of(manifest, step) for step in manifest.every_step()]
    found += _named(workspace, manifest)
    yield from (one for one in found if one is not None)


def _named(workspace: Workspace, manifest: Manifest) -> Iterator[Manifest]:
    """Stories and transports whose names stand in `storyRef` or `transportRef`, wherever that is."""
    names = set(_values(manifest.node.value, ("storyRef", "transportRef")))
    for other in (*workspace.stories, *workspace.transports):
        if other.name in names:
            yield other


def _values(value: Json, keys: tuple[str, ...]) -> Iterator[str]:
    if isinstance(value, dict):
        for key, member in value.items():
            if key in keys:
                name = member.get("name") if isinstance(member, dict) else member
                if isinstance(name, str):
                    yield name
            yield from _values(member, keys)
    elif isinstance(value, list):
        for item in value:
            yield from _values(item, keys)


def _touched(unit: Unit, workspace: Workspace, config: Config, paths: frozenset[str], files: frozenset[str]) -> bool:
    """Whether a change can make a difference to what an engram puts out, or to how that is judged."""
    if unit.template.file in files:
        return True
    override = unit.override
    if override is not None:
        if override.provenance.startswith("--image"):
            return True
        below = [override.build.context] if override.build is not None else []
        below += [path for path in (override.load, *override.process[:1]) if path]
        places = [os.path.relpath(config.base / path, workspace.root) for path in below]
        if any(_inside(path, place) for place in places for path in paths):
            return True
    recorded = {name for case in unit.cases for name in named_files(case)}
    return any(os.path.relpath(config.base / name, workspace.root) in paths for name in recorded)


def _inside(path: str, place: str) -> bool:
    return place in {".", path} or path.startswith(f"{place}/")


def _used(workspace: Workspace, looked_at: Iterable[Manifest], units: Iterable[Unit]) -> set[str]:
    """The engrams of the stories that are looked at."""
    templates: set[int] = set()
    engrams: set[int] = set()
    for manifest in looked_at:
        if isinstance(manifest, Story):
            for step in manifest.every_step():
                engram = workspace.engram_of(manifest, step)
                template: EngramTemplate | None = workspace.template_of(engram) if engram is not None else None
                engrams.add(id(engram))
                templates.add(id(template))
    return {
        unit.name
        for unit in units
        if (id(unit.engram) in engrams if unit.engram is not None else id(unit.template) in templates)
    }


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(names[:MOST_NAMED])
    more = len(names) - MOST_NAMED
    return f"{shown} and {more} more" if more > 0 else shown
