"""Questions about a regular language: is a word in it, which are its shortest words, is it empty."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from heapq import heappop, heappush
from itertools import count

from validator.schemas.containment.budget import Meter
from validator.schemas.containment.regex import charsets
from validator.schemas.containment.regex.algebra import Algebra, Regex
from validator.schemas.containment.regex.charsets import Ranges
from validator.schemas.containment.regex.syntax import parse


class Languages:
    """The languages of patterns, kept by text."""

    def __init__(self, re2: bool) -> None:
        self.re2 = re2
        self.algebra = Algebra()
        self._found: dict[str, Regex] = {}
        self._sets: dict[Regex, frozenset[Ranges]] = {}

    def of(self, pattern: str) -> Regex:
        """The strings in which the pattern finds a match. Raises UndecidableError."""
        found = self._found.get(pattern)
        if found is None:
            found = self._found[pattern] = self.algebra.search(parse(pattern, self.re2))
        return found

    def contains(self, language: Regex, word: str, meter: Meter) -> bool:
        """Is the word in the language?"""
        algebra = self.algebra
        for char in word:
            language = algebra.after(language, ord(char), meter)
            if language is algebra.nothing:
                return False
            if language is algebra.everything:
                return True
        return language.nullable

    def shortest(self, language: Regex, meter: Meter) -> str | None:
        """The shortest word, of readable characters where there is a choice; None if the language is empty."""
        algebra = self.algebra
        points = [chars[0] for chars in self._alphabet(language, 1)]
        layer = [(language, "")]
        seen = {language}
        while layer:
            following: list[tuple[Regex, str]] = []
            for state, word in layer:
                if state.nullable:
                    return word
                for point in points:
                    meter.tick()
                    after = algebra.after(state, point, meter)
                    if after is not algebra.nothing and after not in seen:
                        seen.add(after)
                        following.append((after, word + chr(point)))
            layer = following
        return None

    def words(self, language: Regex, meter: Meter, breadth: int) -> Iterator[str]:
        """Words of the language, shortest first: all of them, if there are fewer than `breadth`.

        From each class of characters that the language does not tell apart only `breadth` are used.
        """
        alphabet = self._alphabet(language, breadth)
        edges = self._edges(language, [chars[0] for chars in alphabet], meter)
        distance = _distances(edges)
        if language not in distance:
            return
        serial = count()
        heap = [(distance[language], 0, next(serial), language, "")]
        while heap:
            _, _, _, state, word = heappop(heap)
            meter.tick()
            if state.nullable:
                yield word
            for chars, after in zip(alphabet, edges[state], strict=True):
                if after in distance:
                    total = len(word) + 1 + distance[after]
                    for point in chars:
                        heappush(heap, (total, -len(word), next(serial), after, word + chr(point)))

    def _edges(self, language: Regex, points: list[int], meter: Meter) -> dict[Regex, list[Regex]]:
        edges: dict[Regex, list[Regex]] = {}
        pending = [language]
        while pending:
            state = pending.pop()
            if state not in edges:
                meter.tick(len(points))
                edges[state] = [self.algebra.after(state, point, meter) for point in points]
                pending.extend(edges[state])
        return edges

    def _alphabet(self, language: Regex, breadth: int) -> list[list[int]]:
        """Characters to use, up to `breadth` of each class, the readable classes first."""
        classes = _classes(self._charsets(language))
        return sorted((charsets.nicest(ranges, breadth) for ranges in classes), key=lambda chars: _rank(chars[0]))

    def _charsets(self, expression: Regex) -> frozenset[Ranges]:
        found = self._sets.get(expression)
        if found is None:
            pending, seen, sets = [expression], {expression}, set()
            while pending:
                each = pending.pop()
                if each.form == "chars":
                    sets.add(each.ranges)
                for arg in each.args:
                    if arg not in seen:
                        seen.add(arg)
                        pending.append(arg)
            found = self._sets[expression] = frozenset(sets)
        return found


def _distances(edges: dict[Regex, list[Regex]]) -> dict[Regex, int]:
    """How many characters each state is from the end of a word; states from which no word ends are left out."""
    sources: dict[Regex, list[Regex]] = {}
    for state, targets in edges.items():
        for target in targets:
            sources.setdefault(target, []).append(state)
    distance = {state: 0 for state in edges if state.nullable}
    layer = list(distance)
    while layer:
        layer = [
            source
            for state in layer
            for source in sources.get(state, ())
            if source not in distance and distance.setdefault(source, distance[state] + 1)
        ]
    return distance


@lru_cache(maxsize=1024)
def _classes(sets: frozenset[Ranges]) -> list[Ranges]:
    return charsets.partition(sets)


def _rank(point: int) -> int:
    """Small letters before digits before the rest, so that examples read well."""
    return 0 if 97 <= point <= 122 else 1 if 48 <= point <= 57 else 2 if 65 <= point <= 90 else 3
