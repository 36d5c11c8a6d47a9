"""A repository's manifests, and which of them refer to which: step -> Engram -> EngramTemplate -> image."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

from validator.findings import Finding, Location, Subject, Unchecked
from validator.rules import manifests as rules
from validator.sources.collector import paused
from validator.sources.discovery import files_below
from validator.sources.documents import DocumentReader, SourceDocument
from validator.sources.files import LoadedFile, load_content, load_file
from validator.sources.limits import Limits
from validator.sources.manifests import (
    Engram,
    EngramTemplate,
    Impulse,
    ImpulseTemplate,
    Manifest,
    Step,
    Story,
    Transport,
)
from validator.sources.text import SourceText
from validator.sources.versions import chosen

_Kind = TypeVar("_Kind", bound=Manifest)


@dataclass(frozen=True, eq=False)
class Workspace:
    """Everything that was read. Frozen, and in a stable order: by file, then by place in the file.

    Not slotted: what is asked again and again is worked out once.
    """

    root: Path
    files: tuple[SourceText, ...]
    everything: tuple[SourceDocument, ...]
    """All documents, also those of other repositories and those that are no Kubernetes objects."""
    problems: tuple[Finding, ...] = ()
    """What could not be read: exit status 2, with everything else still checked."""
    _index: dict[tuple[str, str], list[Manifest]] = field(default_factory=dict, repr=False)
    passed_over: tuple[Unchecked, ...] = ()
    """What looks like a manifest by its name, and was not read since nobody named it."""

    @cached_property
    def documents(self) -> tuple[SourceDocument, ...]:
        """What is checked: the documents of this repository that hold an object of one of our kinds."""
        return tuple(
            document
            for document in self.everything
            if document.manifest.own and type(document.manifest) is not Manifest
        )

    def of_kind(self, kind: type[_Kind]) -> tuple[_Kind, ...]:
        """All objects of one kind, those of other repositories (`provided`) last."""
        return tuple(manifest for manifest in self._kinds.get(kind, ()) if isinstance(manifest, kind))

    @cached_property
    def _kinds(self) -> dict[type[Manifest], list[Manifest]]:
        kinds: dict[type[Manifest], list[Manifest]] = {}
        for document in sorted(self.everything, key=lambda document: document.manifest.provided):
            kinds.setdefault(type(document.manifest), []).append(document.manifest)
        return kinds

    def names(self, kind: type[Manifest], namespace: str | None = None) -> tuple[str, ...]:
        """The names of a kind, in alphabetical order; of one namespace (empty for those that leave it open), or all."""
        names = self._names.get(kind, {})
        return names.get(namespace, ())

    @cached_property
    def _names(self) -> dict[type[Manifest], dict[str | None, tuple[str, ...]]]:
        names: dict[type[Manifest], dict[str | None, set[str]]] = {}
        for kind, manifests in self._kinds.items():
            for manifest in manifests:
                if manifest.name:
                    names.setdefault(kind, {}).setdefault(manifest.namespace, set()).add(manifest.name)
                    names[kind].setdefault(None, set()).add(manifest.name)
        return {
            kind: {namespace: tuple(sorted(found)) for namespace, found in spaces.items()}
            for kind, spaces in names.items()
        }

    @cached_property
    def holds_templates(self) -> bool:
        """Whether it is meant to hold the templates of its engrams: some are provided, or several engrams have theirs.

        Else a template that is missing may well be in the cluster.
        """
        if any(template.provided for template in self.templates):
            return True
        return sum(1 for engram in self.engrams if self.template_of(engram) is not None) > 1

    @cached_property
    def manifests(self) -> tuple[Manifest, ...]:
        """All Kubernetes objects, those of other kinds and repositories included."""
        return tuple(document.manifest for document in self.everything if document.manifest.kind)

    @property
    def stories(self) -> tuple[Story, ...]:
        """All Stories."""
        return self.of_kind(Story)

    @property
    def engrams(self) -> tuple[Engram, ...]:
        """All Engrams."""
        return self.of_kind(Engram)

    @property
    def impulses(self) -> tuple[Impulse, ...]:
        """All Impulses."""
        return self.of_kind(Impulse)

    @property
    def templates(self) -> tuple[EngramTemplate, ...]:
        """All EngramTemplates."""
        return self.of_kind(EngramTemplate)

    @property
    def transports(self) -> tuple[Transport, ...]:
        """All Transports."""
        return self.of_kind(Transport)

    def text_of(self, path: str) -> SourceText | None:
        """The text of a file that was read, for excerpts."""
        return next((text for text in self.files if text.path == path), None)

    def find(self, kind: type[_Kind], name: str, namespace: str = "") -> _Kind | None:
        """The object of this name. One in the namespace comes first, then one that leaves its namespace open.

        An empty `namespace` finds the object in any: manifests are often applied with `-n`.
        """
        key = (kind, name, namespace)
        if key not in self._found:
            self._found[key] = self._search(kind, name, namespace)
        found: _Kind | None = self._found[key]
        return found

    @cached_property
    def _found(self) -> dict[tuple[type[Manifest], str, str], Any]:
        """What was looked for before."""
        return {}

    def _search(self, kind: type[_Kind], name: str, namespace: str) -> _Kind | None:
        named = [found for found in self._index.get((kind.__name__, name), ()) if isinstance(found, kind)]
        exact = [found for found in named if found.namespace == namespace]
        loose = [found for found in named if not (found.namespace and namespace)]
        return next(iter(exact or loose), None)

    def engram(self, namespace: str, name: str) -> Engram | None:
        """The Engram of this name; an empty namespace finds it in any."""
        return self.find(Engram, name, namespace)

    def engram_of(self, story: Story, step: Step) -> Engram | None:
        """The Engram that a step runs, in the story's namespace unless `ref.namespace` says otherwise."""
        ref = step.ref
        if ref is None or not ref.name:
            return None
        return self.find(Engram, ref.name, ref.namespace or story.namespace)

    def template_of(self, engram: Engram) -> EngramTemplate | None:
        """The EngramTemplate of an Engram."""
        ref = engram.template_ref
        return self.template(ref.name, ref.version) if ref else None

    def template(self, name: str, version: str = "") -> EngramTemplate | None:
        """The EngramTemplate of this name: that of the version where there are several, else the newest."""
        key = (name, version)
        if key not in self._chosen:
            named = self._index.get((EngramTemplate.__name__, name), ())
            self._chosen[key] = chosen([found for found in named if isinstance(found, EngramTemplate)], version)
        return self._chosen[key]

    @cached_property
    def _chosen(self) -> dict[tuple[str, str], EngramTemplate | None]:
        """The templates that were asked for before."""
        return {}

    def step_template(self, story: Story, step: Step) -> EngramTemplate | None:
        """The EngramTemplate behind a step; None when any link is missing."""
        engram = self.engram_of(story, step)
        return self.template_of(engram) if engram else None

    def impulse_template_of(self, impulse: Impulse) -> ImpulseTemplate | None:
        """The ImpulseTemplate of an Impulse."""
        ref = impulse.template_ref
        named = self._index.get((ImpulseTemplate.__name__, ref.name), ()) if ref else ()
        return chosen([found for found in named if isinstance(found, ImpulseTemplate)], ref.version if ref else "")

    def story_of(self, impulse: Impulse) -> Story | None:
        """The Story that an Impulse triggers."""
        ref = impulse.story_ref
        return self.find(Story, ref.name, ref.namespace or impulse.namespace) if ref else None

    def uses_of(self, template: EngramTemplate) -> Iterator[tuple[Story, Step, Engram]]:
        """The steps that run an engram of this template, branches included."""
        for story in self.stories:
            for step in story.every_step():
                engram = self.engram_of(story, step)
                if engram is not None and self.template_of(engram) is template:
                    yield story, step, engram


