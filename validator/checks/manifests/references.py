"""What refers to what: steps to Engrams, Engrams to templates, Impulses to Stories, transports to Transports.

A workspace seldom holds everything that a cluster does. Where it holds nothing of a kind, nothing is said about it but
that it cannot be checked.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from validator.checks.manifests.places import Place
from validator.findings import Finding, Path, Rule, Severity, Suggestion, Unchecked
from validator.rules import manifests as rules
from validator.rules.names import evidence, listed, nearest
from validator.sources.manifests import Engram, EngramTemplate, Impulse, ImpulseTemplate, Manifest, Story, Transport
from validator.sources.node import Node
from validator.sources.workspace import Workspace

Verdict = Finding | Unchecked


def check_story_references(workspace: Workspace, story: Story) -> Iterator[Verdict]:
    """Engrams of steps (branches included), executed stories, and Transports."""
    seen: set[str] = set()
    for verdict in _story_references(workspace, story):
        if isinstance(verdict, Unchecked):
            if verdict.what in seen:
                continue
            seen.add(verdict.what)
        yield verdict


def _story_references(workspace: Workspace, story: Story) -> Iterator[Verdict]:
    for step in story.every_step():
        ref = step.node.get("ref")
        if ref is not None and ref.is_mapping:
            yield from _step_ref(workspace, story, ref, (*step.path, "ref"))
        story_ref = step.node.find(("with", "storyRef"))
        if step.type == "executeStory" and story_ref is not None and story_ref.is_mapping:
            path = (*step.path, "with", "storyRef")
            yield from _namespaced(workspace, story, Story, story_ref, path)
    for transport in story.transports:
        node = transport.node.get("transportRef")
        if node is not None and node.text:
            path = ("spec", "transports", transport.index, "transportRef")
            yield from _cluster_wide(workspace, story, Transport, node, path, rules.UNRESOLVED_REFERENCE)


def check_engram_references(workspace: Workspace, engram: Engram) -> Iterator[Verdict]:
    """The template of an Engram."""
    yield from _template(workspace, engram, EngramTemplate)


def check_impulse_references(workspace: Workspace, impulse: Impulse) -> Iterator[Verdict]:
    """The template and the Story of an Impulse."""
    yield from _template(workspace, impulse, ImpulseTemplate)
    story_ref = impulse.node.find(("spec", "storyRef"))
    if story_ref is not None and story_ref.is_mapping:
        yield from _namespaced(workspace, impulse, Story, story_ref, ("spec", "storyRef"))


def _template(
    workspace: Workspace, manifest: Manifest, kind: type[EngramTemplate | ImpulseTemplate]
) -> Iterator[Verdict]:
    ref = manifest.node.find(("spec", "templateRef"))
    name = ref.get("name") if ref is not None else None
    if ref is None or name is None or not name.text:
        return
    path = ("spec", "templateRef", "name")
    found = (
        workspace.template_of(manifest)
        if isinstance(manifest, Engram)
        else workspace.impulse_template_of(manifest)
        if isinstance(manifest, Impulse)
        else None
    )
    if found is None:
        yield from _cluster_wide(workspace, manifest, kind, name, path, rules.MISSING_TEMPLATE)
    else:
        yield from _version(manifest, ref, found, found.version, Severity.ERROR, ("spec", "templateRef"))


def _step_ref(workspace: Workspace, story: Story, ref: Node, path: Path) -> Iterator[Verdict]:
    yield from _namespaced(workspace, story, Engram, ref, path)
    name, namespace = ref.get("name"), ref.get("namespace")
    engram = workspace.find(Engram, name.text, _text(namespace) or story.namespace) if name and name.text else None
    if engram is None or name is None:
        return
    template_ref = engram.template_ref
    if engram.own or template_ref is None or not template_ref.name:
        return
    if workspace.template_of(engram) is None and workspace.templates:
        # The Engram is not ours to check, but the webhook refuses the story for it (templating.md, section 10).
        place = Place(story, (*path, "name"))
        yield rules.MISSING_TEMPLATE.at(
            name.location,
            place.subject,
            anchor=place.anchor,
            who=f"engram `{engram.name}`",
            kind="EngramTemplate",
            found=template_ref.name,
            known=listed(workspace.names(EngramTemplate)),
            severity=_gravity(workspace),
        )


def _namespaced(
    workspace: Workspace, manifest: Manifest, kind: type[Engram | Story], ref: Node, path: Path
) -> Iterator[Verdict]:
    """A reference that may leave its namespace."""
    name = ref.get("name")
    if name is None or not name.text:
        return
    namespace = _text(ref.get("namespace"))
    place = Place(manifest, (*path, "name"))
    if namespace and manifest.namespace and namespace != manifest.namespace and not _grants(workspace):
        yield rules.CROSS_NAMESPACE.at(
            ref.find(("namespace",)).location if ref.get("namespace") else name.location,  # type: ignore[union-attr]
            place.subject,
            anchor=(*place.anchor[:-1], "namespace"),
            who=_who(place),
            kind=kind.__name__,
            found=name.text,
            namespace=namespace,
        )
    found = workspace.find(kind, name.text, namespace or manifest.namespace)
    if found is not None:
        version = _text(found.node.find(("spec", "version")))
        yield from _version(manifest, ref, found, version, Severity.WARNING, path)
        return
    target = namespace or manifest.namespace
    # Engrams of other namespaces say nothing about what this one holds, but a slip in a name shows anyway.
    beside = workspace.names(kind, target)
    loose = workspace.names(kind, "") if target else workspace.names(kind)
    close = None if beside else nearest(name.text, loose)
    own = manifest.name if kind is Story and isinstance(manifest, Story) else ""
    names = [other for other in beside or (close,) if other and other != own]
    if not _holds_nameless(workspace, kind):
        yield from _unresolved(manifest, name, place, kind, names, rules.UNRESOLVED_REFERENCE)


def _cluster_wide(
    workspace: Workspace, manifest: Manifest, kind: type[Manifest], name: Node, path: Path, rule: Rule
) -> Iterator[Verdict]:
    if name.text and workspace.find(kind, name.text) is None and not _holds_nameless(workspace, kind):
        names = workspace.names(kind)
        severity = _gravity(workspace) if rule is rules.MISSING_TEMPLATE else None
        yield from _unresolved(manifest, name, Place(manifest, path), kind, names, rule, severity)


def _holds_nameless(workspace: Workspace, kind: type[Manifest]) -> bool:
    """Whether an object of the kind has a name that cannot be read: it may be the one, and has a finding itself."""
    return any(isinstance(manifest, kind) and manifest.own and not manifest.name for manifest in workspace.manifests)


def _gravity(workspace: Workspace) -> Severity:
    """The webhook refuses what has no template, unless the cluster has it."""
    return Severity.ERROR if workspace.holds_templates else Severity.WARNING


def _unresolved(
    manifest: Manifest,
    name: Node,
    place: Place,
    kind: type[Manifest],
    names: Iterable[str],
    rule: Rule,
    severity: Severity | None = None,
) -> Iterator[Verdict]:
    known = sorted(set(names))
    if not known:
        yield Unchecked(
            f"{kind.__name__} {name.text}",
            f"no {kind.__name__} was read; name files that hold some with `--templates`, "
            "or `templates:` of the configuration",
            manifest.subject,
            name.location,
        )
        return
    close = nearest(name.text or "", known)
    yield rule.at(
        name.location,
        place.subject,
        anchor=place.anchor,
        who=_who(place),
        kind=kind.__name__,
        found=name.text,
        known=listed(known),
        evidence=evidence(known),
        severity=severity,
        suggestion=Suggestion(f"write `{close}`", name.location, close)
        if close
        else Suggestion("name the file that holds it under `templates:`, if it belongs to another repository"),
    )


def _version(
    manifest: Manifest, ref: Node, found: Manifest, version: str, severity: Severity, path: Path
) -> Iterator[Finding]:
    wanted = ref.get("version")
    actual = version.strip().strip("\"'")
    if wanted is None or not wanted.text or not wanted.text.strip() or wanted.text.strip() == actual:
        return
    place = Place(manifest, (*path, "version"))
    yield rules.VERSION_MISMATCH.at(
        wanted.location,
        place.subject,
        anchor=place.anchor,
        who=_who(place),
        wanted=wanted.text.strip(),
        kind=found.kind,
        name=found.name,
        found=actual or "none",
        severity=severity,
    )


def _who(place: Place) -> str:
    subject = place.subject
    return f"step `{subject.step}`" if subject.step else f"{subject.kind} `{subject.name}`"


def _text(node: Node | None) -> str:
    return (node.text or "") if node is not None else ""


def _grants(workspace: Workspace) -> bool:
    return any(manifest.kind == "ReferenceGrant" for manifest in workspace.manifests)
