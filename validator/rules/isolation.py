"""EV5: rules of the check `isolation`: a step puts out what it declares, and nothing that it was trusted with."""

from validator.findings import Rule, Severity

UNDECLARED_FIELD = Rule(
    "EV501",
    "undeclared-field",
    Severity.WARNING,
    "{place} is not declared by outputSchema",
    "An output has only fields that outputSchema declares, even where an open schema would allow others.",
)
CONFIG_IN_OUTPUT = Rule(
    "EV502",
    "config-in-output",
    Severity.WARNING,
    "{place} contains the config value {origin}{how}",
    "Config values stay inside the engram.",
)
SECRET_IN_OUTPUT = Rule(
    "EV503",
    "secret-in-output",
    Severity.ERROR,
    "{place} contains the secret {origin}{how}",
    "A secret never leaves the engram: not in an output, its metadata, a signal or an effect.",
)
SECRET_IN_LOG = Rule(
    "EV504",
    "secret-in-log",
    Severity.WARNING,
    "{place} contains the secret {origin}{how}",
    "A secret is never logged.",
)
SECRET_IN_ERROR = Rule(
    "EV505",
    "secret-in-error",
    Severity.WARNING,
    "{place} contains the secret {origin}{how}",
    "An error message says what went wrong without revealing a secret.",
)
UPSTREAM_COPIED = Rule(
    "EV506",
    "upstream-copied",
    Severity.NOTE,
    "{place} is copied from {origin} of the upstream packet, which no schema declares",
    "A packet carries only what the engram means to send, not everything that it received.",
)
CONFIG_THROUGH_INPUTS = Rule(
    "EV507",
    "config-through-inputs",
    Severity.WARNING,
    "in a cluster, where config is merged into the inputs, {place} contains the config value {origin}{how}",
    "An output repeats no inputs that outputSchema does not declare: in a cluster, inputs include the config.",
)
ENVIRONMENT_LEAKS = Rule(
    "EV508",
    "environment-leaks",
    Severity.WARNING,
    "{place} contains the environment variable {origin}{how}",
    "An engram neither emits nor logs its environment, which holds its secrets.",
)
FIELD_NEVER_SEEN = Rule(
    "EV509",
    "field-never-seen",
    Severity.NOTE,
    "outputSchema declares {fields}, which no successful case{where} produced",
    "Every field that outputSchema declares is produced by some case.",
)
