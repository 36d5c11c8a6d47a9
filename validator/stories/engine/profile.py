"""Where the platform's documentation and what it does differ, as data: story-run.md, section E.

A field is true where the engine behaves as the platform does; false is the documented behaviour. Which release does
what is in `validator/platform`.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

from validator.platform import releases
from validator.platform.releases import current, release


@dataclass(frozen=True, slots=True)
class Profile:
    """One behaviour of the platform."""

    name: str
    stop_is_local: bool
    """E1: `stop` ends only itself."""
    parallel_forgets_branches: bool
    """E2: a `parallel` never completes: its branches are known only to the pass that made them."""
    omitted_wait_never_ends: bool
    """E3: without `waitForCompletion`, `executeStory` starts to wait and never looks."""
    reported_failure_is_final: bool
    """E4: a failure that the engram reported itself is not retried."""
    reported_success_is_final: bool
    """E5: `postExecution` and the outputSchema are not looked at when the engram reported success."""
    concurrency_counts_late: bool
    """E6: steps launched in a pass do not count for `policy.concurrency` in the same pass."""
    empty_output_blocks: bool
    """E7: a step that mentions a completed step without output never starts."""
    condition_error_waits: bool
    """E8: an `if` that fails is tried forever."""
    launch_error_stalls: bool
    """E9: a step that cannot be launched stops the whole pass."""
    branches_are_unknown: bool
    """E10: the branches of a `parallel` are no names for other steps."""
    id_is_no_name: bool
    """E11: `step.id` is no name in templates."""
    timeout_skips_finally: bool
    """E12: after the story's timeout neither compensations nor finally run."""
    skip_is_not_transitive: bool
    """E13: what needs a step that was skipped for a failed dependency runs."""
    missing_value_in_key: bool
    """E21: `<no value>` in an idempotency key is taken for a key."""
    condition_gates_itself: bool
    """E22: what needs a `condition` runs although it was false."""
    only_steps_wake: bool
    """K.1: child runs, gates and timeouts are noticed at the next poll or change of a step."""


def _profile(name: str, version: str) -> Profile:
    behaviours = release(version).controller
    return Profile(name, **{each.name: each.name in behaviours for each in fields(Profile) if each.name != "name"})


IMPLEMENTED = _profile("implemented", current())
"""The newest release."""

DOCUMENTED = _profile("documented", releases.DOCUMENTED)
"""What the documentation promises, or any reasonable reading of the story."""

PROFILES = {profile.name: profile for profile in (IMPLEMENTED, DOCUMENTED)}
