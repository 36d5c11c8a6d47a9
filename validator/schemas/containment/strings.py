"""Strings of some length that match some patterns and not others, and are none of the excluded."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, islice, product

from validator.schemas.containment import formats
from validator.schemas.containment.budget import ExhaustedError, UndecidableError
from validator.schemas.containment.evaluate import Evaluator
from validator.schemas.containment.model import Fact, Format, Match, Opaque, Size, Values
from validator.schemas.containment.outcome import EMPTY, Outcome
from validator.schemas.containment.regex.algebra import Regex

_STOCK = ("text", "a", "", "0", "A", "ab", "a-b", "a b", "x", "example", "1.0", "/a", "$a", "_")
_LONGEST = 70_000


class Texts:
    """What the facts say together."""

    def __init__(self, facts: list[tuple[Fact, bool]]) -> None:
        self.low, self.high = 0, None
        self.matches: list[tuple[str, bool]] = []
        self.formats: list[tuple[str, bool]] = []
        self.excluded: set[str] = set()
        self.opaque = ""
        for fact, positive in facts:
            if isinstance(fact, Size):
                low, high = (fact.low, fact.high) if positive else _outside(fact)
                self.low = max(self.low, low)
                self._cap(high)
            elif isinstance(fact, Match):
                self.matches.append((fact.pattern, positive))
            elif isinstance(fact, Format):
                self.formats.append((fact.name, positive))
            elif isinstance(fact, Values):
                self.excluded |= {key for key in fact.keys if isinstance(key, str)}
            elif isinstance(fact, Opaque):
                self.opaque = fact.reason

    low: int
    high: int | None

    def _cap(self, high: int | None) -> None:
        if high is not None:
            self.high = high if self.high is None else min(self.high, high)

    def fits(self, text: str) -> bool:
        """Has the text the right length, and is it not excluded?"""
        return self.low <= len(text) and (self.high is None or len(text) <= self.high) and text not in self.excluded


def _outside(fact: Size) -> tuple[int, int | None]:
    """A size fact has one limit only: the other side of it."""
    return (0, fact.low - 1) if fact.high is None else (fact.high + 1, None)


def solve(facts: list[tuple[Fact, bool]], want: int, judge: Evaluator) -> Outcome:
    """Find up to `want` strings."""
    texts = Texts(facts)
    if texts.high is not None and texts.low > texts.high:
        return EMPTY
    if texts.low > _LONGEST:
        return Outcome(complete=False, reason=f"a string of {texts.low} characters")
    if texts.formats or texts.opaque:
        return _opaque(texts, want, judge)
    if not texts.matches:
        return _free(texts, want, judge)
    try:
        language = _language(texts, judge)
    except UndecidableError as gap:
        return _guess(texts, want, judge, str(gap))
    return _regular(texts, language, want, judge)


def _free(texts: Texts, want: int, judge: Evaluator) -> Outcome:
    """Only length and excluded words matter."""
    found = list(islice((text for text in _some(texts.low, texts.high) if texts.fits(text)), want))
    judge.meter.tick(1 + len(texts.excluded) // 8)
    return Outcome(tuple(found), texts.high == 0)


def _some(low: int, high: int | None) -> Iterator[str]:
    """Readable texts of at least `low` and at most `high` characters; endless unless `high` is 0."""
    if high == 0:
        return iter(("",))
    stem = (_STOCK[0] * (low // 4 + 1))[: max(low, min(4, high or 4))]
    width = min(len(stem), 3) if high is not None and high <= len(stem) else 0
    if width:
        tails: Iterator[str] = ("".join(tail) for tail in product("abcdefghijklmnopqrstuvwxyz0123456789", repeat=width))
        shorter = ("".join(word) for word in product(map(chr, range(0x4E00, 0x9000)), repeat=len(stem)))
        return chain((stem,), (stem[:-width] + tail for tail in tails), shorter)
    return chain((stem,), (stem + str(index) for index in range(2, 1_000_000)))


def _language(texts: Texts, judge: Evaluator) -> Regex:
    """The language of the patterns, without lengths and exclusions."""
    algebra, of = judge.languages.algebra, judge.languages.of
    return algebra.both([of(text) if positive else algebra.without(of(text)) for text, positive in texts.matches])


def _bounded(texts: Texts, language: Regex, judge: Evaluator, *, excluding: bool) -> Regex:
    algebra = judge.languages.algebra
    parts = [language]
    if texts.low or texts.high is not None:
        parts.append(algebra.repeat(algebra.any, texts.low, texts.high))
    if excluding and texts.excluded:
        parts.append(algebra.without(algebra.either(algebra.literal(word) for word in sorted(texts.excluded))))
    return algebra.both(parts)


def _regular(texts: Texts, language: Regex, want: int, judge: Evaluator) -> Outcome:
    contains, meter = judge.languages.contains, judge.meter
    bounded = _bounded(texts, language, judge, excluding=False)
    if bounded is judge.languages.algebra.nothing:
        return EMPTY
    found: dict[str, None] = {}
    for text in _stock(texts):
        if texts.fits(text) and contains(language, text, meter):
            found[text] = None
            if len(found) >= want:
                return Outcome(tuple(found), False)
    shortest = judge.languages.shortest(bounded, meter)
    if shortest is None:
        return EMPTY
    if want == 1 and shortest not in texts.excluded:
        return Outcome((shortest,), False)
    exact = _bounded(texts, language, judge, excluding=True)
    words = tuple(islice(judge.languages.words(exact, meter, want), want))
    return Outcome(words, len(words) < want)


def _stock(texts: Texts) -> Iterator[str]:
    for text in _STOCK:
        if len(text) >= texts.low:
            yield text
        elif text:
            yield (text * (texts.low // len(text) + 1))[: texts.low]


def _opaque(texts: Texts, want: int, judge: Evaluator) -> Outcome:
    """Formats: empty only if the rest is, or if one is asked for that is within an excluded one."""
    wanted = [name for name, positive in texts.formats if positive]
    if any(formats.within(name, other) for name in wanted for other, positive in texts.formats if not positive):
        return EMPTY
    return _guess(texts, want, judge, texts.opaque or f"format {texts.formats[0][0]}")


def _guess(texts: Texts, want: int, judge: Evaluator, reason: str) -> Outcome:
    """Try what is at hand: members of formats, words of the patterns that are understood, stock."""
    found: dict[str, None] = {}
    guesses: dict[str, None] = {}
    known = _understood(texts, judge)
    if known is not None:
        if (word := judge.languages.shortest(_bounded(texts, known, judge, excluding=True), judge.meter)) is None:
            return EMPTY
        words: Iterator[str] = iter((word,))
        try:
            more = list(
                islice(judge.languages.words(_bounded(texts, known, judge, excluding=True), judge.meter, 3), 20)
            )
            words = iter(more)
        except ExhaustedError:
            pass
        candidates = chain(formats.CANDIDATES, _stock(texts), words)
    else:
        candidates = chain(formats.CANDIDATES, _stock(texts))
    for text in candidates:
        if texts.fits(text):
            try:
                if all(judge.matches(pattern, text) is positive for pattern, positive in texts.matches) and all(
                    formats.holds(name, text) is positive for name, positive in texts.formats
                ):
                    (guesses if texts.opaque else found)[text] = None
            except UndecidableError:
                guesses[text] = None
        if len(found) >= want:
            break
    return Outcome(tuple(found), False, reason, guesses=tuple(islice(guesses, 12)))


def _understood(texts: Texts, judge: Evaluator) -> Regex | None:
    """The language of those patterns that are understood."""
    algebra, parts = judge.languages.algebra, []
    for pattern, positive in texts.matches:
        try:
            language = judge.languages.of(pattern)
        except UndecidableError:
            continue
        parts.append(language if positive else algebra.without(language))
    return algebra.both(parts)
