"""EV19: rules of suppressions, so that a silenced finding never hides the next one."""

from validator.findings import Rule, Severity

UNUSED_SUPPRESSION = Rule(
    "EV190",
    "unused-suppression",
    Severity.WARNING,
    "nothing here violates {rule} any more, so ignoring it has no effect",
    "A suppression silences at least one finding of each rule that it names.",
)
UNKNOWN_SUPPRESSED_RULE = Rule(
    "EV191",
    "unknown-suppressed-rule",
    Severity.WARNING,
    "`{rule}` is not a rule, so ignoring it has no effect; {nearest}",
    "A suppression names rules of the catalogue, by code or by name.",
)
MALFORMED_SUPPRESSION = Rule(
    "EV192",
    "malformed-suppression",
    Severity.WARNING,
    "this comment has no effect: expected `# engram-validate: ignore[RULE, …] reason`, found `{found}`",
    "A comment addressed to engram-validate has a form that it understands.",
)
OUTDATED_BASELINE = Rule(
    "EV193",
    "outdated-baseline",
    Severity.NOTE,
    "{count} of the baseline {are} no longer found",
    "A baseline holds only findings that still occur.",
)
