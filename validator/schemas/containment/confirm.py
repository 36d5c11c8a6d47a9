"""The independent opinion: python-jsonschema says whether a schema accepts a value."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeAlias

from validator.findings import Json
from validator.schemas.containment.dialect import Dialect
from validator.schemas.containment.documents import Schema
from validator.schemas.independent import validator_of

if TYPE_CHECKING:
    import jsonschema

Judge: TypeAlias = Callable[[Json], bool | None]
"""Does the schema accept the value? None: the validator gives up."""


def judge_for(plain: Schema, dialect: Dialect) -> Judge:
    """The validator of a plain schema."""
    if dialect.tuple_items:
        validator = validator_of(plain, 7, _checker() if dialect.formats else None)
    else:
        validator = validator_of(plain)

    def judge(value: Json) -> bool | None:
        try:
            return bool(validator.is_valid(value))
        except Exception:  # noqa: BLE001 - bad or slow patterns, remote references and endless recursion raise what they like
            return None

    return judge


def _checker() -> jsonschema.FormatChecker:
    """The formats as the platform reads them: jsonschema's own differ, and need packages that may be absent."""
    import jsonschema

    from validator.schemas.formats import FORMATS

    checker = jsonschema.FormatChecker(formats=())
    for name, accepts in FORMATS.items():
        checker.checks(name)(lambda value, accepts=accepts: not isinstance(value, str) or accepts(value))
    return checker


def judge_as_platform(schema: Schema, plain: Schema, dialect: Dialect) -> Judge:
    """As `judge_for`, for a consumer on the platform: its own judge must agree, or nothing is said."""
    independent = judge_for(plain, dialect)
    profile = dialect.profile
    assert profile is not None

    def judge(value: Json) -> bool | None:
        from validator.schemas.containment.platform import accepts

        opinion = independent(value)
        try:
            return opinion if opinion is not None and accepts(schema, profile, value) is opinion else None
        except RecursionError:
            return None

    return judge
