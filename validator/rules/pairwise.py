"""EV3: rules of the check `pairwise` and of `compat`: what one engram gives is what the next one takes."""

from validator.findings import Rule, Severity

INCOMPATIBLE_INPUT = Rule(
    "EV301",
    "incompatible-input",
    Severity.WARNING,
    "{producer} may give {what} that {consumer} does not take: {problem}",
    "Everything that an engram declares to emit is accepted where it goes.",
)
NEVER_ACCEPTED = Rule(
    "EV302",
    "never-accepted",
    Severity.ERROR,
    "{producer} gives nothing that {consumer} takes: {problem}",
    "Some of what an engram emits is accepted where it goes.",
)
UNDECLARED_INPUT = Rule(
    "EV303",
    "undeclared-input",
    Severity.NOTE,
    "{producer} may add what it does not declare, and then gives {what} that {consumer} does not take: {problem}",
    "A producer's schema is closed where its consumer's is strict.",
)
OVERRIDDEN_INPUTS = Rule(
    "EV304",
    "overridden-inputs",
    Severity.WARNING,
    "engram `{producer}` emits `inputs`, which reach step `{step}` in place of its `{field}`",
    "An engram emits a payload, and leaves the inputs of the next step to the story.",
)
NARROWED_INPUT = Rule(
    "EV311",
    "narrowed-input",
    Severity.ERROR,
    "the new `{template}` refuses {what} that version {version} takes: {problem}",
    "A new version accepts all that the released one accepts.",
)
WIDENED_OUTPUT = Rule(
    "EV312",
    "widened-output",
    Severity.ERROR,
    "the new `{template}` may give {what} that version {version} never gives: {problem}",
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
    "the new `{template}` no longer declares `{field}`, which {schema} of version {version} does: it is ignored now",
    "A new version still reads every input of the released one.",
)
