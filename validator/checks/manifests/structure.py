"""Manifests against the shapes of their kinds: fields, types, values, patterns and bounds."""

from __future__ import annotations

import re
from collections.abc import Iterator

from validator.checks.manifests.durations import UNITS, mend, seconds
from validator.checks.manifests.places import Place, either
from validator.checks.manifests.shapes import PLAIN, Duration, Entries, Fields, Flag, Free, Items, Shape, Text, Whole
from validator.findings import Finding, Json, Location, Path, Related, Severity, Suggestion
from validator.rules import manifests as rules
from validator.rules.names import listed, nearest
from validator.sources.manifests import Manifest
from validator.sources.node import Node

_SHOWN = 60


def check_shape(manifest: Manifest, node: Node, shape: Shape, path: Path = ()) -> Iterator[Finding]:
    """Hold a node at a path of a manifest to a shape. Null counts as absent, as it does for the API server."""
    value = node.value
    if value is None:
        return
    expected = _EXPECTED[type(shape)]
    if not _fits(node, shape):
        yield _mistyped(manifest, node, shape, path, expected)
    elif isinstance(shape, Fields):
        yield from _fields(manifest, node, shape, path)
    elif isinstance(shape, Items):
        yield from _items(manifest, node, shape, path)
    elif isinstance(shape, Entries):
        for name, entry in node.items():
            yield from check_shape(manifest, entry, shape.of, (*path, name))
    elif isinstance(shape, Text):
        yield from _text(manifest, node, str(value), shape, path)
    elif isinstance(shape, Duration):
        yield from _duration(manifest, node, str(value), shape, path)
    elif isinstance(shape, Whole) and isinstance(value, int):
        yield from _whole(manifest, node, value, shape, path)


_EXPECTED: dict[type[Shape], str] = {
    Fields: "an object",
    Items: "a list",
    Entries: "an object",
    Text: "a string",
    Duration: "a duration in a string, such as `30s`",
    Whole: "an integer",
    Flag: "`true` or `false`",
    Free: "an object",
}


def _fits(node: Node, shape: Shape) -> bool:
    """Whether the value is of the right type at all."""
    match shape:
        case Fields() | Entries():
            return node.is_mapping
        case Items():
            return node.is_sequence
        case Text() | Duration():
            return isinstance(node.value, str)
        case Whole():
            return isinstance(node.value, int) and not isinstance(node.value, bool)
        case Flag():
            return isinstance(node.value, bool)
        case Free():
            return node.is_mapping or not shape.objects


def _mistyped(manifest: Manifest, node: Node, shape: Shape, path: Path, expected: str) -> Finding:
    match shape:
        case Fields():
            return _no_object(manifest, node, shape, path)
        case Text():
            return _wrong_type(manifest, node, expected, path, _as_text(node))
        case Duration():
            return _wrong_type(manifest, node, expected, path, _as_duration(node))
        case Whole():
            return _wrong_type(manifest, node, expected, path, _as_plain(node, r"[-+]?[0-9]+"))
        case Flag():
            return _wrong_type(manifest, node, expected, path, _as_plain(node, "true|false"))
        case Items():
            raw = node.source.text[node.start : node.end]
            listed_one = f"[{raw}]" if node.text and "\n" not in raw and node.style not in ("|", ">") else None
            return _wrong_type(manifest, node, expected, path, listed_one)
        case _:
            return _wrong_type(manifest, node, expected, path)


def _fields(manifest: Manifest, node: Node, shape: Fields, path: Path) -> Iterator[Finding]:
    for name, member in node.items():
        inner = shape.fields.get(name)
        if inner is PLAIN and type(member.value) is str:
            continue
        if inner is not None:
            yield from check_shape(manifest, member, inner, (*path, name))
        elif not shape.open:
            yield _unknown_field(manifest, node, name, shape, path)
    for name in shape.required:
        member_or_none = node.get(name)
        if member_or_none is None:
            yield _missing(manifest, node, name, shape, path)
        elif member_or_none.value is None:
            yield _empty(manifest, node, name, path)


def _missing(manifest: Manifest, node: Node, name: str, shape: Fields, path: Path) -> Finding:
    """A required field; where any other may stand beside it, perhaps one that is a slip of it."""
    place = Place(manifest, path)
    slip = nearest(name, [key for key in node.keys if key not in shape.fields]) if shape.open else None
    location = head(manifest, node, path) if slip is None else node.key_location(slip)
    return rules.MISSING_FIELD.at(
        location,
        place.subject,
        anchor=(*place.anchor, name),
        where=place.label,
        field=name,
        evidence={} if slip is None else {"found": slip},
        suggestion=Suggestion(f"add `{name}`")
        if slip is None
        else Suggestion(f"write `{name}` for `{slip}`", location, name),
    )


