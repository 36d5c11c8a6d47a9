"""A new version of a template against the released one: who relied on the old one can rely on the new one.

Inputs are backward compatible when the new version accepts all that the old one did, outputs are forward compatible
when it emits only what the old one declared. The other fields have their rules in `field_changes`. A version number
that announces a break (semantic versioning) makes each a warning.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from validator.checks.pairwise.dialects import DOCUMENTS, FINISHED
from validator.checks.pairwise.field_changes import FIELDS
from validator.checks.pairwise.next_counterexample import at
from validator.checks.pairwise.pairs import Disagreement, Pairs, as_object, dotted, doubt, unusable
from validator.checks.pairwise.versions import announces_break
from validator.checks.pairwise.wording import evidence, point, what
from validator.findings import Finding, Json, Location, Path, Related, Rule, Severity, Suggestion, Unchecked
from validator.rules import pairwise as rules
from validator.schemas.containment.platform import consumer
from validator.sources.manifests import EngramTemplate
from validator.sources.node import Node

SCHEMAS: Mapping[str, bool] = MappingProxyType({"inputSchema": True, "configSchema": True, "outputSchema": False})
"""The schemas of an EngramTemplate: whether it says what is accepted, or what is given."""


@dataclass(slots=True)
class Evolution:
    """Compares versions of templates; keeps what it has read."""

    inputs: Pairs = field(default_factory=Pairs)
    outputs: Pairs = field(default_factory=lambda: Pairs(DOCUMENTS, DOCUMENTS))

    def verdicts(self, old: EngramTemplate, new: EngramTemplate) -> Iterator[Finding | Unchecked]:
        """Everything in which the new version breaks the promises of the old one."""
        for name, accepts in SCHEMAS.items():
            change = _Change(old, new, name)
            yield from self._inputs(change) if accepts else self._outputs(change)
        for rule in FIELDS.values():
            yield from rule(old, new)

    def _inputs(self, change: _Change) -> Iterator[Finding | Unchecked]:
        if change.new_schema is None or not change.new_schema.value:
            if change.old_schema is not None and change.old_schema.value:
                yield change.vanished(Severity.WARNING)  # everything is accepted, and defaults are filled in no longer
            return
        if change.appears:
            yield from self._appeared(change)
            return
        if (gap := change.gap()) is not None:
            yield gap
            return
        assert change.old_schema is not None
        profile = FINISHED.profile
        assert profile is not None
        accepted = consumer(change.old_schema.value, profile).schema  # type: ignore[arg-type]  # an object: no gap
        every, unknown = self.inputs.disagreements(accepted, change.new_schema.value, lambda path, keyword: "")
        found = [*_once_an_object(every)]
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
        for path in closed(change.old_schema.value, change.new_schema.value):
            if not any(each.keyword == "additionalProperties" and each.path[:-1] == _named(path) for each in found):
                yield change.closed(path)
        for reason in unknown:
            yield change.unchecked(reason)

    def _appeared(self, change: _Change) -> Iterator[Finding | Unchecked]:
        """Everything was accepted for want of a schema, and so was an empty object: what is required now was not."""
        assert change.new_schema is not None
        problem = unusable(change.new_schema.value)
        if problem:
            yield change.unchecked(f"{change.name} of the new version {problem}")
            return
        nothing: Json = {"type": "object", "additionalProperties": False}
        found, unknown = self.inputs.disagreements(nothing, change.new_schema.value, lambda path, keyword: "")
        for each in found:
            yield change.finding(
                rules.NARROWED_INPUT,
                each,
                here=change.there(change.new, each.consumer),
                there=Related(change.old.name_location, f"version {change.old.version} takes it, without a schema"),
                suggestion=_milder(each),
            )
        for path in closed({}, change.new_schema.value):
            yield change.closed(path)
        for reason in unknown:
            yield change.unchecked(reason)

    def _outputs(self, change: _Change) -> Iterator[Finding | Unchecked]:
        if change.appears:
            return  # nobody could rely on anything
        if change.new_schema is None or not change.new_schema.value:
            yield change.vanished()
            return
        if (gap := change.gap()) is not None:
            yield gap
            return
        assert change.old_schema is not None
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

    @property
    def appears(self) -> bool:
        """Whether the old version says nothing."""
        return self.old_schema is None or not self.old_schema.value

    def vanished(self, severity: Severity | None = None) -> Finding:
        """The schema is gone as a whole."""
        assert self.old_schema is not None
        return rules.REMOVED_SCHEMA.at(
            self.new.node.at(("spec", self.name)).location,
            self.new.subject,
            anchor=("spec", self.name),
            suggestion=Suggestion("keep the schema, or release this as a breaking version"),
            related=[Related(self.there(self.old, ()), f"version {self.old.version} has one")],
            severity=severity or self._severity(rules.REMOVED_SCHEMA),
            template=self.new.name,
            version=self.old.version,
            schema=self.name,
        )

    def closed(self, path: Path) -> Finding:
        """An object that took fields of any name takes only those that are declared."""
        return rules.CLOSED_INPUT.at(
            self.there(self.new, (*path, "additionalProperties")),
            self.new.subject,
            anchor=("spec", self.name, *path, "additionalProperties"),
            suggestion=Suggestion("leave it open, or release this as a breaking version"),
            related=[Related(self.there(self.old, path), f"version {self.old.version} takes and ignores them")],
            template=self.new.name,
            version=self.old.version,
            where=f"`{dotted(_named(path))}` of {self.name}" if path else self.name,
        )

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


def _once_an_object(found: Iterable[Disagreement]) -> Iterator[Disagreement]:
    """The disagreements; of the names that no declared field has, which an object now refuses, only the first."""
    seen: set[Path] = set()
    for each in found:
        if each.keyword == "additionalProperties" and not _is_declared(each):
            if each.path[:-1] in seen:
                continue
            seen.add(each.path[:-1])
        yield each


def _is_declared(found: Disagreement) -> bool:
    """Whether the producer's schema speaks of the very field that is refused."""
    return found.producer[-2:] == ("properties", found.path[-1])


def closed(old: Json, new: Json, at_: Path = ()) -> Iterator[Path]:
    """The way to each object that the new schema closes and the old one, which says nothing against it, does not."""
    if at(new, ("additionalProperties",)) is False and at(old, ("additionalProperties",)) in (None, True):
        yield at_
    before, after = at(old, ("properties",)), at(new, ("properties",))
    for name, schema in after.items() if isinstance(after, dict) else ():
        inner = before.get(name) if isinstance(before, dict) else None
        if isinstance(inner, dict):
            yield from closed(inner, schema, (*at_, "properties", name))


def _named(path: Path) -> Path:
    """The place in a document that a way through `properties` speaks of."""
    return path[1::2]


def _milder(found: Disagreement) -> Suggestion:
    if found.missing:
        return Suggestion(f"give `{found.missing}` a default, or do not require it")
    return Suggestion("accept what was accepted before, or release it as a breaking version")
