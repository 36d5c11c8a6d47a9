"""Does one concrete value satisfy a node?"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from validator.findings import Json
from validator.schemas.containment import ecma, formats
from validator.schemas.containment.budget import Meter, UndecidableError
from validator.schemas.containment.model import (
    Additional,
    All,
    Contains,
    Distinct,
    Fact,
    Format,
    Item,
    Kinds,
    Leaf,
    Least,
    Link,
    Match,
    Matching,
    Most,
    Multiple,
    Names,
    Node,
    Opaque,
    Pool,
    Property,
    Required,
    Rest,
    Size,
    Some,
    Values,
)
from validator.schemas.containment.regex.language import Languages
from validator.schemas.containment.values import exact, key_of, kind_of


class Evaluator:
    """Judges values. Raises UndecidableError where a fact is opaque."""

    def __init__(self, pool: Pool, languages: Languages, meter: Meter) -> None:
        self.pool = pool
        self.languages = languages
        self.meter = meter

    def holds(self, node: Node, value: Json) -> bool:
        """Does the value satisfy the node?"""
        kind = kind_of(value)
        if not node.may & kind:
            return False
        if node.must & kind:
            return True
        self.meter.tick()
        if isinstance(node, Leaf):
            if isinstance(node.fact, Kinds):
                return bool(node.fact.mask & kind)
            return _FACTS[type(node.fact)](self, node.fact, value) is node.positive
        if isinstance(node, All):
            return all(self.holds(part, value) for part in node.parts)
        if isinstance(node, Some):
            return any(self.holds(part, value) for part in node.parts)
        assert isinstance(node, Link)
        return self.holds(self.pool.body(node), value)

    def matches(self, pattern: str, text: str) -> bool:
        """Does the pattern find a match in the text?"""
        try:
            language = self.languages.of(pattern)
        except UndecidableError:
            if self.languages.re2:
                raise
            return ecma.search(pattern)(text)
        return self.languages.contains(language, text, self.meter)


def _values(_: Evaluator, fact: Values, value: Json) -> bool:
    return key_of(value) in fact.keys


def _least(_: Evaluator, fact: Least, value: Any) -> bool:
    number = exact(value)
    return number > fact.bound or (number == fact.bound and not fact.open)


def _most(_: Evaluator, fact: Most, value: Any) -> bool:
    number = exact(value)
    return number < fact.bound or (number == fact.bound and not fact.open)


def _multiple(_: Evaluator, fact: Multiple, value: Any) -> bool:
    return (exact(value) / fact.of).denominator == 1


def _size(_: Evaluator, fact: Size, value: Any) -> bool:
    return fact.low <= len(value) and (fact.high is None or len(value) <= fact.high)


def _match(self: Evaluator, fact: Match, value: Any) -> bool:
    return self.matches(fact.pattern, value)


def _format(_: Evaluator, fact: Format, value: Any) -> bool:
    return formats.holds(fact.name, value)


def _item(self: Evaluator, fact: Item, value: Any) -> bool:
    return len(value) <= fact.index or self.holds(fact.node, value[fact.index])


def _rest(self: Evaluator, fact: Rest, value: Any) -> bool:
    return all(self.holds(fact.node, item) for item in value[fact.start :])


def _contains(self: Evaluator, fact: Contains, value: Any) -> bool:
    count = sum(self.holds(fact.node, item) for item in value)
    return fact.low <= count and (fact.high is None or count <= fact.high)


def _distinct(_: Evaluator, _fact: Distinct, value: Any) -> bool:
    return len({key_of(item) for item in value}) == len(value)


def _property(self: Evaluator, fact: Property, value: Any) -> bool:
    return fact.name not in value or self.holds(fact.node, value[fact.name])


def _matching(self: Evaluator, fact: Matching, value: Any) -> bool:
    return all(self.holds(fact.node, item) for name, item in value.items() if self.matches(fact.pattern, name))


def _additional(self: Evaluator, fact: Additional, value: Any) -> bool:
    return all(
        self.holds(fact.node, item)
        for name, item in value.items()
        if name not in fact.names and not any(self.matches(pattern, name) for pattern in fact.patterns)
    )


def _names(self: Evaluator, fact: Names, value: Any) -> bool:
    return all(self.holds(fact.node, name) for name in value)


def _required(_: Evaluator, fact: Required, value: Any) -> bool:
    return fact.name in value


def _opaque(_: Evaluator, fact: Opaque, _value: Json) -> bool:
    raise UndecidableError(fact.reason)


_FACTS: dict[type[Fact], Callable[[Evaluator, Any, Any], bool]] = {
    Values: _values,
    Least: _least,
    Most: _most,
    Multiple: _multiple,
    Size: _size,
    Match: _match,
    Format: _format,
    Item: _item,
    Rest: _rest,
    Contains: _contains,
    Distinct: _distinct,
    Property: _property,
    Matching: _matching,
    Additional: _additional,
    Names: _names,
    Required: _required,
    Opaque: _opaque,
}
