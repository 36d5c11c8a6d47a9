"""Random schemas over a small vocabulary, so that their keywords meet, and random documents in the same words."""

from __future__ import annotations

import copy
from random import Random
from typing import Any

NAMES = ["a", "b", "ab", "x1", "c"]
PATTERNS = ["^a", "b$", "^[ab]+$", "^x[0-9]$", "a|b", "^(ab)*$", "^.$", "", "^(?!a)", "^a?b{1,2}$", "[^a]"]
NUMBERS = [-2, -1, 0, 0.5, 1, 1.5, 2, 3, 4, 6]
WORDS = ["", "a", "b", "ab", "ba", "abc", "bb", "x1", "x", "aaaa", "c"]
TYPES = ["null", "boolean", "integer", "number", "string", "array", "object"]


def document(random: Random, depth: int = 3) -> Any:
    """A document."""
    kind = random.randrange(4 if depth <= 0 else 7)
    if kind == 0:
        return random.choice([None, True, False])
    if kind in (1, 2):
        return random.choice(NUMBERS)
    if kind == 3:
        return random.choice(WORDS)
    if kind == 4:
        return [document(random, depth - 1) for _ in range(random.randrange(4))]
    return {random.choice(NAMES): document(random, depth - 1) for _ in range(random.randrange(4))}


