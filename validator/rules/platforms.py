"""The versions of the platform, each with its gaps: the rules that hold for it.

Source: story-run.md, head and sections E and J. To close a gap in a new version, add the version with what is left.
"""

from __future__ import annotations

from collections.abc import Mapping

from validator.findings import Rule
from validator.rules import deliveries, gaps

GAPS = frozenset(value for family in (gaps, deliveries) for value in vars(family).values() if isinstance(value, Rule))
"""All rules that speak of some version only; every other rule holds for each."""

DOCUMENTED = "documented"
"""What the platform's documentation promises; no release does all of it."""
CURRENT = "0.1.13"
PLATFORMS: Mapping[str, frozenset[Rule]] = {
    "0.1.12": GAPS,
    "0.1.13": GAPS,
    DOCUMENTED: frozenset(),
}
"""The gaps by the version of bobrapet."""


def told(rule: Rule, version: str) -> bool:
    """Whether a rule holds for a version of the platform."""
    return rule not in GAPS or rule in PLATFORMS[version]
