"""EV5: rules of the check `isolation`: a step puts out what it declares, and nothing that it was trusted with."""

from validator.findings import Rule, Severity

UNDECLARED_FIELD = Rule(
    "EV501",
    "undeclared-field",
    Severity.WARNING,
    "{place} is not declared by outputSchema",
    "An output has only fields that outputSchema declares, although open objects would let others pass.",
)
CONFIG_IN_OUTPUT = Rule(
    "EV502",
    "config-in-output",
    Severity.WARNING,
    "{place} holds the config value {origin}{how}",
    "What an engram is configured with stays with the engram.",
)
SECRET_IN_OUTPUT = Rule(
    "EV503",
    "secret-in-output",
    Severity.ERROR,
    "{place} holds the secret {origin}{how}",
    "A secret never leaves the engram: not in an output, its metadata, a signal or an effect.",
)
SECRET_IN_LOG = Rule(
    "EV504",
    "secret-in-log",
    Severity.WARNING,
    "{place} holds the secret {origin}{how}",
    "A secret is never logged.",
)
SECRET_IN_ERROR = Rule(
    "EV505",
    "secret-in-error",
    Severity.WARNING,
    "{place} holds the secret {origin}{how}",
    "An error message says what went wrong without the secret that it went wrong with.",
)
UPSTREAM_COPIED = Rule(
    "EV506",
    "upstream-copied",
    Severity.NOTE,
    "{place} is copied from {origin} of the upstream packet, which nothing declares",
    "A packet carries on what the engram means to send, not whatever came in.",
)
CONFIG_THROUGH_INPUTS = Rule(
    "EV507",
    "config-through-inputs",
    Severity.WARNING,
    "{place} holds the config value {origin} as soon as config is among the inputs, as in the cluster{how}",
    "An output does not repeat inputs that outputSchema does not declare: in a cluster they hold the config.",
)
ENVIRONMENT_LEAKS = Rule(
    "EV508",
    "environment-leaks",
    Severity.WARNING,
    "{place} holds the environment variable {origin}{how}",
    "The environment of an engram, which holds its secrets, is neither put out nor logged.",
)
FIELD_NEVER_SEEN = Rule(
    "EV509",
    "field-never-seen",
    Severity.NOTE,
    "outputSchema declares {fields}, which no successful case{where} put out",
    "What outputSchema declares is put out by some case.",
)
