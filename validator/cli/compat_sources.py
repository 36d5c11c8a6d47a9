"""Where the templates of `compat` come from: files, names in the workspace, a catalogue, a released version."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import click

from validator.checks.pairwise.versions import is_lower
from validator.findings import Finding
from validator.rules.names import listed, nearest
from validator.sources.manifests import EngramTemplate, view
from validator.sources.reader import read
from validator.sources.text import SourceText
from validator.sources.versions import label, same
from validator.sources.workspace import Workspace, assemble, load
from validator.suite import git


def chosen(root: Path, things: Sequence[str], templates: Sequence[str]) -> list[EngramTemplate]:
    """The template that each argument means: of a file that holds one, else of this name in the workspace."""
    workspace: Workspace | None = None
    found: list[EngramTemplate] = []
    for thing in things:
        if _is_file(root, thing):
            found.append(_only(thing, load(root, [_below(root, thing)])))
            continue
        workspace = workspace or load(root, templates=templates)
        template = _named(workspace, thing)
        if template is None:
            names = sorted({label(one, workspace.templates) for one in workspace.templates if one.name})
            close = nearest(thing, names)
            guess = f", did you mean `{close}`" if close else ""
            raise click.UsageError(
                f"`{thing}` is neither a file nor an EngramTemplate of the workspace{guess}"
                + (f"; there are {listed(names)}" if names else "; it has none")
            )
        found.append(template)
    return found


def _named(workspace: Workspace, thing: str) -> EngramTemplate | None:
    """The template that `NAME` or `NAME@VERSION` means; None where there is none of this name and version."""
    name, at, version = thing.partition("@")
    template = workspace.template(name, version)
    return None if template is not None and at and not same(template.version, version) else template


def catalogue(root: Path, things: Sequence[str], templates: Sequence[str]) -> tuple[EngramTemplate, ...]:
    """All templates of the paths (else of the workspace), and those of other repositories."""
    return workspace_of(root, things, templates).templates


def workspace_of(root: Path, things: Sequence[str], templates: Sequence[str]) -> Workspace:
    """The workspace that is read from the paths, or from all below the root."""
    workspace = load(root, [_below(root, thing) for thing in things], templates)
    _refuse(workspace.problems)
    return workspace


def about(root: Path, chosen: Workspace, templates: Sequence[str]) -> Workspace:
    """Everything below the root, for the stories and engrams that use the chosen templates.

    Other versions of these are left out, and so is what cannot be read: nobody asked about it.
    """
    names = {template.name for template in chosen.templates}
    files = {document.manifest.file for document in chosen.everything}
    others = [
        document
        for document in load(root, templates=templates).everything
        if document.manifest.file not in files
        and not (isinstance(document.manifest, EngramTemplate) and document.manifest.name in names)
    ]
    return assemble(root, chosen.files, [*chosen.everything, *others])


def released(root: Path, baseline: str, workspace: Workspace) -> tuple[list[EngramTemplate], dict[str, Sequence[str]]]:
    """The released templates, of each name maybe several, and the lines of files that are not in the working tree."""
    texts: dict[str, Sequence[str]] = {}
    found: list[EngramTemplate] = []
    if (root / baseline).exists() or ":" not in baseline:
        there = load(root, [baseline])
        _refuse(there.problems)
        return list(there.templates), texts
    for path, text in _revision(root, baseline, workspace):
        texts[path] = text.splitlines()
        for document in read(SourceText(path, text)).documents:
            manifest = view(document.root)
            if isinstance(manifest, EngramTemplate):
                found.append(manifest)
    return found, texts


def newest(templates: Iterable[EngramTemplate]) -> dict[str, EngramTemplate]:
    """The released version of each name: of several, the highest."""
    found: dict[str, EngramTemplate] = {}
    for template in templates:
        known = found.get(template.name)
        if known is None or is_lower(known.version, template.version):
            found[template.name] = template
    return found


def without(workspace: Workspace, released_templates: Iterable[EngramTemplate]) -> Workspace:
    """The workspace without the files of the baseline, where these are below its root."""
    files = {template.file for template in released_templates}
    documents = [document for document in workspace.everything if document.manifest.file not in files]
    return assemble(workspace.root, workspace.files, documents, workspace.problems)


def _revision(root: Path, baseline: str, workspace: Workspace) -> Iterator[tuple[str, str]]:
    """The files of a git revision: the named one, those below a folder, or those that templates stand in today."""
    revision, _, path = baseline.partition(":")
    paths = [path] if path else sorted({template.file for template in workspace.templates if template.own})
    for each in paths:
        kind = _git(root, baseline, "cat-file", "-t", f"{revision}:./{each}").strip()
        names = [each]
        if kind == "tree":
            below = _git(root, baseline, "ls-tree", "-r", "--name-only", "-z", revision, "--", each)
            names = [name for name in below.split("\0") if name.endswith((".yaml", ".yml", ".json"))]
        for name in names:
            yield f"{revision}:{name}", _git(root, baseline, "show", f"{revision}:./{name}")


def _git(root: Path, baseline: str, *arguments: str) -> str:
    try:
        return git.ask(root, *arguments).decode("utf-8-sig", "replace")
    except git.GitError as error:
        raise click.UsageError(f"--baseline {baseline}: {_advice(baseline, str(error))}") from error


def _advice(baseline: str, message: str) -> str:
    """Why git has no such file, and what to do."""
    revision, _, path = baseline.partition(":")
    if "not a git repository" in message:
        return (
            f"this is no git repository, so there is no revision `{revision}`; "
            "name a file or a folder that holds the released templates instead"
        )
    if "does not exist in" in message or "exists on disk, but not in" in message:
        missing = re.search(r"path '(.*?)'", message)
        return f"there is no file {missing[1] if missing else path} in the revision `{revision}`"
    if any(words in message for words in ("invalid object name", "Not a valid object name", "bad revision")):
        return f"git does not know the revision `{revision}`; look for a slip, or fetch it first with `git fetch`"
    return next(iter(message.removeprefix("fatal: ").splitlines()), "git failed")


def _is_file(root: Path, thing: str) -> bool:
    return Path(thing).is_file() or (root / thing).is_file()


def _below(root: Path, thing: str) -> str:
    """A path as the workspace takes it: one of the current folder, else of the root."""
    return str(Path(thing).absolute()) if Path(thing).exists() else thing


def _only(thing: str, workspace: Workspace) -> EngramTemplate:
    _refuse(workspace.problems)
    found = workspace.templates
    if len(found) == 1:
        return found[0]
    if found:
        raise click.UsageError(f"{thing} holds several EngramTemplates: name one of {listed(t.name for t in found)}")
    raise click.UsageError(f"{thing} holds no EngramTemplate")


def _refuse(problems: Sequence[Finding]) -> None:
    if problems:
        raise click.UsageError(f"{problems[0].location}: {problems[0].message}")
