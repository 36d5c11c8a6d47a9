"""EV720 to EV745: what a run of a whole story shows, and where the platform does otherwise than documented.

Raised by `story run` and by the check `stories`, never by a static check. EV730 to EV745 are the gaps of
the platform (story-run.md, section E): each is reported once a case, and the run goes on as documented.
"""

from validator.findings import Rule, Severity

FAILS_HERE = "the run fails here"
"""What is said of the place that a finding points to where all of it may follow from the failure of the run."""
NOT_AS_EXPECTED = Rule(
    "EV720",
    "story-case-differs",
    Severity.ERROR,
    "{what}: {problem}",
    "A story runs as its cases expect.",
)
RUN_FAILS = Rule(
    "EV721",
    "story-run-fails",
    Severity.ERROR,
    "the story ends {phase}: {reason}",
    "A story succeeds, unless its case expects otherwise.",
)
NEVER_ENDS = Rule(
    "EV722",
    "story-never-ends",
    Severity.ERROR,
    "the story never ends: {reason}",
    "Every run of a story ends.",
)
STAND_IN_BREAKS_SCHEMA = Rule(
    "EV723",
    "mock-breaks-schema",
    Severity.ERROR,
    "the mocked output of step `{step}` violates the outputSchema of `{engram}`, so no image can produce it: {problem}",
    "The mocked output of a step conforms to its outputSchema.",
)
OUTPUT_BREAKS_SCHEMA = Rule(
    "EV724",
    "step-output-breaks-schema",
    Severity.ERROR,
    "the {origin} output of step `{step}` violates the outputSchema of `{engram}`: {problem}",
    "The output of a step conforms to its outputSchema.",
)
UNUSED_ATTEMPT = Rule(
    "EV725",
    "unused-step-script",
    Severity.NOTE,
    "the case says how step `{step}` ends, but the step never starts",
    "Every step that a case scripts is started.",
)
COVERAGE = Rule(
    "EV726",
    "story-coverage-too-low",
    Severity.ERROR,
    "the cases cover {reached} of {all} paths ({percent} %), but {wanted} % are required; not covered: {missing}",
    "The cases of a story cover as many of its paths as required.",
)
OTHER_INPUTS = Rule(
    "EV727",
    "record-of-other-inputs",
    Severity.WARNING,
    "the recording of step `{step}` was made with other inputs and is not used: {problem}",
    "A recording is replayed with the inputs that it was made with.",
)
NOT_KNOWN = Rule(
    "EV728",
    "story-run-not-known",
    Severity.WARNING,
    "it is not known exactly how the platform runs this story: {reason}",
    "A case does not depend on chance or on the clock.",
)


def _gap(code: str, name: str, does: str, goes_on: str, summary: str) -> Rule:
    return Rule(code, name, Severity.WARNING, f"{does} (bobrapet {{version}}); the run goes on {goes_on}", summary)


STOP = _gap(
    "EV730",
    "gap-stop",
    "step `{step}` ends only itself: the platform continues the story after a `stop`",
    "as if it ended the story",
    "A story does not rely on `stop`.",
)
PARALLEL = _gap(
    "EV731",
    "gap-parallel",
    "step `{step}` never completes: the platform forgets the branches of a `parallel`",
    "as if it completed when they complete",
    "A batch story joins steps by `needs`, not by `parallel`.",
)
OMITTED_WAIT = _gap(
    "EV732",
    "gap-omitted-wait",
    "step `{step}` never completes: without `waitForCompletion` the platform never looks at the child run",
    "as if it waited",
    "A step that executes a story says whether it waits.",
)
RETRY = _gap(
    "EV733",
    "gap-retry",
    "step `{step}` is not retried: the platform treats a failure that the engram reports as final",
    "with another attempt",
    "A story does not rely on retries of failures that an engram reports.",
)
POST_EXECUTION = _gap(
    "EV734",
    "gap-post-execution",
    "step `{step}` succeeds whatever `postExecution` and the outputSchema say: after a reported success the "
    "platform does not check them",
    "as if it did",
    "A story does not rely on `postExecution`.",
)
CONCURRENCY = _gap(
    "EV735",
    "gap-concurrency",
    "`policy.concurrency` does not hold back steps that become ready together, such as step `{step}`",
    "with the limit",
    "A story does not rely on `policy.concurrency`.",
)
EMPTY_OUTPUT = _gap(
    "EV736",
    "gap-empty-output",
    "step `{step}` waits forever for the output of a step that was skipped, failed or produced none",
    "with an empty output",
    "A step reads only outputs that exist.",
)
CONDITION_ERROR = _gap(
    "EV737",
    "gap-condition-error",
    "the `if` of step `{step}` fails, and the platform silently retries it forever",
    "as if the step failed",
    "Every `if` can be evaluated.",
)
LAUNCH_ERROR = _gap(
    "EV738",
    "gap-launch-error",
    "step `{step}` cannot be started, and the platform ignores all steps listed after it",
    "with the other steps",
    "Every step can be started.",
)
BRANCH_NAME = _gap(
    "EV739",
    "gap-branch-name",
    "the whole run fails at its start: step `{step}` reads branches of a `parallel`, which the platform does not know",
    "as if it knew",
    "No step reads the branches of a `parallel`.",
)
STEP_ID = _gap(
    "EV740",
    "gap-step-id",
    "the whole run fails at its start: step `{step}` reads a step by its `id`, which the platform does not know",
    "as if it did",
    "Templates read steps by their names.",
)
TIMEOUT_CLEANUP = _gap(
    "EV741",
    "gap-timeout-cleanup",
    "after the timeout of the story, step `{step}` does not run: neither compensations nor `finally` do",
    "with them",
    "Cleanup does not rely on the timeout of a story.",
)
SKIP_ENDS = _gap(
    "EV742",
    "gap-skip-ends",
    "step `{step}` runs although a step before the one it needs has failed: a skipped step counts as done",
    "as if the skip were passed on",
    "With `continueOnStepFailure`, a step needs every step whose failure must hold it back.",
)
KEY = _gap(
    "EV743",
    "gap-key",
    "the idempotency key of step `{step}` contains `<no value>`, so other runs have the same key",
    "with the platform's own key",
    "Every value in an idempotency key exists in every run.",
)
CONDITION = _gap(
    "EV744",
    "gap-condition",
    "step `{step}` runs although the `condition` that it needs is false",
    "as if the `condition` held it back",
    "An `if` belongs on the step that it guards.",
)
WAKE = _gap(
    "EV745",
    "gap-wake",
    "step `{step}` is noticed late: nothing wakes the run for a child run, a gate or a timeout while another timer "
    "is running",
    "as if it were woken",
    "A story does not rely on events being noticed at once.",
)
