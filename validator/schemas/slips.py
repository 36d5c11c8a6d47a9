"""Keywords and formats with a slip of the pen: the platform passes over what it does not know.

Source: contract `templating.md` 13.1 (unknown keywords and formats assert nothing).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from validator.findings import Json, Path
from validator.schemas.formats import FORMATS
from validator.schemas.normalisation import MANY, NAMED, ONE, subschemas
from validator.schemas.problems import SchemaProblem
from validator.schemas.profile import Profile

_ASSERTING = frozenset(
    {
        *(set(ONE) - {"then", "else"}),
        *MANY,
        *NAMED,
        *("type", "enum", "const", "required", "format", "pattern", "default", "$ref", "uniqueItems"),
        *("minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties"),
        *("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"),
    }
)
"""Keywords whose loss changes what a schema accepts."""
_OTHERS = frozenset(
    {
        *("$schema", "$id", "id", "$comment", "title", "description", "examples", "example", "readOnly", "writeOnly"),
        *(
            "then",
            "else",
            "deprecated",
            "contentEncoding",
            "contentMediaType",
            "discriminator",
            "xml",
            "externalDocs",
            "units",
        ),
    }
)
_FORMATS = frozenset(
    {
        *FORMATS,
        *("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "float", "double", "decimal"),
        *("byte", "bytes", "binary", "base64", "base64url", "password", "duration", "datetime", "char", "phone"),
        *("url", "html", "markdown", "text", "textarea", "color", "colour", "idn-hostname", "media-range", "cidr"),
        *("ip", "mac", "uuid1", "uuid3", "uuid4", "uuid5", "ulid", "bsonobjectid", "isbn", "ssn", "creditcard", "tel"),
    }
)
"""Formats that are known to some reader: here they assert nothing, and are no slips."""


def slips(schema: Json, profile: Profile, path: Path = ()) -> Iterator[SchemaProblem]:
    """What is one slip away from a keyword, or from a format, that the platform knows."""
    if not isinstance(schema, dict):
        return
    known = _ASSERTING | _OTHERS | profile.schemas.ignored_keywords
    for keyword in schema:
        if keyword not in known and not keyword.startswith("x-"):
            meant = _one_slip_away(keyword, _ASSERTING)
            if meant:
                text = f"the platform does not know `{keyword}` and ignores it; did you mean `{meant}`?"
                yield SchemaProblem("unknown-keyword", (*path, keyword), text, {"found": keyword})
    named = schema.get("format")
    if isinstance(named, str) and named not in _FORMATS:
        meant = _one_slip_away(named, FORMATS)
        if meant:
            text = f"the platform does not know the format `{named}` and ignores it; did you mean `{meant}`?"
            yield SchemaProblem("unknown-keyword", (*path, "format"), text, {"found": named})
    for way, child in subschemas(schema):
        yield from slips(child, profile, (*path, *way))


def _one_slip_away(word: str, known: Iterable[str]) -> str:
    """The known word that differs by case, or by one letter too many, too few, wrong or at its neighbour's place.

    Words as short as `not` and `if` are left out: `note` and `id` are words of their own.
    """
    if len(word) < 3:
        return ""
    folded = word.lower().replace("-", "").replace("_", "")
    for other in sorted(known):
        if len(other) > 3 and _is_near(folded, other.lower().replace("-", "").replace("_", "")):
            return other
    return ""


def _is_near(word: str, other: str) -> bool:
    if word == other:
        return True
    start = next((at for at, pair in enumerate(zip(word, other, strict=False)) if pair[0] != pair[1]), None)
    if start is None:
        return abs(len(word) - len(other)) == 1
    rest, left = word[start:], other[start:]
    swapped = rest[:2] == left[1::-1] and rest[2:] == left[2:]
    return rest[1:] == left or rest == left[1:] or rest[1:] == left[1:] or swapped
