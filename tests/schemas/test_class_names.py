"""Names of classes are put into RE2's words, and brackets are read as RE2 reads them."""

from __future__ import annotations

import pytest

from validator.schemas.class_names import with_known_names


@pytest.mark.parametrize(
    ("pattern", "known"),
    [
        ("]", "]"),
        (r"a]\Z", r"a]\Z"),
        (r"[]a]\p{Letter}", r"[]a]\p{L}"),
        (r"[^]a]\p{Letter}", r"[^]a]\p{L}"),
        (r"[x^]\p{Letter}", r"[x^]\p{L}"),
        (r"\p{Letter}[\p{Digit}]", r"\p{L}[\p{Nd}]"),
        (r"\p{Nobody}", r"\p{Nobody}"),
    ],
)
def test_names_are_those_of_re2(pattern: str, known: str) -> None:
    assert with_known_names(pattern) == known
