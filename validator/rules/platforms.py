"""Which rules hold for a version of the platform: all but the gaps that it does not have.

Source: story-run.md, head and sections E and J. `validator/platform/VERSION.toml` says which gaps a version has.
"""

from __future__ import annotations

from validator.findings import Rule
from validator.platform.releases import release
from validator.rules import deliveries, gaps

GAPS = frozenset(value for family in (gaps, deliveries) for value in vars(family).values() if isinstance(value, Rule))
"""All rules that speak of some version only; every other rule holds for each."""


def holds(rule: Rule, version: str) -> bool:
    """Whether a rule holds for a version of the platform."""
    return rule not in GAPS or rule.code in release(version).gaps
