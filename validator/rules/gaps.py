"""EV254 and EV265 to EV284: what the platform does otherwise than its documentation says, or than a reader expects.

Raised by the check `resolution`, for the versions of the platform that have the gap (story-run.md, sections E and J).
"""

from validator.findings import Rule, Severity

PARALLEL_NEVER_COMPLETES = Rule(
    "EV265",
    "parallel-never-completes",
    Severity.WARNING,
    "step `{step}` never completes: the platform forgets the branches of a `parallel`, so the step stays Running for "
    "ever, and what needs it never starts",
    "A batch story runs steps side by side by `needs`, and not by `parallel`.",
)
BRANCH_REFERENCE = Rule(
    "EV266",
    "branch-reference",
    Severity.WARNING,
    "the whole StoryRun fails at its start: `{found}` makes `{branch}` a dependency of this step, and the platform "
    "does not know the branches of a `parallel` (`unknown step dependencies: {step}->{branch}`)",
    "Only `spec.output` reads what a branch of a `parallel` gives.",
)
OMITTED_WAIT = Rule(
    "EV267",
    "omitted-wait",
    Severity.WARNING,
    "step `{step}` stays Running for ever, even when `{story}` has succeeded: without `waitForCompletion` the launch "
    "waits for the story, and the check for its end does not",
    "A batch step that executes a story says whether it waits for it.",
)
ABSENT_IN_OUTPUT = Rule(
    "EV268",
    "absent-in-output",
    Severity.WARNING,
    "a default does not help here: {condition}, `steps` has no `{step}`, and {consequence}",
    "`spec.output` reads a step that may be missing by `dig` only.",
)
EMPTY_OUTPUT = Rule(
    "EV269",
    "empty-output",
    Severity.NOTE,
    "the schema allows the output of step `{step}` to be empty: then this step waits for its output for ever, "
    "default or not",
    "An output that other steps read has a field that is always there.",
)
NO_SLEEP = Rule(
    "EV270",
    "no-sleep",
    Severity.WARNING,
    "step `{step}` fails: a `sleep` of `{found}` is refused when it starts",
    "A `sleep` lasts longer than nothing.",
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
    "the `if` of a `condition` holds back nothing: when it is false, step `{step}` is skipped and {others} {verb} all "
    "the same",
    "The `if` stands on the step that it is about.",
)
SKIP_ENDS = Rule(
    "EV273",
    "skip-ends",
    Severity.WARNING,
    "with `continueOnStepFailure`, {others} {verb} although `{first}` has failed: `{second}` is skipped then, and a "
    "skipped step counts as done",
    "With `continueOnStepFailure`, a step needs every step whose failure has to hold it back.",
)
TIMEOUT_WITHOUT_CLEANUP = Rule(
    "EV274",
    "timeout-without-cleanup",
    Severity.WARNING,
    "when the story takes longer than `{found}`, {sections} not run: the StoryRun ends at once",
    "Cleaning up does not rely on the timeout of the story.",
)
SETTING_WITHOUT_EFFECT = Rule(
    "EV275",
    "setting-without-effect",
    Severity.NOTE,
    "`{setting}` has no effect where the engram reports how it ended, as engrams made with the SDK do: {consequence}",
    "Retries, caches and `postExecution` are not relied upon.",
)
CONCURRENCY_WITHOUT_EFFECT = Rule(
    "EV276",
    "concurrency-without-effect",
    Severity.NOTE,
    "`concurrency: {limit}` does not hold back steps that become ready together: {others} start at once",
    "Steps that must not run side by side need each other.",
)
PRIMITIVE_AT_START = Rule(
    "EV277",
    "primitive-at-start",
    Severity.WARNING,
    "the `{type}` of step `{step}` is executed once when the StoryRun starts, before any packet; {packets}",
    "A realtime story has no primitives but `condition`.",
)
NEEDS_ONLY_PRIMITIVES = Rule(
    "EV278",
    "needs-only-primitives",
    Severity.WARNING,
    "step `{step}` gets no packet: {needs} {verb} none, as only engrams send packets",
    "A realtime step needs an engram.",
)
PEER_WITHOUT_ADDRESS = Rule(
    "EV279",
    "peer-without-address",
    Severity.WARNING,
    "the packets of step `{step}` go nowhere: it sends directly to `{peer}`, the only step that needs it, and a "
    "`{type}` has no address (concluded from the platform's source, not observed)",
    "The only step that needs a realtime engram is an engram, too.",
)
OFF_TRANSPORT = Rule(
    "EV280",
    "off-transport",
    Severity.WARNING,
    "step `{step}` gets no packet: {needs} {verb} on a transport, and the hub passes over steps that name none",
    "Realtime steps that exchange packets name the same transport.",
)
ID_IS_NOT_NAME = Rule(
    "EV281",
    "id-is-not-name",
    Severity.WARNING,
    "the hub drops all that step `{step}` sends: it looks for the id `{found}`, and the connector signs with the name "
    "(concluded from the platform's source, not observed)",
    "The `id` of a realtime step is its name, or left out.",
)
READY_NEVER_SENT = Rule(
    "EV282",
    "ready-never-sent",
    Severity.WARNING,
    "`storyrun.ready` is never sent: step `{step}` sends directly to `{peer}` and never registers at the hub, which "
    "waits for every step (concluded from the platform's source, not observed)",
    "A story that waits for `storyrun.ready` sends all packets through the hub.",
)
RUNTIME_REPLACES_WITH = Rule(
    "EV283",
    "runtime-replaces-with",
    Severity.WARNING,
    "`runtime` replaces `with` for every packet, and {fields} {verb} required: the first packet is refused and the "
    "stream of the step before it ends",
    "`runtime` has all inputs that the engram requires.",
)
DEFAULT_UNKNOWN_TO_HUB = Rule(
    "EV284",
    "default-unknown-to-hub",
    Severity.WARNING,
    "the hub does not fill in the default of `inputs.{found}`: where the input is not given, {consequence}",
    "Templates that the hub evaluates read inputs that are required.",
)
ALIAS_OF_OTHER_SECTION = Rule(
    "EV254",
    "alias-of-other-section",
    Severity.WARNING,
    "step `{step}` never starts: the controller knows `{read}` as `{found}` only among the steps of `{section}`, and "
    "waits for a step of that name",
    "Compensations and `finally` write the names of main steps as they are.",
)
