"""Documents as such: doubled keys, kinds and apiVersions, objects that are defined twice."""

from __future__ import annotations

import difflib
from collections.abc import Iterator

from validator.findings import Finding, Location, Related, Severity, Subject, Suggestion
from validator.rules import manifests as rules
from validator.rules.names import listed, nearest
from validator.sources.documents import SourceDocument
from validator.sources.manifests import CATALOG, CLUSTER_SCOPED, CORE, KINDS, RUNS, TRANSPORT, Manifest
from validator.sources.node import MISREAD, Node
from validator.sources.template import EngramTemplate, ImpulseTemplate
from validator.sources.versions import same
from validator.sources.workspace import Workspace

_KINDS_OF_GROUP = {
    CORE: ("Story", "Engram", "Impulse"),
    CATALOG: ("EngramTemplate", "ImpulseTemplate"),
    TRANSPORT: ("Transport", "TransportBinding"),
    RUNS: ("StoryRun", "StepRun", "StoryTrigger", "EffectClaim"),
    "policy.bubustack.io/v1alpha1": ("ReferenceGrant",),
}
_VERSION_OF_KIND = {kind: version for version, kinds in _KINDS_OF_GROUP.items() for kind in kinds}
_GROUPS = {version.partition("/")[0]: version for version in _KINDS_OF_GROUP}


def check_document(document: SourceDocument) -> Iterator[Finding]:
    """A document of this repository, whatever it holds."""
    yield from _duplicate_keys(document)
    yield from _misread_keys(document)
    yield from _identity(document)


def _duplicate_keys(document: SourceDocument) -> Iterator[Finding]:
    manifest = document.manifest
    if not (_is_ours(manifest) or document.named):
        return
    for duplicate in document.duplicates:
        source = manifest.node.source
        written = {source.text[slice(*extent)] for extent in (duplicate.first, duplicate.second)}
        misread = len(written) > 1 and any(word.lower() in MISREAD for word in written)
        advice = f"quote them: YAML reads {listed(written)} as the same boolean" if misread else "remove one of them"
        yield rules.DUPLICATE_KEY.at(
            source.location(*duplicate.second),
            manifest.subject,
            anchor=(duplicate.key,),
            key=duplicate.key,
            suggestion=Suggestion(advice),
            related=[Related(source.location(*duplicate.first), "the key stands here first")],
        )


def _misread_keys(document: SourceDocument) -> Iterator[Finding]:
    manifest = document.manifest
    if not document.has_boolean_keys or not _is_ours(manifest):
        return
    seen: set[int] = set()
    for path, node in manifest.node.walk():
        if id(node) in seen:  # an alias names the same node again
            continue
        seen.add(id(node))
        for name, written, location in node.misread_keys():
            quoted = f'"{written}"'
            yield rules.MISREAD_KEY.at(
                location,
                manifest.subject,
                anchor=(*path, name),
                written=written,
                name=name,
                suggestion=Suggestion(f"write `{quoted}`", location, quoted),
            )


def _is_ours(manifest: Manifest) -> bool:
    return type(manifest) is not Manifest or manifest.api_version.partition("/")[0] in _GROUPS


def _identity(document: SourceDocument) -> Iterator[Finding]:
    manifest, node = document.manifest, document.manifest.node
    if not node.is_mapping or not (manifest.kind or manifest.api_version):
        if document.named:
            problem = "it has neither apiVersion nor kind" if node.is_mapping else "it is no mapping"
            yield rules.NOT_A_MANIFEST.at(_first_place(node), Subject("file", node.file), problem=problem)
        return
    if manifest.api_version and manifest.kind:
        yield from _kind_and_version(manifest)
    elif _is_ours(manifest) or manifest.kind in KINDS:
        missing = "kind" if manifest.api_version else "apiVersion"
        expected = _VERSION_OF_KIND.get(manifest.kind)
        ours = manifest.api_version or (document.named or node.get("spec") is not None)
        if ours:
            yield rules.MISSING_FIELD.at(
                _first_place(node),
                manifest.subject,
                anchor=(missing,),
                where="the document",
                field=missing,
                suggestion=Suggestion(f"add `apiVersion: {expected}`" if expected else f"add `{missing}`"),
            )
    if type(manifest) is not Manifest:
        yield from _name(manifest)


