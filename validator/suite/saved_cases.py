"""A case added to the text of the configuration: everything that people wrote, comments included, stays as it is."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Mapping
from typing import Any

from validator.findings import Json
from validator.sources.node import Node
from validator.sources.reader import read
from validator.sources.text import SourceText

FILE = "engram-validate.yaml"
BORROWED = ("config", "secrets", "env", "services", "context")
"""What a saved case has from the written case that the search began with: with these the engram works."""


class SaveError(Exception):
    """The text is of a form into which nothing can be inserted safely."""


def with_case(text: str, engram: str, case: Mapping[str, Json]) -> str:
    """The text of the configuration with one more case of an engram; unchanged when it has the same inputs already.

    Raises SaveError when the configuration cannot be read, or would not say what it should afterwards.
    """
    root = _root(text)
    before: dict[str, Any] = root.value if root is not None and isinstance(root.value, dict) else {}
    known = _listed(before, engram)
    if any(_same(each, case) for each in known):
        return text
    added = _inserted(text, root, engram, case)
    after = _root(added)
    wanted = copy.deepcopy(before)
    _append(wanted, engram, dict(case))
    if after is None or after.value != wanted:
        raise SaveError(f"a case of `{engram}` cannot be inserted here; add it by hand: {_flow(dict(case))}")
    return added


def borrowed(text: str, engram: str, *, streaming: bool) -> dict[str, Json]:
    """What the first written case of an engram and mode says of its surroundings, as it is written."""
    root = _root(text)
    listed = _listed(root.value if root is not None else {}, engram)
    for each in listed:
        if not isinstance(each, dict) or ("send" in each) is not streaming:
            continue
        expected = each.get("expect")
        if not (isinstance(expected, dict) and "error" in expected):
            return {key: each[key] for key in BORROWED if key in each}
    return {}


def free_name(text: str, engram: str, stem: str) -> str:
    """A name that no case of the engram has."""
    root = _root(text)
    taken = {str(each.get("name")) for each in _listed(root.value if root else {}, engram) if isinstance(each, dict)}
    number = 1
    while (name := f"{stem} {number}") in taken:
        number += 1
    return name


def _root(text: str) -> Node | None:
    """The root of the configuration; None for an empty file. Raises SaveError when it cannot be read."""
    reading = read(SourceText(FILE, text))
    if reading.problems or len(reading.documents) > 1:
        raise SaveError("the configuration cannot be read")
    return reading.documents[0].root if reading.documents else None


def _listed(value: Json, engram: str) -> list[Json]:
    entries = value.get("cases") if isinstance(value, dict) else None
    entry = entries.get(engram) if isinstance(entries, dict) else None
    listed = entry.get("cases") if isinstance(entry, dict) else entry
    return listed if isinstance(listed, list) else []


def _append(value: dict[str, Any], engram: str, case: dict[str, Json]) -> None:
    entries = value["cases"] = value.get("cases") or {}
    entry = entries.get(engram)
    if isinstance(entry, dict):
        entry["cases"] = [*(entry.get("cases") or ()), case]
    else:
        entries[engram] = [*(entry or ()), case]


def _same(known: Json, case: Mapping[str, Json]) -> bool:
    """Whether a case gives the engram the same: another would say nothing more."""
    keys = ("inputs", "send", "config")
    return isinstance(known, dict) and all(repr(known.get(key)) == repr(case.get(key)) for key in keys)


def _inserted(text: str, root: Node | None, engram: str, case: Mapping[str, Json]) -> str:
    item = _flow(dict(case))
    text = text if not text or text.endswith("\n") else f"{text}\n"
    cases = root.find(("cases",)) if root is not None else None
    entry = root.find(("cases", engram)) if root is not None else None
    listed = root.find(("cases", engram, "cases")) if root is not None and entry and entry.is_mapping else entry
    if listed is not None and listed.is_sequence:
        return _into_list(text, listed, item)
    name = json.dumps(engram) if re.search(r"[^\w./-]", engram) or not engram[:1].isalpha() else engram
    if entry is not None and entry.is_mapping:
        return _into_mapping(text, entry, "cases", item)
    if cases is not None and cases.is_mapping and cases.value:
        return _into_mapping(text, cases, name, item)
    if cases is None and root is not None and root.style != "{":
        return f"{text}\ncases:\n  {name}:\n    - {item}\n".lstrip("\n")
    if root is None:
        return f"{text}cases:\n  {name}:\n    - {item}\n"
    raise SaveError(f"a case of `{engram}` cannot be inserted here; add it by hand: {item}")


def _into_list(text: str, listed: Node, item: str) -> str:
    elements = listed.elements or ()
    if listed.style == "[":
        end = text.rindex("]", listed.start, listed.end)
        inside = text[listed.start + 1 : end].rstrip()
        comma = ", " if elements and not inside.endswith(",") else " " if elements else ""
        at = listed.start + 1 + len(inside)
        return f"{text[:at]}{comma}{item}{text[at:]}"
    if not elements:
        raise SaveError(f"add it by hand: {item}")
    # The dash of the last item stands before it on its line.
    begin = text.rindex("\n", 0, elements[-1].start) + 1 if "\n" in text[: elements[-1].start] else 0
    dash = text.rindex("-", begin, elements[-1].start)
    return _line_after(text, elements[-1].end, f"{' ' * (dash - begin)}- {item}\n")


def _into_mapping(text: str, mapping: Node, key: str, item: str) -> str:
    """Another key, whose value is a list with the item."""
    keys = list(mapping.keys.values())
    if mapping.style == "{":
        end = text.rindex("}", mapping.start, mapping.end)
        inside = text[mapping.start + 1 : end].rstrip()
        comma = ", " if keys and not inside.endswith(",") else " " if keys else ""
        at = mapping.start + 1 + len(inside)
        return f"{text[:at]}{comma}{key}: [{item}]{text[at:]}"
    begin = text.rindex("\n", 0, keys[0][0]) + 1 if "\n" in text[: keys[0][0]] else 0
    indent = " " * (keys[0][0] - begin)
    return _line_after(text, mapping.end, f"{indent}{key}:\n{indent}  - {item}\n")


def _line_after(text: str, end: int, line: str) -> str:
    """The text with a line behind the one on which a value ends; what a reader counts to it beyond that stays."""
    last = len(text[:end].rstrip())
    at = text.find("\n", last)
    return f"{text[: at + 1]}{line}{text[at + 1 :]}" if at >= 0 else f"{text}\n{line}"


def _flow(value: Json) -> str:
    """A value on one line, as YAML that is JSON too wherever JSON has a way to say it."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_key(key)}: {_flow(member)}" for key, member in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_flow, value)) + "]"
    if isinstance(value, str):
        return _quoted(value)
    text = json.dumps(value)
    # YAML 1.1 takes a number without a point for a text.
    return text.replace("e", ".0e", 1) if isinstance(value, float) and "e" in text and "." not in text else text


def _key(key: str) -> str:
    return (
        key
        if re.fullmatch(r"[a-z][a-zA-Z]{2,}", key) and key not in {"null", "true", "false", "yes", "off"}
        else _quoted(key)
    )


def _quoted(text: str) -> str:
    escaped = json.dumps(text, ensure_ascii=False)
    return "".join(char if char.isprintable() else _escape(char) for char in escaped)


def _escape(char: str) -> str:
    return f"\\u{ord(char):04x}" if ord(char) <= 0xFFFF else f"\\U{ord(char):08x}"
