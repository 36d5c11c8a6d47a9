"""EV1: what stands in the manifests, before anything is evaluated or run.

May import: everything but reports and cli.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from validator.checks.manifests.crds import RESOURCES
from validator.checks.manifests.documents import check_document, defined_twice
from validator.checks.manifests.engrams import check_mode, check_secrets
from validator.checks.manifests.output_keys import check_output_keys
from validator.checks.manifests.references import (
    check_engram_references,
    check_impulse_references,
    check_story_references,
)
from validator.checks.manifests.schemas import check_config, check_runs, check_schemas
from validator.checks.manifests.steps import check_story
from validator.checks.manifests.structure import check_shape
from validator.findings import Finding, Unchecked
from validator.sources.documents import SourceDocument
from validator.sources.manifests import Engram, EngramTemplate, Impulse, Manifest, Story
from validator.sources.workspace import Workspace
from validator.stories.analysis import StoryAnalysis


def check(workspace: Workspace) -> Iterator[Finding | Unchecked]:
    """Check every manifest of this repository. What could not be read is in `Workspace.problems` already."""
    stories = (document for document in _own(workspace) if isinstance(document.manifest, Story))
    yield from check_all(workspace, (verdict for document in stories for verdict in _document(workspace, document)))


def story_check(workspace: Workspace) -> Callable[[StoryAnalysis], list[Finding | Unchecked]]:
    """What looks at the manifests of stories, one at a time."""
    documents = {document.manifest: document for document in workspace.everything}
    return lambda analysis: list(_document(workspace, documents[analysis.story]))


def check_all(workspace: Workspace, of_stories: Iterable[Finding | Unchecked]) -> Iterator[Finding | Unchecked]:
    """The verdicts on all stories, and those on all other documents."""
    yield from of_stories
    for document in _own(workspace):
        if not isinstance(document.manifest, Story):
            yield from _document(workspace, document)
    yield from defined_twice(workspace)
    yield from check_runs(workspace)


def _own(workspace: Workspace) -> Iterator[SourceDocument]:
    return (document for document in workspace.everything if document.manifest.own)


def _document(workspace: Workspace, document: SourceDocument) -> Iterator[Finding | Unchecked]:
    manifest = document.manifest
    yield from check_document(document)
    if type(manifest) is not Manifest:
        yield from check_shape(manifest, manifest.node, RESOURCES[manifest.kind])
        yield from _check_kind(workspace, manifest)
        yield from check_schemas(manifest)


def _check_kind(workspace: Workspace, manifest: Manifest) -> Iterator[Finding | Unchecked]:
    match manifest:
        case Story():
            yield from check_story(workspace, manifest)
            yield from check_story_references(workspace, manifest)
        case EngramTemplate():
            yield from check_output_keys(manifest)
        case Engram():
            yield from check_engram_references(workspace, manifest)
            template = workspace.template_of(manifest)
            if template is not None:
                yield from check_mode(manifest, template)
                yield from check_secrets(manifest, template)
                yield from check_config(manifest, template)
        case Impulse():
            yield from check_impulse_references(workspace, manifest)
            impulse_template = workspace.impulse_template_of(manifest)
            if impulse_template is not None:
                yield from check_secrets(manifest, impulse_template)
                yield from check_config(manifest, impulse_template)
