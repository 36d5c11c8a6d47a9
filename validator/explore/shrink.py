"""The smallest input that still shows a fault: members left out, texts and numbers brought down, one change at a time.

Hypothesis shrinks what it drew itself. Here the input may come from a story or an example, so that it is shrunk as a
document (docs/decisions/11-shrinking.md).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from validator.explore.documents import containers, leaves, present, value_at, without
from validator.findings import Json, Path
from validator.schemas.pointers import replaced


def shrink(document: Json, plain: Json, fails: Callable[[Json], bool]) -> Json:
    """A smaller document for which `fails` holds, as it does for `document`; no step here makes it smaller still.

    `plain` is a document that people would write: what does not matter for the fault takes its values. `fails` also
    says no to documents that are not allowed, and once its budget is spent: then the smallest so far is returned.
    """
    seen = {repr(document)}

    def smaller() -> Json | None:
        for step in _steps(document, plain):
            if repr(step) in seen:
                continue
            seen.add(repr(step))
            if fails(step):
                return step
        return None

    while (found := smaller()) is not None:
        document = found
    for path, value in leaves(document):
        if isinstance(value, int) and not isinstance(value, bool) and not _usual(plain, path, value):
            document = replaced(document, path, _least(document, path, value, fails))
    return document


def _least(document: Json, path: Path, value: int, fails: Callable[[Json], bool]) -> int:
    """The number nearest to zero that still fails, if all beyond it do: found by bisection."""
    passing = 0
    while abs(value - passing) > 1:
        middle = passing + (value - passing) // 2
        if fails(replaced(document, path, middle)):
            value = middle
        else:
            passing = middle
    return value


def _steps(document: Json, plain: Json) -> Iterator[Json]:
    """Documents one step simpler, the boldest first."""
    for path, value in containers(document):
        if isinstance(value, dict):
            yield from (without(document, (*path, key)) for key in value)
    for path, value in containers(document):
        if isinstance(value, list):
            yield replaced(document, path, value[: len(value) // 2])
            yield from (without(document, (*path, index)) for index in reversed(range(len(value))))
    for path, value in leaves(document):
        if path and present(plain, path) and not _usual(plain, path, value):
            yield replaced(document, path, value_at(plain, path))
    for path, value in leaves(document):
        if not _usual(plain, path, value):
            yield from (replaced(document, path, simpler) for simpler in _simpler(value))


def _usual(plain: Json, path: Path, value: Json) -> bool:
    """Whether people would write this value at this place."""
    return present(plain, path) and repr(value_at(plain, path)) == repr(value)


def _simpler(value: Json) -> Iterator[Json]:
    if isinstance(value, str):
        yield from _shorter(value)
    elif isinstance(value, int | float) and not isinstance(value, bool) and value:
        whole = int(value) if abs(value) < 2**1023 else 0
        yield from (number for number in _nearer(whole) if abs(number) < abs(value))


def _shorter(text: str) -> Iterator[str]:
    """Parts of a text, halves first; then the text with a plainer character."""
    size = len(text)
    while size := size // 2:
        for start in range(0, len(text), size):
            yield text[:start] + text[start + size :]
    if len(set(text)) > 1:
        yield from (text.replace(character, "a") for character in dict.fromkeys(text) if not character.isalnum())


def _nearer(number: int) -> Iterator[int]:
    """Numbers nearer to zero that people would write: zero, powers of two, and their neighbours."""
    sign = 1 if number > 0 else -1
    yield 0
    for bits in (31, 32, 53, 63):
        yield from (sign * (2**bits + offset) for offset in (-1, 0, 1, 2))
