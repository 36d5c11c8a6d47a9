"""A run of some cases only: those of a name, or those that failed the last time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from validator.engine.options import Options, UsageError
from validator.rules import names

if TYPE_CHECKING:
    from validator.suite.cases import Case
    from validator.suite.plan import Unit

Failed = frozenset[tuple[str, str]]
"""Names of engrams and of their cases."""


def narrowed(units: Sequence[Unit], options: Options) -> tuple[Unit, ...]:
    """The units with the cases that the options name; units of which no case is left are gone.

    Raises UsageError for a name that no case has.
    """
    chosen = tuple(units)
    if options.cases:
        _check(options.cases, chosen)
        chosen = _with(chosen, lambda _, case: any(named(case.name, name) for name in options.cases))
    if options.failed is not None:
        failed = options.failed
        chosen = _with(chosen, lambda unit, case: _failed(unit, case, failed))
    return chosen


def _with(units: Iterable[Unit], wanted: Callable[[Unit, Case], bool]) -> tuple[Unit, ...]:
    found = (replace(unit, cases=tuple(case for case in unit.cases if wanted(unit, case))) for unit in units)
    return tuple(unit for unit in found if unit.cases)


def named(case: str, wanted: str) -> bool:
    """Whether a case is meant: by its whole name, in which brackets mean nothing, or by a pattern."""
    return case == wanted or fnmatchcase(case, wanted)


def _failed(unit: Unit, case: Case, failed: Failed) -> bool:
    """Whether the case failed, or one of its rows: rows of the streaming contract have names of their own."""
    mine = {name for owner, name in failed if owner == unit.name}
    return case.name in mine or ((case.contract or case.canary) and bool(mine - {one.name for one in unit.cases}))


def _check(wanted: Iterable[str], units: Iterable[Unit]) -> None:
    known = {case.name: None for unit in units for case in unit.cases}
    for name in wanted:
        if not any(named(one, name) for one in known):
            guess = names.nearest(name, known)
            hint = f"did you mean `{guess}`?" if guess else f"there are {names.listed(set(known))}" if known else ""
            raise UsageError(f"--case: no engram that is run here has a case `{name}`{'; ' if hint else ''}{hint}")
