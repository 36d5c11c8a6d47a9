"""The two readings of a consumer that pairs are judged in (templating.md 13; hub.md, "What the hub validates")."""

from __future__ import annotations

from dataclasses import replace

from validator.schemas.containment.dialect import Dialect, platform
from validator.schemas.profile import LITERAL, WEBHOOK

PLATFORM: Dialect = platform(WEBHOOK)
"""What the platform lets through: references and whole-string templates too, defaults filled in. Decides *can fail*."""

FINISHED: Dialect = platform(replace(LITERAL, name="finished", schemas=replace(LITERAL.schemas, applies_defaults=True)))
"""What an engram gets in the end: values, defaults filled in. Decides *never accepted*: no text that happens to be a
template saves a type that is wrong."""

DOCUMENTS: Dialect = platform(LITERAL)
"""What a schema says about finished documents, for comparing one version with another."""
