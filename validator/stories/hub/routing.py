"""`routing` of the sender's transport: which receivers its rules allow, and how many (story-run.md, B5.6 and B6.4)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from validator.findings import Json
from validator.stories.hub.evaluation import Variables, holds


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule."""

    name: str
    denies: bool
    when: str
    steps: frozenset[str]
    """Empty means every receiver."""


@dataclass(frozen=True, slots=True)
class Routing:
    """All rules of a transport, and its limit."""

    rules: tuple[Rule, ...] = ()
    most: int = 0
    """Receivers of one packet; 0 for any number."""
    fan_out: str = "sequential"

    @classmethod
    def of(cls, settings: Mapping[str, Json]) -> Routing:
        """From the settings of a transport; a rule with an unknown action is left out."""
        block = settings.get("routing")
        if not isinstance(block, dict):
            return cls()
        entries, most = block.get("rules"), block.get("maxDownstreams")
        rules = [_rule(entry) for entry in entries if isinstance(entry, dict)] if isinstance(entries, list) else []
        fan_out = str(block.get("fanOut") or "").strip().lower()
        return cls(
            tuple(rule for rule in rules if rule is not None),
            most if isinstance(most, int) and most > 0 else 0,
            "parallel" if fan_out == "parallel" else "sequential",
        )

    def refusal(self, step: str, variables: Variables) -> str | None:
        """The rule that keeps a packet from a step, by name; None where it may pass.

        Raises BlockedError and EvaluationError.
        """
        allowed = denied = None
        for rule in self.rules:
            if (not rule.steps or step in rule.steps) and holds(rule.when, variables, ()):
                if rule.denies:
                    denied = denied or rule
                else:
                    allowed = rule
        if denied is not None:
            return denied.name or "a rule that denies"
        if allowed is None and any(not rule.denies for rule in self.rules):
            return "no rule allows it"
        return None


def _rule(entry: Mapping[str, Json]) -> Rule | None:
    action = str(entry.get("action") or "allow").strip().lower()
    if action not in ("allow", "deny"):
        return None
    target, when = entry.get("target"), entry.get("when")
    steps = target.get("steps") if isinstance(target, dict) else None
    names = [str(step).strip() for step in steps] if isinstance(steps, list) else []
    return Rule(
        str(entry.get("name") or "").strip(),
        action == "deny",
        when if isinstance(when, str) else "",
        frozenset(name for name in names if name),
    )
