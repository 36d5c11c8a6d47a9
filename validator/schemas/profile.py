"""The platform profile: what differs between the three places that judge a document, as data.

A document passes the admission `webhook`, travels through the streaming `hub` and is handled by the `sdk` inside an
engram. They share one schema engine and disagree on what they accept beside a value; every such difference is a field
here, never a condition elsewhere. Other rooms add their facts as a group of fields of their own.
Source: contract `hub.md`, `templating.md` section 13, `runtime.md` section 5.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


class Where(enum.StrEnum):
    """At which schema nodes something is accepted in place of a value."""

    NOWHERE = "nowhere"
    FLAGGED = "flagged"
    """At and below a node that carries the extension keyword."""
    EVERYWHERE = "everywhere"


@dataclass(frozen=True, slots=True)
class SchemaFacts:
    """How schemas are read and what counts as an instance of them (`templating.md` section 13)."""

    references: Where
    """Where `$bubuStorageRef`, `$bubuConfigMapRef` and `$bubuSecretRef` objects stand for any value."""
    templates: Where
    """Where a string that is a template from its first to its last character stands for any value."""
    lifts_required: bool = True
    """Whether `required: true` on a property moves into the `required` list of its parent."""
    applies_defaults: bool = False
    """Whether defaults are filled in before validation."""
    references_flag: str = "x-bubu-allow-runtime-refs"
    templates_flag: str = "x-bubu-allow-template-strings"
    ignored_keywords: frozenset[str] = frozenset(
        {
            "$anchor",
            "$dynamicAnchor",
            "$dynamicRef",
            "$recursiveAnchor",
            "$recursiveRef",
            "$vocabulary",
            "contentSchema",
            "dependentRequired",
            "dependentSchemas",
            "maxContains",
            "minContains",
            "nullable",
            "prefixItems",
            "unevaluatedItems",
            "unevaluatedProperties",
        }
    )
    """Keywords that an author expects to assert something and that the engine does not know."""


@dataclass(frozen=True, slots=True)
class StepFacts:
    """What a template sees of other steps (`hub.md`, `templating.md` section 9)."""

    flattened: bool = False
    """Whether `steps.a.text` rather than `steps.a.output.text` reaches the output."""
    dash_aliases: bool = True
    """Whether `my-step` can be called `my_step`."""


@dataclass(frozen=True, slots=True)
class Profile:
    """One judge of documents; versions of the platform do not differ in it."""

    name: str
    schemas: SchemaFacts
    steps: StepFacts = StepFacts()


WEBHOOK = Profile(
    "webhook",
    SchemaFacts(references=Where.EVERYWHERE, templates=Where.EVERYWHERE, applies_defaults=True),
)
"""Admission and the batch controllers."""

HUB = Profile(
    "hub",
    SchemaFacts(references=Where.EVERYWHERE, templates=Where.EVERYWHERE, applies_defaults=True),
    StepFacts(flattened=True, dash_aliases=False),
)
"""The streaming hub between two engrams."""

SDK = Profile(
    "sdk",
    SchemaFacts(references=Where.FLAGGED, templates=Where.FLAGGED),
)
"""The SDK inside an engram: batch only, and only when it can read the template."""

LITERAL = Profile(
    "literal",
    SchemaFacts(references=Where.NOWHERE, templates=Where.NOWHERE),
)
"""The same engine with nothing accepted beside values: what a schema says about finished documents."""

PROFILES: Mapping[str, Profile] = MappingProxyType({profile.name: profile for profile in (WEBHOOK, HUB, SDK, LITERAL)})
"""Every profile by its name."""
