"""Keywords and formats with a slip of the pen: the platform passes over what it does not know.

Source: contract `templating.md` 13.1 (unknown keywords and formats assert nothing).
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator

from validator.findings import Json, Path
from validator.schemas.formats import FORMATS
from validator.schemas.normalisation import MANY, NAMED, ONE, subschemas
from validator.schemas.problems import SchemaProblem
from validator.schemas.profile import Profile

KEYWORDS = frozenset(
    {
        *ONE,
        *MANY,
        *NAMED,
        *("type", "enum", "const", "required", "format", "pattern", "default", "$ref", "uniqueItems"),
        *("minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties"),
        *("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"),
        *("$schema", "$id", "id", "$comment", "title", "description", "examples", "readOnly", "writeOnly"),
        *("contentEncoding", "contentMediaType", "deprecated"),
    }
)
"""The keywords of the dialect: those that the engine reads, and those that describe."""
_UNLIKELY = frozenset({"then", "else", "id"})
"""Words that are one letter from others which are no slips: `when`, `them`, `ids`."""
_ELSEWHERE = frozenset(
    {
        # OpenAPI
        *("example", "discriminator", "xml", "externalDocs", "nullable"),
        # other drafts of JSON Schema
        *("divisibleBy", "disallow", "extends", "optional", "requires", "minimumCanEqual", "maximumCanEqual"),
        *("maxDecimal", "propertyDependencies", "links", "base", "media", "fragmentResolution", "$data"),
        # validators and forms
        *("allRequired", "anyRequired", "patternRequired", "deepRequired", "deepProperties", "formatMinimum"),
        *("formatMaximum", "formatExclusiveMinimum", "formatExclusiveMaximum", "uniqueItemProperties", "typeof"),
        *("enumNames", "enumDescriptions", "enumTitles", "propertyOrder", "titles", "descriptions", "headerTemplate"),
        *("dynamicDefaults", "defaultSnippets", "markdownDescription", "units", "requiredMessage", "constraints"),
    }
)
"""Keywords that other readers of schemas know: none is a slip for one of ours."""
_CONFUSED = {
    "constant": "const",
    "constants": "const",
    "enumeration": "enum",
    "maxlen": "maxLength",
    "minlen": "minLength",
    "property": "properties",
    "propertys": "properties",
    "dependencys": "dependencies",
}
"""What keywords are called by mistake, folded, that is no slip of the fingers."""
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
    ignored = profile.schemas.ignored_keywords
    known = KEYWORDS | ignored
    for keyword in schema:
        if keyword not in known and keyword not in _ELSEWHERE and not keyword.lower().startswith("x-"):
            meant = _keyword_near(keyword, known - _UNLIKELY)
            if meant:
                text = f"the platform does not know `{keyword}` and ignores it; did you mean `{meant}`?"
                text += f" It ignores `{meant}`, too" if meant in ignored else ""
                yield SchemaProblem("unknown-keyword", (*path, keyword), text, {"found": keyword, "meant": meant})
    named = schema.get("format")
    if isinstance(named, str) and named not in _FORMATS:
        meant = _one_slip_away(named, FORMATS)
        if meant:
            text = f"the platform does not know the format `{named}` and ignores it; did you mean `{meant}`?"
            yield SchemaProblem("unknown-keyword", (*path, "format"), text, {"found": named})
    for way, child in subschemas(schema):
        yield from slips(child, profile, (*path, *way))


def _keyword_near(word: str, keywords: Iterable[str]) -> str:
    """The keyword that a word was probably meant to be: a slip, another form of it, or another name for it."""
    folded = _folded(word)
    if folded in _CONFUSED:
        return _CONFUSED[folded]
    close = _one_slip_away(word, keywords)
    if close or len(folded) < _LONG:
        return close
    by_fold = {_folded(keyword): keyword for keyword in sorted(keywords)}
    found = difflib.get_close_matches(folded, by_fold, n=1, cutoff=_CUTOFF)
    return by_fold[found[0]] if found else ""


_LONG = 8
"""Letters from which on a word may differ in more than one, such as `additionalProperty`."""
_CUTOFF = 0.85


def _folded(word: str) -> str:
    return word.lower().replace("-", "").replace("_", "")


def _one_slip_away(word: str, known: Iterable[str]) -> str:
    """The known word that differs by case, or by one letter too many, too few, wrong or at its neighbour's place.

    Words as short as `not` and `if` are left out: `note` and `id` are words of their own.
    """
    if len(word) < 3:
        return ""
    folded = _folded(word)
    for other in sorted(known):
        if len(other) > 3 and _is_near(folded, _folded(other)):
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
