"""Engrams and Impulses against their templates: mode and secrets (templating.md, sections 10 and 12)."""

from __future__ import annotations

from collections.abc import Iterator

from validator.checks.manifests.places import Place, either
from validator.findings import Finding, Related, Suggestion
from validator.rules import manifests as rules
from validator.rules.names import listed, nearest
from validator.sources.manifests import Engram, Impulse, Template


def check_mode(engram: Engram, template: Template) -> Iterator[Finding]:
    """The mode that an Engram names is one that its template supports."""
    mode = engram.node.find(("spec", "mode"))
    modes = template.node.find(("spec", "supportedModes"))
    if mode is None or not mode.text or modes is None or not template.supported_modes:
        return
    if mode.text in template.supported_modes:
        return
    place = Place(engram, ("spec", "mode"))
    only = template.supported_modes[0] if len(template.supported_modes) == 1 else None
    yield rules.UNSUPPORTED_MODE.at(
        mode.location,
        place.subject,
        anchor=place.anchor,
        found=mode.text,
        template=template.name,
        known=either(template.supported_modes),
        suggestion=Suggestion(f"write `{only}`", mode.location, only) if only else None,
        related=[Related(modes.location, "the modes of the template")],
    )


def check_secrets(manifest: Engram | Impulse, template: Template) -> Iterator[Finding]:
    """Required secrets are mapped, and nothing else than the template's secrets is."""
    declared = template.secrets
    mapped = manifest.node.find(("spec", "secrets"))
    names = [name for name, _ in mapped.items()] if mapped is not None else []
    spec = manifest.spec
    if spec is None or (mapped is not None and mapped.value is not None and not mapped.is_mapping):
        return
    place = Place(manifest, ("spec", "secrets"))
    for name, secret in declared.items():
        if secret.required and name not in names:
            yield rules.MISSING_SECRET.at(
                manifest.node.find(("spec",)).key_location("secrets") if mapped else manifest.name_location,  # type: ignore[union-attr]
                place.subject,
                anchor=(*place.anchor, name),
                template=template.name,
                secret=name,
                who=f"{place.subject.kind} `{manifest.name}`",
                suggestion=Suggestion(f"map it under `spec.secrets`: `{name}: <name of a Secret>`"),
                related=[Related(secret.node.source.location(secret.node.start, secret.node.end), "declared here")],
            )
    for name in names:
        if name in declared or mapped is None:
            continue
        close = nearest(name, declared)
        yield rules.UNKNOWN_SECRET.at(
            mapped.key_location(name),
            place.subject,
            anchor=(*place.anchor, name),
            template=template.name,
            found=name,
            known=listed(declared),
            suggestion=Suggestion(f"write `{close}`", mapped.key_location(name), close) if close else None,
        )