def _empty(manifest: Manifest, node: Node, name: str, path: Path) -> Finding:
    """A required field that is there and holds nothing: it has to be filled, not added."""
    place = Place(manifest, (*path, name))
    return rules.WRONG_TYPE.at(
        node.key_location(name),
        place.subject,
        anchor=place.anchor,
        where=place.label,
        found="empty",
        expected="filled, since it is required",
        suggestion=Suggestion(f"write what `{name}` holds, or check that what stands below it is indented"),
    )


def head(manifest: Manifest, node: Node, path: Path) -> Location:
    """Where a finding about an object as a whole belongs: the key that holds it, or the first key in it."""
    parent = manifest.node.find(path[:-1]) if path else None
    if parent is not None and isinstance(path[-1], str):
        return parent.key_location(path[-1])
    first = next(node.items(), None)
    return node.key_location(first[0]) if first is not None else node.location


def _unknown_field(manifest: Manifest, node: Node, name: str, shape: Fields, path: Path) -> Finding:
    place = Place(manifest, path)
    known = [field for field in shape.fields if field not in shape.hidden]
    location = node.key_location(name)
    suggestion = None
    homes = [field for field, inner in shape.fields.items() if isinstance(inner, Fields) and name in inner.fields]
    close = nearest(name, [field for field in known if node.get(field) is None])
    taken = next((field for field in known if _same_letters(name, field) and node.get(field) is not None), None)
    if taken is not None:
        suggestion = Suggestion(f"remove it: `{taken}` is there already")
    elif len(homes) == 1 and (close is None or not _same_letters(name, close)):
        suggestion = Suggestion(f"move it into `{homes[0]}`, which has a field `{name}`")
    elif close is not None:
        suggestion = Suggestion(f"write `{close}`", location, close)
    return rules.UNKNOWN_FIELD.at(
        location,
        place.subject,
        anchor=(*place.anchor, name),
        where=place.label,
        found=name,
        known=listed(known),
        suggestion=suggestion,
    )


def _same_letters(one: str, other: str) -> bool:
    return one.lower().replace("_", "").replace("-", "") == other.lower()


def _no_object(manifest: Manifest, node: Node, shape: Fields, path: Path) -> Finding:
    if not (shape.reference and node.text):
        return _wrong_type(manifest, node, "an object", path)
    place = Place(manifest, path)
    found = node.source.text[node.start : node.end]
    mended = f"{{name: {found}}}" if "\n" not in found else None
    return rules.STRING_REFERENCE.at(
        node.location,
        place.subject,
        anchor=place.anchor,
        where=place.label,
        found=node.text,
        suggestion=Suggestion(f"write `{path[-1]}: {{name: {node.text}}}`", node.location if mended else None, mended),
    )


def _items(manifest: Manifest, node: Node, shape: Items, path: Path) -> Iterator[Finding]:
    elements = node.elements or ()
    first: dict[str, Node] = {}
    for index, element in enumerate(elements):
        if shape.of is not PLAIN or type(element.value) is not str:
            yield from check_shape(manifest, element, shape.of, (*path, index))
        name = element.get(shape.key) if shape.key else None
        if name is None or not name.text:
            continue
        if name.text in first:
            what = str(path[-1]).removesuffix("s")
            yield duplicate_name(manifest, name, first[name.text], (*path, index), what, str(path[-1]))
        else:
            first[name.text] = name
    count = len(elements)
    if count < shape.fewest:
        yield _out_of_bounds(manifest, node, f"has {_counted(count)}", f"needs at least {shape.fewest}", path)
    elif shape.most and count > shape.most:
        yield _out_of_bounds(manifest, node, f"has {_counted(count)}", f"takes at most {shape.most}", path)


def duplicate_name(manifest: Manifest, name: Node, first: Node, path: Path, what: str, scope: str) -> Finding:
    """A name that was used before in the same list or story."""
    place = Place(manifest, path)
    return rules.DUPLICATE_NAME.at(
        name.location,
        place.subject,
        anchor=(*path[:-1], name.text or "", "name"),
        what=what,
        name=name.text,
        scope=scope,
        related=[Related(first.location, "the name is taken here")],
    )


def _counted(count: int) -> str:
    return "1 item" if count == 1 else f"{count} items"


