"""Functions that look at the type of a value, and the platform's own `len`, `hash_of`, `type_of`, `exists`, `sample`.

Source: templating.md, section 4 (groups bubu and type).
"""

from __future__ import annotations

import hashlib
from typing import Any

from validator.templates.clock import Time
from validator.templates.errors import CallError, OffloadedError
from validator.templates.gostrings import byte_length, raw, trim_space
from validator.templates.paths import STORAGE_PATH, STORAGE_REF
from validator.templates.values import Value, deep_equal, kind, type_name
from validator.templates.versions import Version

_TYPE_NAMES = {
    "invalid": "null",
    "bool": "bool",
    "string": "string",
    "slice": "array",
    "map": "object",
    "struct": "object",
    "ptr": "object",
    "complex128": "complex128",
}


def _selector(value: Value) -> str | None:
    """`reference.path` when the value stands for data in storage."""
    if type(value) is not dict:
        return None
    reference, path = value.get(STORAGE_REF), value.get(STORAGE_PATH)
    if type(reference) is not str or not trim_space(reference):
        return None
    if type(path) is not str or not trim_space(path):
        return reference
    return reference + (path if path[0] in ".[" else f".{path}")


def _refuse_offloaded(name: str, value: Value) -> None:
    selector = _selector(value)
    if selector is not None:
        raise OffloadedError(f"{name} requires hydrated data for {selector}")


def length(value: Value) -> int:
    """Elements, members or bytes; 0 for nil."""
    if value is None:
        return 0
    _refuse_offloaded("len", value)
    if type(value) is str:
        return byte_length(value)
    if isinstance(value, (list, dict, str)):
        return len(value)
    raise CallError(f"len: unsupported argument type {type_name(value)}")


def hash_of(value: Value) -> str:
    """SHA-256 of a string, in hex."""
    if value is None:
        raise CallError("hash_of: value is null")
    _refuse_offloaded("hash_of", value)
    if type(value) is not str:
        raise CallError(f"hash_of: unsupported argument type {type_name(value)}")
    return hashlib.sha256(raw(value)).hexdigest()


def type_of(value: Value) -> str:
    """`string`, `number`, `bool`, `object`, `array`, `null` or `offloaded(reference)`."""
    selector = _selector(value)
    if selector is not None:
        return f"offloaded({selector})"
    return _TYPE_NAMES.get(kind(value), "number")


def sample(value: Value) -> Value:
    """The value itself."""
    _refuse_offloaded("sample", value)
    return value


def _type_is_like(target: str, value: Value) -> bool:
    return type_name(value) in (target, f"*{target}")


def _deep_equal(left: Value, right: Value) -> bool:
    if isinstance(left, (Time, Version)) and left is right:
        return True
    return deep_equal(left, right)


FUNCTIONS: dict[str, Any] = {
    "deepEqual": _deep_equal,
    "exists": lambda value: value is not None,
    "hash_of": hash_of,
    "kindIs": lambda target, value: target == kind(value),
    "kindOf": kind,
    "len": length,
    "sample": sample,
    "typeIs": lambda target, value: target == type_name(value),
    "typeIsLike": _type_is_like,
    "typeOf": type_name,
    "type_of": type_of,
}