def load(
    root: Path,
    manifests: Sequence[str] = (),
    templates: Sequence[str] = (),
    *,
    given: Mapping[str, bytes] | None = None,
    limits: Limits | None = None,
) -> Workspace:
    """Read the manifests of a repository.

    `manifests` and `templates` hold files, directories and glob patterns (`**` crosses directories), relative to
    `root`. `given` are manifests that are in no file, by the name that findings call them. Without either, everything
    below `root` is looked through. What `templates` name comes from other repositories: it resolves references only.
    Nothing that files hold raises; see `Workspace.problems`.
    """
    root = root.resolve()
    limits = limits or Limits()
    with paused():
        reader = DocumentReader(limits)
        loaded: dict[str, tuple[SourceText | None, tuple[SourceDocument, ...]]] = {}
        problems: list[Finding] = []
        passed_over: dict[str, Unchecked] = {}

        def add(path: str, file: LoadedFile | None, *, named: bool, provided: bool) -> None:
            if file is not None:
                loaded[path] = file.text, reader.objects(file, named=named, provided=provided)
                problems.extend(file.problems)

        for name, content in (given or {}).items():
            add(name, load_content(content, name, limits), named=True, provided=False)
        wanted = manifests or (() if given else (".",))
        for patterns, provided in ((wanted, False), (templates, True)):
            for path, file, named in _expand(root, patterns, problems, passed_over):
                if path not in loaded:
                    add(path, load_file(file, path, limits, named=named), named=named, provided=provided)
        files = [each for _, each in sorted(loaded.items())]
        documents = [document for _, found in files for document in found]
        texts = tuple(text for text, _ in files if text is not None)
        return replace(assemble(root, texts, documents, problems), passed_over=tuple(passed_over.values()))


