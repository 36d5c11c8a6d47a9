"""Regular expressions with *and* and *not*, taken apart by derivatives (Brzozowski): what may follow after a character.

Equal expressions are one object, sums are sets, so every expression has finitely many derivatives.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable

from validator.schemas.containment.budget import Meter, UndecidableError
from validator.schemas.containment.regex import charsets, syntax
from validator.schemas.containment.regex.charsets import Ranges
from validator.schemas.containment.regex.inclusion import Inclusion

_NESTING = 250


class Regex:
    """An expression; `form` says which: chars, cat, repeat, or, and, not, empty (the empty string)."""

    __slots__ = ("args", "form", "high", "low", "nullable", "ranges", "serial")

    def __init__(
        self,
        serial: int,
        form: str,
        nullable: bool,
        args: tuple[Regex, ...] = (),
        ranges: Ranges = (),
        low: int = 0,
        high: int | None = None,
    ) -> None:
        self.serial = serial
        self.form = form
        self.nullable = nullable
        """Is the empty string in the language?"""
        self.args = args
        self.ranges = ranges
        self.low = low
        self.high = high


class Algebra:
    """Builds expressions and their derivatives, each once."""

    def __init__(self) -> None:
        self._interned: dict[Hashable, Regex] = {}
        self._after: dict[tuple[Regex, int], Regex] = {}
        self._inclusion = Inclusion()
        self.nothing = self._make(("chars", ()), "chars", False)
        self.empty = self._make(("empty",), "empty", True)
        self.any = self.chars(charsets.ANY)
        self.everything = self.repeat(self.any, 0, None)

    def __len__(self) -> int:
        return len(self._interned) + len(self._after) + len(self._inclusion)

    def _make(
        self,
        key: Hashable,
        form: str,
        nullable: bool,
        args: tuple[Regex, ...] = (),
        ranges: Ranges = (),
        low: int = 0,
        high: int | None = None,
    ) -> Regex:
        found = self._interned.get(key)
        if found is None:
            found = self._interned[key] = Regex(len(self._interned), form, nullable, args, ranges, low, high)
        return found

    def chars(self, ranges: Ranges) -> Regex:
        """One character of the set."""
        return self._make(("chars", ranges), "chars", False, ranges=ranges)

    def cat(self, first: Regex, second: Regex) -> Regex:
        """One after the other."""
        if first is self.nothing or second is self.nothing:
            return self.nothing
        if first is self.empty:
            return second
        if second is self.empty:
            return first
        if first.form == "cat":
            return self.cat(first.args[0], self.cat(first.args[1], second))
        if first is self.everything and second is self.everything:
            return first
        return self._make(("cat", first, second), "cat", first.nullable and second.nullable, (first, second))

    def repeat(self, body: Regex, low: int, high: int | None) -> Regex:
        """The body several times."""
        if body.nullable:
            low = 0
        if high == 0 or body is self.empty:
            return self.empty
        if body is self.nothing:
            return self.empty if low == 0 else self.nothing
        if (low, high) == (1, 1) or (body.form == "repeat" and (body.low, body.high, low, high) == (0, None, 0, None)):
            return body
        key = ("repeat", body, low, high)
        return self._make(key, "repeat", low == 0, (body,), low=low, high=high)

    def either(self, parts: Iterable[Regex]) -> Regex:
        """In at least one of the languages."""
        operands: set[Regex] = set()
        ranges: list[Ranges] = []
        for part in parts:
            for each in part.args if part.form == "or" else (part,):
                if each.form == "chars":
                    ranges.append(each.ranges)
                else:
                    operands.add(each)
        if ranges and (together := charsets.union(ranges)):
            operands.add(self.chars(together))
        if self.everything in operands:
            return self.everything
        if (
            len(operands) > 1
            and self.empty in operands
            and any(each.nullable for each in operands if each is not self.empty)
        ):
            operands.discard(self.empty)
        return self._set("or", operands, self.nothing)

    def both(self, parts: Iterable[Regex]) -> Regex:
        """In all of the languages."""
        operands: set[Regex] = set()
        for part in parts:
            operands.update(part.args if part.form == "and" else (part,))
        operands.discard(self.everything)
        if self.nothing in operands:
            return self.nothing
        if self.empty in operands:
            return self.empty if all(each.nullable for each in operands) else self.nothing
        if len(operands) > 1 and self._inclusion.disjoint(operands):
            return self.nothing
        return self._set("and", operands, self.everything)

    def _set(self, form: str, operands: set[Regex], none: Regex) -> Regex:
        if not operands:
            return none
        if len(operands) == 1:
            return next(iter(operands))
        args = tuple(sorted(operands, key=lambda each: each.serial))
        nullable = any(each.nullable for each in args) if form == "or" else all(each.nullable for each in args)
        return self._make((form, args), form, nullable, args)

    def without(self, body: Regex) -> Regex:
        """Every other string."""
        if body.form == "not":
            return body.args[0]
        if body is self.nothing:
            return self.everything
        if body is self.everything:
            return self.nothing
        return self._make(("not", body), "not", not body.nullable, (body,))

    def literal(self, word: str) -> Regex:
        """Exactly that word."""
        whole = self.empty
        for char in reversed(word):
            whole = self.cat(self.chars(((ord(char), ord(char)),)), whole)
        return whole

    def after(self, expression: Regex, point: int, meter: Meter) -> Regex:
        """What may follow the character: the derivative."""
        key = (expression, point)
        found = self._after.get(key)
        if found is None:
            meter.tick(1 + len(expression.args) // 4)
            found = self._after[key] = self._derive(expression, point, meter)
        return found

    def _derive(self, expression: Regex, point: int, meter: Meter) -> Regex:
        form, args = expression.form, expression.args
        if form == "chars":
            return self.empty if charsets.contains(expression.ranges, point) else self.nothing
        if form == "cat":
            first = self.cat(self.after(args[0], point, meter), args[1])
            return self.either((first, self.after(args[1], point, meter))) if args[0].nullable else first
        if form == "repeat":
            high = None if expression.high is None else expression.high - 1
            rest = self.repeat(args[0], max(expression.low - 1, 0), high)
            return self.cat(self.after(args[0], point, meter), rest)
        if form == "or":
            return self.either([self.after(each, point, meter) for each in args])
        if form == "and":
            return self.both([self.after(each, point, meter) for each in args])
        if form == "not":
            return self.without(self.after(args[0], point, meter))
        return self.nothing

    def search(self, tree: syntax.Tree) -> Regex:
        """The strings in which a match is found anywhere. Raises UndecidableError for odd anchors."""
        start = self._compile(tree, self.everything, True, 0)
        if _always_from_start(tree):
            return start
        later = self.cat(self.any, self.cat(self.everything, self._compile(tree, self.everything, False, 0)))
        return self.either((start, later))

    def _compile(self, tree: syntax.Tree, rest: Regex, start: bool, depth: int) -> Regex:
        """The strings that the tree begins and `rest` ends; `start`: nothing stands before."""
        if depth > _NESTING:
            raise UndecidableError("a pattern is nested too deeply")
        depth += 1
        if isinstance(tree, syntax.Edge):
            if tree.start:
                return rest if start else self.nothing
            return self.both((rest, self.empty))
        if isinstance(tree, syntax.Look):
            ahead = self._compile(tree.body, self.everything, start, depth)
            return self.both((ahead if tree.positive else self.without(ahead), rest))
        if isinstance(tree, syntax.Choice):
            return self.either([self._compile(part, rest, start, depth) for part in tree.parts])
        if isinstance(tree, syntax.Chars):
            return self.cat(self.chars(tree.ranges), rest)
        if isinstance(tree, syntax.Sequence):
            return self._sequence(tree.parts, rest, start, depth)
        if _plain(tree.body):
            return self.cat(self.repeat(self._compile(tree.body, self.empty, False, depth), tree.low, tree.high), rest)
        if tree.high is None or tree.high > 1:
            raise UndecidableError("a repeated anchor or look-ahead in a pattern")
        once = self._compile(tree.body, rest, start, depth)
        return once if tree.low else self.either((rest, once))

    def _sequence(self, parts: tuple[syntax.Tree, ...], rest: Regex, start: bool, depth: int) -> Regex:
        starts: list[bool] = []
        for part in parts:
            starts.append(start)
            if start:
                shortest, longest = _lengths(part)
                if longest != 0:
                    if shortest == 0 and any(_has_start(later) for later in parts[len(starts) :]):
                        raise UndecidableError("an anchor after something optional in a pattern")
                    start = False
        for part, begins in zip(reversed(parts), reversed(starts), strict=True):
            rest = self._compile(part, rest, begins, depth)
        return rest


def _plain(tree: syntax.Tree) -> bool:
    """Has the tree neither anchors nor look-ahead?"""
    if isinstance(tree, syntax.Sequence | syntax.Choice):
        return all(_plain(part) for part in tree.parts)
    if isinstance(tree, syntax.Repeat):
        return _plain(tree.body)
    return isinstance(tree, syntax.Chars)


def _has_start(tree: syntax.Tree) -> bool:
    if isinstance(tree, syntax.Sequence | syntax.Choice):
        return any(_has_start(part) for part in tree.parts)
    if isinstance(tree, syntax.Repeat | syntax.Look):
        return _has_start(tree.body)
    return isinstance(tree, syntax.Edge) and tree.start


def _always_from_start(tree: syntax.Tree) -> bool:
    """Does every match begin at the start of the string?"""
    if isinstance(tree, syntax.Edge):
        return tree.start
    if isinstance(tree, syntax.Choice):
        return all(_always_from_start(part) for part in tree.parts)
    return isinstance(tree, syntax.Sequence) and bool(tree.parts) and _always_from_start(tree.parts[0])


def _lengths(tree: syntax.Tree) -> tuple[int, int]:
    """Least and greatest number of characters, both capped at 1."""
    if isinstance(tree, syntax.Chars):
        return 1, 1
    if isinstance(tree, syntax.Sequence | syntax.Choice):
        lows, highs = zip((0, 0), *map(_lengths, tree.parts), strict=True)
        return max(lows) if isinstance(tree, syntax.Sequence) else min(lows[1:]), max(highs)
    if isinstance(tree, syntax.Repeat):
        low, high = _lengths(tree.body)
        return (low if tree.low else 0), (0 if tree.high == 0 else high)
    return 0, 0
