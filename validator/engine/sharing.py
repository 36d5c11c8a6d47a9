"""Which part of everything this run does: all of it, one shard, or what a change can affect."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from validator.engine.options import DYNAMIC
from validator.engine.preparation import Prepared
from validator.findings import Subject, Unchecked
from validator.suite import shards
from validator.suite.results import RunResult, StoryGraph
from validator.suite.shards import Shard

if TYPE_CHECKING:
    from validator.suite.changes import Affected
    from validator.suite.plan import Unit


@dataclass(frozen=True, slots=True)
class Share:
    """What is done here."""

    units: tuple[Unit, ...]
    """What is run."""
    shard: Shard | None = None
    affected: Affected | None = None
    """What a change can affect; None for everything."""
    compared_with_nothing: str = ""
    """The revision that was named and is none, so that everything is done."""

    @property
    def static(self) -> bool:
        """Whether the static checks are made here: they are quick, and the first shard speaks for all."""
        return self.shard is None or self.shard.number == 1

    @property
    def left_out(self) -> tuple[Unchecked, ...]:
        """What a change cannot affect, said once."""
        if self.static and self.compared_with_nothing:
            reason = "it names no commit, as before the first push of a branch: everything is looked at"
            revision = self.compared_with_nothing
            return (Unchecked(f"changes since `{revision}`", reason, Subject("file", revision)),)
        if self.affected is None or not self.static or not self.affected.left_out:
            return ()
        return (Unchecked(self.affected.left_out, self.affected.reason, Subject("file", self.affected.revision)),)

    def select(self, run_result: RunResult) -> RunResult:
        """The part of the static checks that is told."""
        affected = self.affected
        if affected is None:
            return run_result
        removed = {each: found for each in run_result.unchecked if (found := affected.removed(each)) is not None}
        return replace(
            run_result,
            results=tuple(result for result in run_result.results if result.subject in affected.subjects),
            findings=(*(one for one in run_result.findings if affected.concerns(one)), *removed.values()),
            unchecked=tuple(
                each
                for each in run_result.unchecked
                if each not in removed and (each.location is None or each.location.file in affected.files)
            ),
        )

    def stories(self, graphs: Iterable[StoryGraph]) -> tuple[StoryGraph, ...]:
        """The stories that are drawn."""
        if not self.static:
            return ()
        return tuple(graph for graph in graphs if self.affected is None or graph.file in self.affected.files)


def shared(prepared: Prepared) -> Share:
    """The part that the options ask for. Raises UsageError when git cannot tell what has changed."""
    from validator.engine.revisions import names_no_commit

    options = prepared.options
    units = every_unit(prepared)
    affected = None
    nothing = options.changed_since if options.changed_since and names_no_commit(options.changed_since) else ""
    if options.changed_since and not nothing:
        affected = _affected(prepared, units)
        units = tuple(unit for unit in units if unit.name in affected.units)
    if options.shard is None:
        return Share(units, affected=affected, compared_with_nothing=nothing)
    lengths = {unit.name: options.durations.of_unit(unit) for unit in units}
    shard = replace(options.shard, plan=shards.identity(lengths, options.shard.of))
    mine = set(shards.cut(lengths, shard.of)[shard.number - 1])
    return Share(tuple(unit for unit in units if unit.name in mine), shard, affected, nothing)


def every_unit(prepared: Prepared) -> tuple[Unit, ...]:
    """All that could be run; nothing when no check wants it: a static run must not pay for making samples."""
    options = prepared.options
    if not any(check in DYNAMIC for check in options.checks):
        return ()
    from validator.engine.exploration import searches
    from validator.engine.narrowing import narrowed
    from validator.suite import plan
    from validator.suite.corpus import Corpus

    units = searches(
        tuple(plan.units(prepared.workspace, prepared.config, options.wanted)),
        prepared.workspace,
        options.explore,
        Corpus(options.corpus) if options.corpus is not None else None,
    )
    return narrowed(units, options) if not prepared.unreadable else units


def _affected(prepared: Prepared, units: tuple[Unit, ...]) -> Affected:
    from validator.engine.revisions import changes_since
    from validator.suite import changes

    root, revision = prepared.options.root, prepared.options.changed_since
    since = changes_since(root, revision)
    return changes.affected(prepared.workspace, prepared.config, units, since.files, revision, since.defined)
