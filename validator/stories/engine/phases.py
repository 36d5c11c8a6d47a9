"""The phases of steps and runs."""

from __future__ import annotations

PENDING = "Pending"
RUNNING = "Running"
PAUSED = "Paused"
BLOCKED = "Blocked"
SUCCEEDED = "Succeeded"
SKIPPED = "Skipped"
FAILED = "Failed"
TIMEOUT = "Timeout"
COMPENSATED = "Compensated"
FINISHED = "Finished"
"""How a run ends that was cancelled."""

TERMINAL = frozenset({SUCCEEDED, FAILED, FINISHED, "Canceled", COMPENSATED, TIMEOUT, "Aborted", SKIPPED})
"""Phases that do not change any more."""
ACTIVE = frozenset({RUNNING, PENDING, PAUSED})
"""Phases that the controller counts as running."""
COMPLETED = frozenset({SUCCEEDED, SKIPPED})
"""Phases that satisfy a dependency."""
