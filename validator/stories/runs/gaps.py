"""Which gaps of the platform a run meets: those without which it would go another way.

A run is played as documented, then with one gap of the platform after the other. Where the outcome differs, the gap
matters, and the step that differs first is the one to name. Performers answer from memory: nothing runs twice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields, replace

from validator.findings import Rule
from validator.rules import stories as rules
from validator.stories.engine.definition import DefinitionError
from validator.stories.engine.profile import DOCUMENTED, IMPLEMENTED, Profile
from validator.stories.runs.traces import StepTrace, StoryTrace
from validator.templates.errors import UnsupportedError

RULES: Mapping[str, Rule] = {
    "stop_is_local": rules.STOP,
    "parallel_forgets_branches": rules.PARALLEL,
    "omitted_wait_never_ends": rules.OMITTED_WAIT,
    "reported_failure_is_final": rules.RETRY,
    "reported_success_is_final": rules.POST_EXECUTION,
    "concurrency_counts_late": rules.CONCURRENCY,
    "empty_output_blocks": rules.EMPTY_OUTPUT,
    "condition_error_waits": rules.CONDITION_ERROR,
    "launch_error_stalls": rules.LAUNCH_ERROR,
    "branches_are_unknown": rules.BRANCH_NAME,
    "id_is_no_name": rules.STEP_ID,
    "timeout_skips_finally": rules.TIMEOUT_CLEANUP,
    "skip_is_not_transitive": rules.SKIP_ENDS,
    "missing_value_in_key": rules.KEY,
    "condition_gates_itself": rules.CONDITION,
    "only_steps_wake": rules.WAKE,
}
"""By the field of the profile."""


@dataclass(frozen=True, slots=True)
class Gap:
    """One gap that a run meets, and the step that goes another way because of it."""

    rule: Rule
    field: str
    step: StepTrace | None
    """None when no step differs, only the run itself. It may be a step of a child story."""


def gaps(documented: StoryTrace, play: Callable[[Profile], StoryTrace]) -> Iterator[Gap]:
    """The gaps that matter to a run; `play` runs it again with another profile, from the same results."""
    try:
        if not list(_difference(rules.STOP, "", documented, play(IMPLEMENTED))):
            return
    except (UnsupportedError, DefinitionError):
        pass  # what it does with all gaps is not known, with each by itself it may be
    for one in fields(Profile):
        if one.name == "name":
            continue
        try:
            other = play(replace(DOCUMENTED, name=f"documented, {one.name}", **{one.name: True}))
        except (UnsupportedError, DefinitionError):
            continue
        yield from _difference(RULES[one.name], one.name, documented, other)


def _difference(rule: Rule, name: str, one: StoryTrace, other: StoryTrace) -> Iterator[Gap]:
    differing = [
        (before, after) for before, after in zip(one.steps, other.steps, strict=True) if not _same(before, after)
    ]
    for before, after in differing:
        if before.child is not None and after.child is not None:
            inner = list(_difference(rule, name, before.child, after.child))
            if inner:
                yield from inner
                return
    if differing:
        before, _ = min(differing, key=lambda pair: _begins(pair[0]))
        yield Gap(rule, name, before)
    elif (one.phase, one.output) != (other.phase, other.output):
        yield Gap(rule, name, None)


def _begins(step: StepTrace) -> float:
    return float("inf") if step.started is None else step.started


def _same(one: StepTrace, other: StepTrace) -> bool:
    """Whether a step went the same way, apart from when: times differ as soon as anything before does."""
    return (
        one.phase == other.phase
        and len(one.attempts) == len(other.attempts)
        and one.given == other.given
        and one.key == other.key
        and (one.child is None) == (other.child is None)
        and (one.child is None or other.child is None or one.child.phase == other.child.phase)
    )
