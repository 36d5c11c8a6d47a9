"""What the controllers write into statuses."""

from __future__ import annotations

from validator.stories.engine.durations import DurationError, positive

STARTED = "Starting StoryRun execution"
ALL_SUCCEEDED = "All steps completed successfully."
COMPENSATED = "Story failed; compensations completed."
OUTPUT_FAILED = "Failed to evaluate final output template."
OUTPUT_TOO_LARGE = ", but the final output was too large to store."
FAIL_FAST = "Skipped due to fail-fast policy"
NO_COMPENSATION = "Skipped because story succeeded"
CONDITION_FALSE = "Skipped due to 'if' condition"
FAILED_DEPENDENCY = "Skipped due to failed dependency: "
FALSE_CONDITION_STEP = "Skipped due to condition: "
QUEUED = "Queued due to story concurrency limit"
EVALUATED = "Primitive evaluated and outputs are available."
EXPANDED = "Parallel block expanded"
SLEEPING = "Sleeping."
SLEPT = "Sleep completed."
AT_GATE = "Waiting for gate decision."
WAITING = "Waiting for condition."
WAITED = "Wait condition satisfied."
CANCELED = "StoryRun gracefully canceled"
JOB_FAILED = "Job execution failed. Check pod logs for details."
JOB_TIMED_OUT = "Job execution timed out. Check step timeout configuration and pod logs."


def duration_problem(text: str) -> str:
    """Why a text is no positive duration; empty when it is one."""
    try:
        positive(text)
    except DurationError as error:
        return str(error)
    return ""