class Schemas:
    """Makes schemas; `refs` are names in `$defs` that they may refer to."""

    def __init__(self, random: Random, refs: tuple[str, ...] = ()) -> None:
        self.random = random
        self.refs = refs

    def schema(self, depth: int) -> Any:
        """A schema."""
        random = self.random
        if random.random() < 0.06:
            return random.choice([True, False, {}])
        if depth <= 0:
            return self.simple()
        roll = random.random()
        if roll < 0.2:
            return self.simple()
        if roll < 0.5:
            return self.objects(depth)
        if roll < 0.68:
            return self.arrays(depth)
        if roll < 0.72 and self.refs:
            return {"$ref": "#/$defs/" + random.choice(self.refs)}
        if roll < 0.8:
            return {**self.objects(depth), **self.arrays(depth)}
        return self.combined(depth)

    def simple(self) -> dict[str, Any]:
        random = self.random
        schema: dict[str, Any] = {}
        if random.random() < 0.7:
            schema["type"] = random.choice(TYPES) if random.random() < 0.7 else random.sample(TYPES, 2)
        for keyword, values, chance in (
            ("minimum", NUMBERS, 0.2),
            ("exclusiveMaximum", NUMBERS, 0.15),
            ("maximum", NUMBERS, 0.15),
            ("exclusiveMinimum", NUMBERS, 0.1),
            ("multipleOf", [1, 2, 3, 0.5, 1.5, 4], 0.15),
            ("minLength", [0, 1, 2, 3], 0.15),
            ("maxLength", [0, 1, 2, 3, 5], 0.15),
            ("pattern", PATTERNS, 0.2),
        ):
            if random.random() < chance:
                schema[keyword] = random.choice(values)
        if random.random() < 0.15:
            schema["enum"] = [document(random, 2) for _ in range(random.randrange(1, 5))]
        if random.random() < 0.05:
            schema["const"] = document(random, 2)
        return schema

    def objects(self, depth: int) -> dict[str, Any]:
        random = self.random
        schema: dict[str, Any] = {"type": "object"} if random.random() < 0.8 else {}
        if random.random() < 0.8:
            schema["properties"] = {name: self.schema(depth - 1) for name in self.some(NAMES, 3)}
        if random.random() < 0.5:
            schema["required"] = self.some(NAMES, 2)
        if random.random() < 0.25:
            schema["patternProperties"] = {name: self.schema(depth - 1) for name in self.some(PATTERNS, 2)}
        if random.random() < 0.35:
            schema["additionalProperties"] = False if random.random() < 0.5 else self.schema(depth - 1)
        if random.random() < 0.1:
            schema["propertyNames"] = self.simple()
        if random.random() < 0.1:
            schema["dependentRequired"] = {name: self.some(NAMES, 2) for name in self.some(NAMES, 2)}
        if random.random() < 0.08:
            schema["dependentSchemas"] = {name: self.schema(depth - 1) for name in self.some(NAMES, 1)}
        if random.random() < 0.12:
            schema["minProperties"] = random.randrange(4)
        if random.random() < 0.12:
            schema["maxProperties"] = random.randrange(4)
        if random.random() < 0.06:
            schema["unevaluatedProperties"] = False if random.random() < 0.6 else self.schema(0)
        return schema

    def arrays(self, depth: int) -> dict[str, Any]:
        random = self.random
        schema: dict[str, Any] = {"type": "array"} if random.random() < 0.8 else {}
        if random.random() < 0.6:
            schema["items"] = self.schema(depth - 1)
        if random.random() < 0.3:
            schema["prefixItems"] = [self.schema(depth - 1) for _ in range(random.randrange(1, 3))]
        if random.random() < 0.3:
            schema["contains"] = self.schema(depth - 1)
            if random.random() < 0.4:
                schema["minContains"] = random.randrange(3)
            if random.random() < 0.4:
                schema["maxContains"] = random.randrange(3)
        if random.random() < 0.25:
            schema["minItems"] = random.randrange(4)
        if random.random() < 0.25:
            schema["maxItems"] = random.randrange(4)
        if random.random() < 0.2:
            schema["uniqueItems"] = True
        if random.random() < 0.06:
            schema["unevaluatedItems"] = False if random.random() < 0.6 else self.schema(0)
        return schema

    def combined(self, depth: int) -> dict[str, Any]:
        random = self.random
        keyword = random.choice(["allOf", "anyOf", "oneOf", "not", "if"])
        if keyword == "not":
            return {**self.simple(), "not": self.schema(depth - 1)}
        if keyword == "if":
            schema = {"if": self.schema(depth - 1)}
            for branch in self.some(["then", "else"], 2):
                schema[branch] = self.schema(depth - 1)
            return schema
        schema = {keyword: [self.schema(depth - 1) for _ in range(random.randrange(1, 4))]}
        if random.random() < 0.1:
            schema["unevaluatedProperties"] = False
        return schema

    def some(self, choices: list[str], most: int) -> list[str]:
        return self.random.sample(choices, self.random.randrange(1, most + 1))

    def changed(self, schema: Any) -> Any:
        """The schema with one place in it replaced, loosened or tightened."""
        random = self.random
        schema = copy.deepcopy(schema)
        if not isinstance(schema, dict) or not schema or random.random() < 0.1:
            return random.choice([lambda: {"anyOf": [schema, self.simple()]}, lambda: self.schema(1)])()
        keyword = random.choice(list(schema))
        value = schema[keyword]
        if keyword in ("properties", "patternProperties", "dependentSchemas") and value:
            name = random.choice(list(value))
            value[name] = self.changed(value[name])
        elif keyword in ("items", "contains", "additionalProperties", "not", "if", "then", "else", "propertyNames"):
            schema[keyword] = self.changed(value)
        elif keyword in ("allOf", "anyOf", "oneOf", "prefixItems") and random.random() < 0.8:
            index = random.randrange(len(value))
            value[index] = self.changed(value[index])
        elif random.random() < 0.6:
            del schema[keyword]
        else:
            schema.update(random.choice([self.simple, lambda: self.objects(1), lambda: self.arrays(1)])())
        return schema


def pair(random: Random) -> tuple[Any, Any]:
    """Two schemas that are often close relatives."""
    depth = random.choice([1, 2, 2, 3])
    recursive = random.random() < 0.12
    schemas = Schemas(random, ("n", "m") if recursive else ())
    left = schemas.schema(depth)
    right = left
    for _ in range(random.choice([0, 1, 1, 2, 3])):
        right = schemas.changed(right)
    if random.random() < 0.2:
        right = schemas.schema(depth)
    if recursive:
        left, right = (_with_definitions(schemas, each) for each in (left, right))
    if random.random() < 0.3:
        left, right = right, left
    return left, right


def _with_definitions(schemas: Schemas, schema: Any) -> Any:
    if not isinstance(schema, dict):
        return schema
    definitions = {
        "n": {"type": "object", "properties": {"a": {"$ref": "#/$defs/n"}, "b": schemas.schema(1)}},
        "m": {"anyOf": [{"type": "array", "items": {"$ref": "#/$defs/m"}}, schemas.simple()]},
    }
    if schemas.random.random() < 0.4:
        definitions["n"]["required"] = ["b"]
    return {**schema, "$defs": definitions}
