"""EV288: the keys that a template says its engram puts out, against its outputSchema (templating.md, section 12)."""

from __future__ import annotations

from collections.abc import Iterator

from validator.checks.manifests.places import Place
from validator.findings import Finding, Related, Severity, Suggestion
from validator.rules import manifests as rules
from validator.rules.names import listed, nearest
from validator.schemas.validation import check_definition
from validator.sources.manifests import EngramTemplate
from validator.templates.lookups import Presence, field_names, look_up
from validator.templates.types import from_schema


def check_output_keys(template: EngramTemplate) -> Iterator[Finding]:
    """Each of `declaredOutputKeys` that no form of the output declares; of an open one it may come anyway."""
    keys, schema = template.node.find(("spec", "declaredOutputKeys")), template.output_schema
    if keys is None or schema is None or not isinstance(schema.value, dict) or check_definition(schema.value):
        return
    output = from_schema(schema.value)
    known = field_names(output)
    for index, key in enumerate(keys):
        found = look_up(output, key.text) if key.text else None
        if found is None or not known or not found.never:
            continue
        close = nearest(key.text or "", known)
        certain = close is not None or Presence.UNDECLARED not in found.presences
        place = Place(template, ("spec", "declaredOutputKeys", index))
        yield rules.UNDECLARED_OUTPUT_KEY.at(
            key.location,
            place.subject,
            anchor=place.anchor,
            severity=Severity.WARNING if certain else Severity.NOTE,
            found=key.text,
            known=listed(known),
            suggestion=Suggestion(f"write `{close}`", key.location, close) if close else None,
            related=[Related(schema.source.location(schema.start, schema.start + 1), "the outputSchema")],
        )
