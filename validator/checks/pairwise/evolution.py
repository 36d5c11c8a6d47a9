"""A new version of a template against the released one: who relied on the old one can rely on the new one.

Inputs are backward compatible when the new version accepts all that the old one did, outputs are forward compatible
when it emits only what the old one declared. A version number that announces a break (semantic versioning) makes each
a warning.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from validator.checks.pairwise.concessions import at
from validator.checks.pairwise.dialects import DOCUMENTS, FINISHED
from validator.checks.pairwise.pairs import Disagreement, Pairs, as_object, dotted, doubt, unusable
from validator.checks.pairwise.wording import evidence, point, what
from validator.findings import Finding, Json, Location, Path, Related, Rule, Severity, Suggestion, Unchecked
from validator.rules import pairwise as rules
from validator.schemas.containment.platform import consumer
from validator.sources.manifests import EngramTemplate
from validator.sources.node import Node

_VERSION = re.compile(r"v?(\d+)(?:\.(\d+))?")


@dataclass(slots=True)
class Evolution:
    """Compares versions of templates; keeps what it has read."""

    inputs: Pairs = field(default_factory=Pairs)
    outputs: Pairs = field(default_factory=lambda: Pairs(DOCUMENTS, DOCUMENTS))

    def verdicts(self, old: EngramTemplate, new: EngramTemplate) -> Iterator[Finding | Unchecked]:
        """Everything in which the new version breaks the promises of the old one."""
        for name in ("inputSchema", "configSchema"):
            yield from self._inputs(_Change(old, new, name))
        yield from self._outputs(_Change(old, new, "outputSchema"))

    def _inputs(self, change: _Change) -> Iterator[Finding | Unchecked]:
        if change.old_schema is None or change.new_schema is None:
            return  # nobody has validated, or nobody does any longer: nothing is refused that was accepted
        if (gap := change.gap()) is not None:
            yield gap
            return
        profile = FINISHED.profile
        assert profile is not None
        accepted = consumer(change.old_schema.value, profile).schema  # type: ignore[arg-type]  # an object: no gap
        found, unknown = self.inputs.disagreements(accepted, change.new_schema.value, lambda path, keyword: "")
        for each in found:
            yield change.finding(
                rules.NARROWED_INPUT,
                each,
                here=change.there(change.new, each.consumer),
                there=Related(change.there(change.old, each.producer), f"version {change.old.version} takes it"),
                suggestion=_milder(each),
            )
        refused = {each.path for each in found}
        for path in removed(change.old_schema.value, change.new_schema.value):
            if _named(path) not in refused:
                yield change.lost(rules.REMOVED_INPUT, path)
        for reason in unknown:
            yield change.unchecked(reason)

    def _outputs(self, change: _Change) -> Iterator[Finding | Unchecked]:
        if change.old_schema is None:
            return  # nobody could rely on anything
        if (gap := change.gap()) is not None or change.new_schema is None:
            yield gap or change.unchecked("the new version has no outputSchema")
            return
        given = as_object(change.new_schema.value)
        gone = [*removed(change.old_schema.value, change.new_schema.value)]
        for path in gone:
            yield change.lost(rules.REMOVED_OUTPUT, path)
        found, unknown = self.outputs.disagreements(
            given, change.old_schema.value, lambda path, keyword: doubt(given, path, keyword)
        )
        for each in found:
            if each.path not in map(_named, gone):
                yield change.finding(
                    rules.WIDENED_OUTPUT,
                    each,
                    here=change.there(change.new, each.producer),
                    there=Related(
                        change.there(change.old, each.consumer), f"version {change.old.version} declares otherwise"
                    ),
                    suggestion=Suggestion("keep to what was declared, or release it as a breaking version"),
                )
        for reason in unknown:
            yield change.unchecked(reason)


@dataclass(frozen=True, slots=True)
class _Change:
    """One schema of a template in both versions."""

    old: EngramTemplate
    new: EngramTemplate
    name: str

    @property
    def old_schema(self) -> Node | None:
        return self.old.node.find(("spec", self.name))

    @property
    def new_schema(self) -> Node | None:
        return self.new.node.find(("spec", self.name))

    def there(self, template: EngramTemplate, path: Path) -> Location:
        """Where a part of the schema stands in one version."""
        return point(template.node, ("spec", self.name, *path))

    def gap(self) -> Unchecked | None:
        """Why the two cannot be compared."""
        for version, schema in (("released", self.old_schema), ("new", self.new_schema)):
            problem = unusable(schema.value if schema is not None else None)
            if problem:
                return self.unchecked(f"{self.name} of the {version} version {problem}")
        return None

    def unchecked(self, reason: str) -> Unchecked:
        return Unchecked(f"{self.name} of {self.new.name} against its released version", reason, self.new.subject)

    def finding(
        self, rule: Rule, found: Disagreement, here: Location, there: Related, suggestion: Suggestion
    ) -> Finding:
        return rule.at(
            here,
            self.new.subject,
            anchor=("spec", self.name, *found.path, found.keyword),
            evidence=evidence(found),
            suggestion=suggestion,
            related=[there],
            severity=self._severity(rule),
            template=self.new.name,
            version=self.old.version,
            what=what(found) if self.name != "configSchema" else f"{what(found)} of `with`",
            problem=found.message,
        )

    def lost(self, rule: Rule, path: Path) -> Finding:
        """A field that is declared no longer."""
        return rule.at(
            self.there(self.new, path[:-1]),
            self.new.subject,
            anchor=("spec", self.name, *path),
            suggestion=Suggestion("keep it, or release this as a breaking version"),
            related=[Related(self.there(self.old, path), f"version {self.old.version} declares it")],
            severity=self._severity(rule),
            template=self.new.name,
            version=self.old.version,
            field=dotted(_named(path)),
            schema=self.name,
        )

    def _severity(self, rule: Rule) -> Severity | None:
        announced = announces_break(self.old.version, self.new.version)
        return Severity.WARNING if announced and rule.severity is Severity.ERROR else None


def announces_break(old: str, new: str) -> bool:
    """Whether a version number says that what relied on the old one may break: 1.x to 2.x, or 0.1 to 0.2."""
    before, after = _VERSION.match(old), _VERSION.match(new)
    if before is None or after is None:
        return False
    first, second = (tuple(int(number or 0) for number in match.groups()) for match in (before, after))
    return second > first if first[0] == second[0] == 0 else second[0] > first[0]


def removed(old: Json, new: Json, at_: Path = ()) -> Iterator[Path]:
    """The way to each field that the old schema declares and the new one, which declares others, does not."""
    before, after = at(old, ("properties",)), at(new, ("properties",))
    if not isinstance(before, dict) or not isinstance(after, dict) or at(new, ("patternProperties",)):
        return
    if any(at(new, (keyword,)) is not None for keyword in ("allOf", "anyOf", "oneOf", "$ref", "if")):
        return
    if at(new, ("additionalProperties",)) not in (None, False):
        return  # the others are described together
    for name, schema in before.items():
        path = (*at_, "properties", name)
        if name in after:
            yield from removed(schema, after[name], path)
        elif schema is not False:
            yield path


def _named(path: Path) -> Path:
    """The place in a document that a way through `properties` speaks of."""
    return path[1::2]


def _milder(found: Disagreement) -> Suggestion:
    if found.missing:
        return Suggestion(f"give `{found.missing}` a default, or do not require it")
    return Suggestion("accept what was accepted before, or release it as a breaking version")
