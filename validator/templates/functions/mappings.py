"""Sprig's functions on maps.

Go shuffles the keys of a map: `keys` and `values` of more than one are in no order that could be told.
Source: templating.md, section 4 (group dict).
"""

from __future__ import annotations

from typing import Any

from validator.templates.errors import CallError
from validator.templates.printing import text_of
from validator.templates.values import StringList, UnorderedList, UnorderedStrings, Value, deep_equal, type_name


def dict_of(*pairs: Value) -> dict[str, Value]:
    """`dict "a" 1`: keys are printed, a last key without a value gets the empty string."""
    found: dict[str, Value] = {}
    for index in range(0, len(pairs), 2):
        found[text_of(pairs[index])] = pairs[index + 1] if index + 1 < len(pairs) else ""
    return found


def keys(*mappings: dict[str, Value] | None) -> StringList:
    """The keys of all maps."""
    found = [key for mapping in mappings for key in mapping or ()]
    shuffled = any(len(mapping or ()) > 1 for mapping in mappings)
    return UnorderedStrings(found) if shuffled else StringList(found)


def values(mapping: dict[str, Value] | None) -> list[Value]:
    """The values of a map."""
    found = list((mapping or {}).values())
    if all(deep_equal(found[0], other) for other in found[1:]):
        return found
    return UnorderedList(found)


def dig(*arguments: Value) -> Value:
    """`dig "a" "b" fallback map`: the fallback where a key is missing, an error where there is no map."""
    if len(arguments) < 3:
        raise CallError("dig needs at least three arguments")
    *path, fallback, current = arguments
    _assert_map(current)
    for key in path:
        if type(key) is not str:
            raise CallError(f"interface conversion: interface {{}} is {_dynamic(key)}, not string")
    for index, key in enumerate(path):
        if index:
            _assert_map(current)
        if key not in current:
            return fallback
        current = current[key]
    return current


def _assert_map(value: Value) -> None:
    if type(value) is not dict:
        raise CallError(f"interface conversion: interface {{}} is {_dynamic(value)}, not map[string]interface {{}}")


def _dynamic(value: Value) -> str:
    return "nil" if value is None else type_name(value)


def pluck(key: str, *mappings: dict[str, Value] | None) -> list[Value]:
    """The values of one key in several maps."""
    return [mapping[key] for mapping in mappings if mapping and key in mapping]


def pick(mapping: dict[str, Value] | None, *names: str) -> dict[str, Value]:
    """The map with only these keys."""
    return {name: mapping[name] for name in names if mapping and name in mapping}


def omit(mapping: dict[str, Value] | None, *names: str) -> dict[str, Value]:
    """The map without these keys."""
    return {key: value for key, value in (mapping or {}).items() if key not in names}


FUNCTIONS: dict[str, Any] = {
    "dict": dict_of,
    "dig": dig,
    "get": lambda mapping, key: (mapping or {}).get(key, ""),
    "hasKey": lambda mapping, key: key in (mapping or {}),
    "keys": keys,
    "omit": omit,
    "pick": pick,
    "pluck": pluck,
    "values": values,
}
