"""What differs between the dialects of JSON Schema, as data.

The platform's row follows contract/templating.md section 13.1: gojsonschema, drafts 4, 6 and 7 together, RE2 patterns.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from validator.schemas.formats import FORMATS
from validator.schemas.profile import WEBHOOK, Profile

_NEWER = frozenset({
    "prefixItems", "dependentRequired", "dependentSchemas", "unevaluatedProperties", "unevaluatedItems", "minContains",
    "maxContains", "$dynamicRef", "$anchor",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Dialect:
    """One way of reading a schema."""

    name: str
    ignored: frozenset[str]
    """Keywords without meaning."""
    reference_alone: bool
    """Are the keywords beside a `$ref` ignored?"""
    tuple_items: bool
    """May `items` be a list, with `additionalItems` for what follows?"""
    formats: frozenset[str] = frozenset()
    """Formats that are asserted; every other one is an annotation."""
    re2: bool = False
    """Are patterns Go's, rather than ECMA's?"""
    profile: Profile | None = None
    """Whose platform it is: schemas are normalised as it does first, and the consumer fills in its defaults."""


DRAFT_2020_12 = Dialect(
    "2020-12", frozenset({"dependencies", "additionalItems"}), reference_alone=False, tuple_items=False
)
DRAFT_07 = Dialect("draft-07", _NEWER, reference_alone=True, tuple_items=True)
PLATFORM = Dialect(
    "platform",
    _NEWER,
    reference_alone=True,
    tuple_items=True,
    formats=frozenset(FORMATS),
    re2=True,
    profile=WEBHOOK,
)


def platform(profile: Profile) -> Dialect:
    """The platform's dialect as one of its judges reads it (`webhook`, `hub`, `sdk`, `literal`)."""
    return replace(PLATFORM, profile=profile)


DIALECTS = {dialect.name: dialect for dialect in (DRAFT_2020_12, DRAFT_07, PLATFORM)}