def assemble(
    root: Path, files: Iterable[SourceText], documents: Iterable[SourceDocument], problems: Iterable[Finding] = ()
) -> Workspace:
    """Join documents that were read elsewhere into a workspace."""
    documents = tuple(_mark_namesakes(documents))
    index: dict[tuple[str, str], list[Manifest]] = {}
    for document in sorted(documents, key=lambda document: document.manifest.provided):
        manifest = document.manifest
        index.setdefault((type(manifest).__name__, manifest.name), []).append(manifest)
    ordered = tuple(sorted(problems, key=lambda finding: finding.sort_key))
    return Workspace(root, tuple(files), documents, ordered, index)


def _mark_namesakes(documents: Iterable[SourceDocument]) -> Iterator[SourceDocument]:
    """The documents; what has its name in common with an object of another namespace knows it."""
    documents = tuple(documents)
    namespaces: dict[tuple[str, str], set[str]] = {}
    for document in documents:
        manifest = document.manifest
        if manifest.own and manifest.name:
            namespaces.setdefault((manifest.kind, manifest.name), set()).add(manifest.namespace)
    for document in documents:
        manifest = document.manifest
        namesake = manifest.own and len(namespaces.get((manifest.kind, manifest.name), ())) > 1
        same = namesake == manifest.namesake
        yield document if same else replace(document, manifest=manifest.as_namesake(namesake=namesake))


def visited(manifests: Iterable[_Kind]) -> Iterator[_Kind]:
    """Each in turn. What was read or worked out for one only while somebody looks at it goes when the next file comes.

    Objects of one file follow each other: each file is read again once.
    """
    before: list[_Kind] = []
    for manifest in manifests:
        if before and before[0].tree.file is not manifest.tree.file:
            _release(before)
        before.append(manifest)
        yield manifest
    _release(before)


def _release(manifests: list[_Kind]) -> None:
    for manifest in manifests:
        manifest.release()
    manifests.clear()


def _readable(root: Path, folder: Path, passed_over: dict[str, Unchecked]) -> Iterator[tuple[str, Path]]:
    """The files below a folder, without those that are passed over."""
    for file in files_below(folder):
        path = _relative(file, root)
        reason = _unread(file, root if folder.resolve().is_relative_to(root) else folder.resolve())
        if reason:
            passed_over[path] = Unchecked(path, reason, Subject("file", path))
        else:
            yield path, file


def _expand(
    root: Path, patterns: Sequence[str], problems: list[Finding], passed_over: dict[str, Unchecked]
) -> Iterator[tuple[str, Path, bool]]:
    """Each file that the patterns mean: what findings call it, where it is, and whether somebody named it."""
    for pattern in patterns:
        target = root / pattern
        if target.is_dir():
            yield from ((path, file, False) for path, file in _readable(root, target, passed_over))
        elif target.exists() or not glob.has_magic(pattern):
            yield _relative(target, root), target, True
        else:
            found = sorted(glob.glob(pattern, root_dir=root, recursive=True))  # noqa: PTH207 - also takes absolute ones
            matches = [root / match for match in found if not (root / match).is_dir()]
            if not matches:
                problems.append(_nothing(pattern))
            for file in matches:
                yield _relative(file, root), file, True


def _nothing(pattern: str) -> Finding:
    return rules.UNREADABLE_FILE.at(
        Location(pattern), Subject("file", pattern), file=pattern, problem="no file matches this pattern"
    )


def _unread(file: Path, root: Path) -> str:
    """Why a file that nobody named is not read: a link may lead anywhere, a pipe would be waited for."""
    if file.is_symlink() and not Path(os.path.realpath(file)).is_relative_to(root):
        return "a link that leads out of the repository is not followed unless it is named"
    if file.exists() and not file.is_file():
        return "it is no ordinary file"
    return ""


def _relative(file: Path, root: Path) -> str:
    """The path below the root, with forward slashes; `../` leads to what is named outside."""
    absolute = Path(os.path.abspath(file))  # noqa: PTH100 - `resolve` would follow links, which people do not see
    return Path(os.path.relpath(absolute, root)).as_posix()
