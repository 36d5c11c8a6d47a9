"""What the functions of templates do: one module a group, each with a table of names in FUNCTIONS.

A function takes Go values (`validator.templates.values`; a nil is None) and returns one. It raises CallError where Go's
fails, UnsupportedError where its answer is not known exactly. May import: validator.templates.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from validator.templates.functions.builtins import FUNCTIONS as BUILTINS
from validator.templates.functions.casing import FUNCTIONS as CASING
from validator.templates.functions.dates import FUNCTIONS as DATES
from validator.templates.functions.defaults import FUNCTIONS as DEFAULTS
from validator.templates.functions.encoding import FUNCTIONS as ENCODING
from validator.templates.functions.lists import FUNCTIONS as LISTS
from validator.templates.functions.mappings import FUNCTIONS as MAPPINGS
from validator.templates.functions.numbers import FUNCTIONS as NUMBERS
from validator.templates.functions.reflection import FUNCTIONS as REFLECTION
from validator.templates.functions.strings import FUNCTIONS as STRINGS

Implementation: TypeAlias = Callable[..., Any]

FUNCTIONS: Mapping[str, Implementation] = {
    **BUILTINS,
    **CASING,
    **DATES,
    **DEFAULTS,
    **ENCODING,
    **LISTS,
    **MAPPINGS,
    **NUMBERS,
    **REFLECTION,
    **STRINGS,
}
"""Every function that is implemented, by name. The rest of the catalogue depends on chance or on the clock."""