def _kind_and_version(manifest: Manifest) -> Iterator[Finding]:
    version, kind = manifest.api_version, manifest.kind
    kind_node, version_node = manifest.node.get("kind"), manifest.node.get("apiVersion")
    assert kind_node is not None
    assert version_node is not None
    group = version.partition("/")[0]
    expected = _VERSION_OF_KIND.get(kind)
    if group in _GROUPS and expected is None:
        known = _KINDS_OF_GROUP[_GROUPS[group]]
        close = nearest(kind, known) or nearest(kind, _VERSION_OF_KIND)
        yield rules.UNKNOWN_KIND.at(
            kind_node.location,
            Subject("file", manifest.file),
            anchor=("kind",),
            found=kind,
            group=group,
            known=listed(known),
            suggestion=Suggestion(f"write `{close}`", kind_node.location, close) if close else None,
        )
    elif expected is not None and version != expected and (group in _GROUPS or _is_near(group)):
        yield rules.WRONG_API_VERSION.at(
            version_node.location,
            manifest.subject,
            anchor=("apiVersion",),
            found=version,
            kind=kind,
            expected=f"`{expected}`",
            suggestion=Suggestion(f"write `{expected}`", version_node.location, expected),
        )


def _is_near(group: str) -> bool:
    """Whether an API group is a slip for one of ours; other projects have a Story or a Transport too."""
    return bool(difflib.get_close_matches(group, _GROUPS, n=1, cutoff=0.8)) or "bubu" in group


def _name(manifest: Manifest) -> Iterator[Finding]:
    metadata = manifest.node.get("metadata")
    if metadata is None or not metadata.is_mapping or metadata.get("generateName") is not None:
        return
    name = metadata.get("name")
    if name is None or name.value is None:
        yield rules.MISSING_FIELD.at(
            manifest.node.key_location("metadata"),
            manifest.subject,
            anchor=("metadata", "name"),
            where="metadata",
            field="name",
            suggestion=Suggestion("add `name`"),
        )


def _first_place(node: Node) -> Location:
    first = next(node.items(), None)
    return node.key_location(first[0]) if first is not None else node.location


def defined_twice(workspace: Workspace) -> Iterator[Finding]:
    """The same kind, namespace and name; identical copies are still two files to keep in step."""
    known: dict[tuple[str, str, str], list[Manifest]] = {}
    for document in workspace.documents:
        manifest = document.manifest
        if not manifest.name:
            continue
        namespace = "" if manifest.kind in CLUSTER_SCOPED else manifest.namespace
        key = (manifest.kind, namespace, manifest.name)
        first = next((one for one in known.setdefault(key, []) if not _are_versions(one, manifest)), None)
        known[key].append(manifest)
        if first is None:
            continue
        yield rules.DUPLICATE_OBJECT.at(
            manifest.name_location,
            manifest.subject,
            anchor=("metadata", "name"),
            kind=manifest.kind,
            name=f"{namespace}/{manifest.name}" if namespace else manifest.name,
            related=[Related(first.name_location, "it is defined here as well")],
            severity=_gravity(first.file, manifest.file),
        )


def _are_versions(one: Manifest, other: Manifest) -> bool:
    """Whether they are two versions of a template, in two files as catalogues keep them: only one is applied."""
    if not (isinstance(one, EngramTemplate | ImpulseTemplate) and isinstance(other, EngramTemplate | ImpulseTemplate)):
        return False
    return one.file != other.file and not same(one.version, other.version) and bool(one.version and other.version)


def _gravity(one: str, other: str) -> Severity:
    """Within a file it is a slip; whole directories are often applied apart, as overlays and examples are."""
    if one == other:
        return Severity.ERROR
    return Severity.WARNING if one.rpartition("/")[0] == other.rpartition("/")[0] else Severity.NOTE
