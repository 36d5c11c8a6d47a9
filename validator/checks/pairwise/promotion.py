"""Can a new version be promoted? What it breaks by itself, and in the stories of the workspace that use it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

from validator.checks import manifests, pairwise, resolution
from validator.checks.pairwise.evolution import Evolution
from validator.findings import Finding, Json, Severity, Unchecked
from validator.sources.manifests import EngramTemplate
from validator.sources.workspace import Workspace, assemble

CHECKS: tuple[Callable[[Workspace], Iterator[Finding | Unchecked]], ...] = (
    manifests.check,
    resolution.check,
    pairwise.check,
)
"""The checks that a story or an engram can begin to fail because of a template."""


@dataclass(frozen=True, slots=True)
class Change:
    """One template in both versions."""

    old: EngramTemplate
    new: EngramTemplate
    verdicts: tuple[Finding | Unchecked, ...]
    stories: tuple[str, ...]
    """The stories that use it."""
    broken: tuple[str, ...]
    """Those of them that find something with the new version that they did not with the old one."""

    @property
    def breaking(self) -> bool:
        """Whether it breaks a promise that its version does not announce to break."""
        return any(isinstance(one, Finding) and one.severity is Severity.ERROR for one in self.verdicts)

    @property
    def promotable(self) -> bool:
        """Whether nothing speaks against it here."""
        return not self.breaking and not self.broken

    def sentence(self) -> str:
        """The verdict in one line."""
        name = f"`{self.new.name}` {self.old.version} -> {self.new.version}"
        used = f"{len(self.stories)} {'story uses' if len(self.stories) == 1 else 'stories use'} it"
        if self.broken:
            return f"{name}: must not be promoted, it breaks {', '.join(f'story `{one}`' for one in self.broken)}"
        if self.breaking:
            return f"{name}: must not be promoted, it breaks what the released version promises; here {used}"
        return f"{name}: can be promoted; here {used}"


@dataclass(frozen=True, slots=True)
class Promotion:
    """All templates that changed, and what changes with them."""

    changes: tuple[Change, ...]
    consequences: tuple[Finding, ...]
    """Findings about stories and engrams that are there with the new versions only."""

    def verdicts(self) -> Iterator[Finding | Unchecked]:
        """Everything that is to be said."""
        for change in self.changes:
            yield from change.verdicts
        yield from self.consequences

    def document(self) -> Json:
        """The answer for each template, as JSON."""
        return [
            {
                "template": change.new.name,
                "released": change.old.version,
                "new": change.new.version,
                "promotable": change.promotable,
                "stories": [*change.stories],
                "broken": [*change.broken],
            }
            for change in self.changes
        ]


def promote(workspace: Workspace, released: Mapping[str, EngramTemplate]) -> Promotion:
    """Compare the templates of a workspace with their released versions, by name."""
    pairs = [
        (released[template.name], template)
        for template in workspace.templates
        if template.own and template.name in released
    ]
    evolution = Evolution()
    before = {finding.fingerprint for finding in _findings(_as_released(workspace, released))}
    consequences = tuple(
        finding
        for finding in _findings(workspace)
        if finding.fingerprint not in before and finding.subject.kind != "template" and finding.severity.rank
    )
    told = {finding.subject.name for finding in consequences if finding.subject.kind == "story"}
    changes = []
    for old, new in pairs:
        stories = tuple(dict.fromkeys(story.subject.name for story, _, _ in workspace.uses_of(new)))
        changes.append(
            Change(
                old, new, tuple(evolution.verdicts(old, new)), stories, tuple(name for name in stories if name in told)
            )
        )
    return Promotion(tuple(changes), consequences)


def _findings(workspace: Workspace) -> Iterator[Finding]:
    for check in CHECKS:
        yield from (verdict for verdict in check(workspace) if isinstance(verdict, Finding))


def _as_released(workspace: Workspace, released: Mapping[str, EngramTemplate]) -> Workspace:
    """The same workspace with the released templates in place of the new ones."""
    documents = [
        replace(document, manifest=replace(released[document.manifest.name], provided=document.manifest.provided))
        if isinstance(document.manifest, EngramTemplate) and document.manifest.name in released
        else document
        for document in workspace.everything
    ]
    return assemble(workspace.root, workspace.files, documents, workspace.problems)
