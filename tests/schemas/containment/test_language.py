"""Patterns as languages: what is in them, what is inside what, and agreement with Python's `re` on words of ASCII."""

from __future__ import annotations

import re
from itertools import islice, product
from random import Random

import pytest

from validator.schemas.containment.budget import Budget, Meter, UndecidableError
from validator.schemas.containment.regex.language import Languages

METER = Meter(Budget(steps=10**9, seconds=600))

WORDS = {
    "^a$": ["a"],
    "^$|^b": ["", "b"],
    "(^|,)foo(,|$)": ["foo", "foo,"],
    "^[a-z]{2}(-[A-Z]{2})?$": ["aa"],
    "^(?=x)[xy]$": ["x"],
    "^(?!foo)[fo]{3}$": ["ooo"],
    r"^\$\d{3}\.$": ["$000."],
    r"^[^\s\S]?z$": ["z"],
    r"^\u{1F4A9}$": ["\U0001f4a9"],
    "^[a-zA-Z0-9-_.]$": ["a"],
    "^a{,2}$": ["a{,2}"],
}


@pytest.mark.parametrize(("pattern", "words"), WORDS.items())
def test_shortest_word(pattern: str, words: list[str]) -> None:
    languages = Languages(re2=False)
    language = languages.of(pattern)
    found = languages.shortest(language, METER)
    assert found is not None
    assert len(found) == len(words[0])
    assert all(languages.contains(language, word, METER) for word in words)


@pytest.mark.parametrize(
    ("narrow", "wide", "inside"),
    [
        ("^ab*$", "^a(b|bb)*$", True),
        ("^a(b|bb)*$", "^ab*$", True),
        ("^a", "a", True),
        ("a", "^a", False),
        ("^[0-9a-f]{64}$", "[0-9a-f]{63}", True),
        ("^(a|b)*abb$", "bb$", True),
        ("x$", "^x", False),
    ],
)
def test_inclusion(narrow: str, wide: str, inside: bool) -> None:
    languages = Languages(re2=False)
    algebra = languages.algebra
    outside = algebra.both((languages.of(narrow), algebra.without(languages.of(wide))))
    assert (languages.shortest(outside, METER) is None) is inside


@pytest.mark.parametrize("pattern", [r"\bfoo", r"(a)\1", "(?<=a)b", r"\p{L}", "(?i)a", "(", "a)", "[z-a]", "a**"])
def test_refused_rather_than_guessed(pattern: str) -> None:
    with pytest.raises(UndecidableError):
        Languages(re2=False).of(pattern)


def test_what_re2_reads_otherwise() -> None:
    ecma, re2 = Languages(re2=False), Languages(re2=True)
    assert ecma.contains(ecma.of(r"^\s$"), "\u00a0", METER)
    assert not re2.contains(re2.of(r"^\s$"), "\u00a0", METER)
    assert re2.contains(re2.of("^.$"), "\r", METER)
    assert not ecma.contains(ecma.of("^.$"), "\r", METER)
    with pytest.raises(UndecidableError):
        re2.of("(?=a)")
    assert re2.shortest(re2.of(r"\Aa\z"), METER) == "a"


def test_all_words_of_a_finite_language() -> None:
    languages = Languages(re2=False)
    assert set(languages.words(languages.of("^(a|bc?|[xy]{2})$"), METER, 9)) == {"a", "b", "bc", "xx", "xy", "yx", "yy"}


def random_pattern(random: Random, depth: int) -> str:
    if depth == 0:
        return random.choice(["a", "b", "[ab]", "[^a]", ".", "c", "^", "$"])
    roll = random.randrange(6)
    inner = random_pattern(random, depth - 1)
    if roll == 0:
        return f"({inner}|{random_pattern(random, depth - 1)})"
    if roll == 1 and inner[-1] not in "^$*+?}":
        return f"(?:{inner}){random.choice(['*', '+', '?', '{2}', '{1,2}', '{0,1}'])}"
    if roll == 2:
        return f"{random.choice(['(?=', '(?!'])}{inner})"
    return inner + random_pattern(random, depth - 1)


def test_membership_is_that_of_re() -> None:
    random = Random(5)
    words = ["".join(word) for length in range(5) for word in product("abc", repeat=length)]
    judged = 0
    for _ in range(1_500):
        pattern = random_pattern(random, random.randrange(1, 4))
        languages = Languages(re2=False)
        try:
            language = languages.of(pattern)
        except UndecidableError:
            continue
        judged += 1
        searcher = re.compile(pattern.replace("$", r"\Z"))
        for word in islice(words, 0, None, 3):
            assert languages.contains(language, word, METER) is (searcher.search(word) is not None), (pattern, word)
    assert judged > 1_000
