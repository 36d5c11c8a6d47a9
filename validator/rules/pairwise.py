"""EV3: rules of the check `pairwise` and of `compat`: what one engram gives is what the next one takes."""

from validator.findings import Rule, Severity

INCOMPATIBLE_INPUT = Rule(
    "EV301",
    "incompatible-input",
    Severity.WARNING,
    "{producer} may give {what} that {consumer} does not accept: {problem}",
    "A consumer accepts everything that its producer declares.",
)
NEVER_ACCEPTED = Rule(
    "EV302",
    "never-accepted",
    Severity.ERROR,
    "nothing that {producer} gives is accepted by {consumer}: {problem}",
    "A consumer accepts at least some of what its producer emits.",
)
UNDECLARED_INPUT = Rule(
    "EV303",
    "undeclared-input",
    Severity.NOTE,
    "{producer} may add fields that it does not declare, and then gives {what} that {consumer} does not accept: "
    "{problem}",
    "A producer's schema is closed where its consumer's is strict.",
)
OVERRIDDEN_INPUTS = Rule(
    "EV304",
    "overridden-inputs",
    Severity.WARNING,
    "engram `{producer}` emits `inputs`, which replace the `{field}` of step `{step}`",
    "An engram emits a payload; the story sets the inputs of the next step.",
)
NARROWED_INPUT = Rule(
    "EV311",
    "narrowed-input",
    Severity.ERROR,
    "the new `{template}` refuses {what} that version {version} accepts: {problem}",
    "A new version accepts everything that the released one accepts.",
)
WIDENED_OUTPUT = Rule(
    "EV312",
    "widened-output",
    Severity.ERROR,
    "the new `{template}` may emit {what} that version {version} never emits: {problem}",
    "A new version emits only what the released one declares.",
)
REMOVED_OUTPUT = Rule(
    "EV313",
    "removed-output",
    Severity.ERROR,
    "the new `{template}` no longer declares the output `{field}` of version {version}",
    "A new version still declares every output of the released one.",
)
REMOVED_INPUT = Rule(
    "EV314",
    "removed-input",
    Severity.WARNING,
    "the new `{template}` no longer declares `{field}`, which {schema} of version {version} declares: it is now "
    "ignored",
    "A new version still reads every input of the released one.",
)
WITHDRAWN_MODE = Rule(
    "EV315",
    "withdrawn-mode",
    Severity.ERROR,
    "the new `{template}` no longer supports mode `{mode}`, in which engrams of version {version} may run",
    "A new version still supports every mode of the released one.",
)
CHANGED_SECRET = Rule(
    "EV316",
    "changed-secret",
    Severity.ERROR,
    "secret `{secret}` of the new `{template}` {problem}: engrams that are valid with version {version} break",
    "Engrams that map the secrets of the released version need no change for the new one.",
)
VERSION_ORDER = Rule(
    "EV317",
    "version-order",
    Severity.WARNING,
    "the new `{template}` {problem}",
    "A new version has a higher number than the released one.",
)
CLOSED_INPUT = Rule(
    "EV318",
    "closed-input",
    Severity.WARNING,
    "the new `{template}` refuses fields that {where} does not declare: version {version} accepts them",
    "An input that accepts fields of any name keeps accepting them.",
)
REMOVED_SCHEMA = Rule(
    "EV319",
    "removed-schema",
    Severity.ERROR,
    "the new `{template}` has no {schema}: what version {version} promises there is no longer promised",
    "A new version still has every schema of the released one.",
)
LOST_IMAGE = Rule(
    "EV320",
    "lost-image",
    Severity.ERROR,
    "the new `{template}` has no image, but version {version} has one: nothing can be started",
    "A new version has an image if the released one has one.",
)