def _text(manifest: Manifest, node: Node, value: str, shape: Text, path: Path) -> Iterator[Finding]:
    place = Place(manifest, path)
    if shape.blank and not value.strip():
        return
    if shape.values and value not in shape.values:
        if shape.ignore_case and value.strip().lower() in shape.values:
            return
        close = nearest(value, shape.values)
        yield rules.UNKNOWN_VALUE.at(
            node.location,
            place.subject,
            anchor=place.anchor,
            where=place.label,
            found=_cut(value),
            expected=either(shape.values),
            suggestion=Suggestion(f"write `{close}`", node.location, close) if close else None,
        )
    elif len(value) < shape.shortest:
        yield _out_of_bounds(manifest, node, "is empty", "needs some text", path)
    elif shape.longest and len(value) > shape.longest:
        found = f"has {len(value)} characters"
        yield _out_of_bounds(manifest, node, found, f"takes at most {shape.longest}", path)
    elif shape.pattern and re.fullmatch(shape.pattern, value) is None:
        mended = re.sub(r"[^a-z0-9]+", "-", value.lower()).strip("-")
        mends = bool(mended) and re.fullmatch(shape.pattern, mended) is not None and "{{" not in value
        yield rules.MALFORMED_VALUE.at(
            node.location,
            place.subject,
            anchor=place.anchor,
            where=place.label,
            found=_cut(value),
            expected=shape.shape,
            suggestion=Suggestion(f"write `{mended}`, and the same wherever it is referred to") if mends else None,
        )


def _duration(manifest: Manifest, node: Node, value: str, shape: Duration, path: Path) -> Iterator[Finding]:
    if not value.strip():
        return
    length = seconds(value.strip())
    expected = ""
    if length is None:
        expected = f"a number with a unit ({UNITS}), such as 90s or 1h30m"
    elif shape.positive and length <= 0:
        expected = "longer than nothing"
    elif length < shape.least:
        expected = f"at least {round(shape.least * 1000)}ms"
    if not expected:
        return
    place = Place(manifest, path)
    mended = mend(value) if length is None else None
    yield rules.INVALID_DURATION.at(
        node.location,
        place.subject,
        anchor=place.anchor,
        where=place.label,
        found=_cut(value),
        expected=expected,
        severity=Severity.ERROR if shape.refused else Severity.WARNING,
        suggestion=Suggestion(f"write `{mended}`", node.location, mended) if mended else None,
    )


def _whole(manifest: Manifest, node: Node, value: int, shape: Whole, path: Path) -> Iterator[Finding]:
    if shape.least is not None and value < shape.least:
        yield _out_of_bounds(manifest, node, f"is {value}", f"must be at least {shape.least}", path)
    elif shape.most is not None and value > shape.most:
        yield _out_of_bounds(manifest, node, f"is {value}", f"must be at most {shape.most}", path)


def _out_of_bounds(manifest: Manifest, node: Node, found: str, expected: str, path: Path) -> Finding:
    place = Place(manifest, path)
    return rules.OUT_OF_BOUNDS.at(
        head(manifest, node, path) if node.elements else node.location,
        place.subject,
        anchor=place.anchor,
        where=place.label,
        found=found,
        expected=expected,
    )


def _wrong_type(manifest: Manifest, node: Node, expected: str, path: Path, replacement: str | None = None) -> Finding:
    place = Place(manifest, path)
    return rules.WRONG_TYPE.at(
        node.location if not (node.is_mapping or node.is_sequence) else head(manifest, node, path),
        place.subject,
        anchor=place.anchor,
        where=place.label,
        found=described(node.value) + node.misread_note,
        expected=expected,
        suggestion=Suggestion(f"write `{replacement}`", node.location, replacement) if replacement else None,
    )


def described(value: Json) -> str:
    """A value for a message: its type, and itself when it is short."""
    if isinstance(value, bool):
        return f"the boolean {str(value).lower()}"
    if isinstance(value, int | float):
        return f"the number {value}"
    if isinstance(value, str):
        return f"the string `{_cut(value)}`"
    if value is None:
        return "null"
    return "an object" if isinstance(value, dict) else "a list"


def _cut(text: str) -> str:
    one_line = " ".join(text.split())
    return one_line if len(one_line) <= _SHOWN else one_line[: _SHOWN - 1] + "…"


def _as_text(node: Node) -> str | None:
    """A plain number or boolean in quotes."""
    raw = node.source.text[node.start : node.end]
    scalar = not (node.is_mapping or node.is_sequence)
    return f'"{raw}"' if scalar and not node.style and raw else None


def _as_duration(node: Node) -> str | None:
    raw = node.source.text[node.start : node.end]
    return f'"{raw}s"' if isinstance(node.value, int) and raw.isdigit() else None


def _as_plain(node: Node, pattern: str) -> str | None:
    """A quoted number or boolean without its quotes."""
    return node.text if node.text and re.fullmatch(pattern, node.text) else None
