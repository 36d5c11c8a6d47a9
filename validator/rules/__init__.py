"""The catalogue: every rule's code, name and message, one module a family; its page is `pages/<code>.md`.

May import: findings, platform.
"""

from __future__ import annotations

import importlib
import re
from functools import cache
from pathlib import Path

from validator.findings import Rule

FAMILIES = {
    "EV1": "manifests",
    "EV18": "config",
    "EV19": "suppressions",
    "EV2": "resolution",
    "EV26": "gaps",
    "EV3": "pairwise",
    "EV4": "conformance",
    "EV5": "isolation",
    "EV51": "services",
    "EV6": "streaming",
    "EV7": "deliveries",
    "EV72": "stories",
    "EV76": "losses",
    "EV9": "sandbox",
}


@cache
def catalogue() -> dict[str, Rule]:
    """Every rule by its code, in order."""
    rules = [
        value
        for family in FAMILIES.values()
        for value in vars(importlib.import_module(f"{__name__}.{family}")).values()
        if isinstance(value, Rule)
    ]
    return {rule.code: rule for rule in sorted(rules, key=lambda rule: rule.code)}


def find(code_or_name: str) -> Rule | None:
    """The rule with this code (`EV301`, any case) or name (`incompatible-input`)."""
    wanted = code_or_name.strip()
    rules = catalogue()
    return rules.get(wanted.upper()) or next((rule for rule in rules.values() if rule.name == wanted), None)


def check_of(code: str) -> str:
    """The check that tells a rule, by its code; empty when none does."""
    if "EV720" <= code <= "EV745" or "EV760" <= code <= "EV799":
        return "stories"
    return FAMILIES.get(code[:3], "")


def page(rule: Rule) -> str:
    """The rule's page, as Markdown: why it matters, an example that fails and one that passes."""
    return (Path(__file__).parent / "pages" / f"{rule.code}.md").read_text(encoding="utf-8")


def labelled(text: str) -> str:
    """A page for readers who do not see the info string of a block: a line before each example says which it is."""
    return re.sub(r"(?m)^```(\w+) (fails|passes).*$", r"This \2:\n\n```\1", text)
