"""EV254 and EV265 to EV284: what the platform does otherwise than its documentation says, or than a reader expects.

Raised by the check `resolution`, for the versions of the platform that have the gap (story-run.md, sections E and J).
"""

from validator.findings import Rule, Severity

PARALLEL_NEVER_COMPLETES = Rule(
    "EV265",
    "parallel-never-completes",
    Severity.WARNING,
    "step `{step}` never completes: the platform forgets the branches of a `parallel`, so the step stays Running "
    "forever, and what needs it never starts",
    "A batch story runs steps in parallel by `needs`, not by `parallel`.",
)
BRANCH_REFERENCE = Rule(
    "EV266",
    "branch-reference",
    Severity.WARNING,
    "the whole StoryRun fails at its start: `{found}` makes `{branch}` a dependency of this step, and the platform "
    "does not know the branches of a `parallel` (`unknown step dependencies: {step}->{branch}`)",
    "Only `spec.output` reads the output of a branch of a `parallel`.",
)
OMITTED_WAIT = Rule(
    "EV267",
    "omitted-wait",
    Severity.WARNING,
    "step `{step}` stays Running forever, even when `{story}` has succeeded: without `waitForCompletion` the "
    "platform waits for the story when it starts it, but never checks whether it has ended",
    "A batch step that executes a story says whether it waits for it.",
)
ABSENT_IN_OUTPUT = Rule(
    "EV268",
    "absent-in-output",
    Severity.WARNING,
    "a default does not help here: {condition}, `steps` has no `{step}`, and {consequence}",
    "`spec.output` reads a step that may be missing only through `dig`.",
)
EMPTY_OUTPUT = Rule(
    "EV269",
    "empty-output",
    Severity.NOTE,
    "the schema allows an empty output of step `{step}`: this step would then wait for that output forever, with or "
    "without a default",
    "An output that other steps read has at least one required field.",
)
NO_SLEEP = Rule(
    "EV270",
    "no-sleep",
    Severity.WARNING,
    "step `{step}` fails: the platform refuses a `sleep` of `{found}` when the step starts",
    "A `sleep` has a duration above zero.",
)
STOP_WITHOUT_EFFECT = Rule(
    "EV271",
    "stop-without-effect",
    Severity.WARNING,
    "`stop` ends its own step only: {others} {verb} on",
    "No step relies on a `stop` elsewhere in the story.",
)
CONDITION_WITHOUT_EFFECT = Rule(
    "EV272",
    "condition-without-effect",
    Severity.WARNING,
    "the `if` of a `condition` holds nothing back: when it is false, step `{step}` is skipped and {others} {verb} "
    "anyway",
    "An `if` belongs on the step that it guards.",
)
SKIP_ENDS = Rule(
    "EV273",
    "skip-ends",
    Severity.WARNING,
    "with `continueOnStepFailure`, {others} {verb} although `{first}` has failed: `{second}` is skipped then, and a "
    "skipped step counts as done",
    "With `continueOnStepFailure`, a step needs every step whose failure must hold it back.",
)
TIMEOUT_WITHOUT_CLEANUP = Rule(
    "EV274",
    "timeout-without-cleanup",
    Severity.WARNING,
    "when the story takes longer than `{found}`, {sections} not run: the StoryRun ends at once",
    "Cleanup does not rely on the timeout of the story.",
)
SETTING_WITHOUT_EFFECT = Rule(
    "EV275",
    "setting-without-effect",
    Severity.NOTE,
    "`{setting}` has no effect where the engram itself reports how it ended, as engrams built with the SDK do: "
    "{consequence}{others}",
    "A story does not rely on retries, caches or `postExecution`.",
)
CONCURRENCY_WITHOUT_EFFECT = Rule(
    "EV276",
    "concurrency-without-effect",
    Severity.NOTE,
    "`concurrency: {limit}` does not hold back steps that become ready together: {others} start at once",
    "Steps that must not run at the same time need each other.",
)
PRIMITIVE_AT_START = Rule(
    "EV277",
    "primitive-at-start",
    Severity.WARNING,
    "the `{type}` of step `{step}` is executed once when the StoryRun starts, before any packet; {packets}",
    "A realtime story has no primitives except `condition`.",
)
NEEDS_ONLY_PRIMITIVES = Rule(
    "EV278",
    "needs-only-primitives",
    Severity.WARNING,
    "step `{step}` gets no packet: {needs} {verb} none, because only engrams send packets",
    "A realtime step needs an engram.",
)
PEER_WITHOUT_ADDRESS = Rule(
    "EV279",
    "peer-without-address",
    Severity.WARNING,
    "the packets of step `{step}` go nowhere: it sends directly to `{peer}`, the only step that needs it, and a "
    "`{type}` has no address (inferred from the platform's source, not observed)",
    "If only one step needs a realtime engram, that step is an engram too.",
)
OFF_TRANSPORT = Rule(
    "EV280",
    "off-transport",
    Severity.WARNING,
    "step `{step}` gets no packet: {needs} {verb} on a transport, and the hub ignores steps that name none",
    "Realtime steps that exchange packets name the same transport.",
)
ID_IS_NOT_NAME = Rule(
    "EV281",
    "id-is-not-name",
    Severity.WARNING,
    "the hub drops everything that step `{step}` sends: it looks for the id `{found}`, but the connector identifies "
    "itself by name (inferred from the platform's source, not observed)",
    "The `id` of a realtime step equals its name, or is omitted.",
)
READY_NEVER_SENT = Rule(
    "EV282",
    "ready-never-sent",
    Severity.WARNING,
    "`storyrun.ready` is never sent: step `{step}` sends directly to `{peer}` and never registers at the hub, which "
    "waits for every step (inferred from the platform's source, not observed)",
    "A story that waits for `storyrun.ready` sends all packets through the hub.",
)
RUNTIME_REPLACES_WITH = Rule(
    "EV283",
    "runtime-replaces-with",
    Severity.WARNING,
    "`runtime` replaces `with` for every packet, and {fields} {verb} required: the first packet is refused and the "
    "stream of the step before it ends",
    "`runtime` sets all inputs that the engram requires.",
)
DEFAULT_UNKNOWN_TO_HUB = Rule(
    "EV284",
    "default-unknown-to-hub",
    Severity.WARNING,
    "the hub does not apply the default of `inputs.{found}`: where the input is not set, {consequence}",
    "Templates that the hub evaluates read only required inputs.",
)
ALIAS_OF_OTHER_SECTION = Rule(
    "EV254",
    "alias-of-other-section",
    Severity.WARNING,
    "step `{step}` never starts: the controller knows `{read}` as `{found}` only among the steps of `{section}`, "
    "and waits for a step named `{read}`",
    "Compensations and `finally` spell the names of main steps exactly.",
)
