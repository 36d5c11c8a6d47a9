"""EV5: rules of the check `isolation`: a step puts out what it declares, and nothing that it was trusted with."""

from validator.findings import Rule, Severity

UNDECLARED_FIELD = Rule(
    "EV501",
    "undeclared-field",
    Severity.WARNING,
    "output {path} is not declared by outputSchema",
    "An output has only fields that outputSchema declares, although open objects would let others pass.",
)
CONFIG_IN_OUTPUT = Rule(
    "EV502",
    "config-in-output",
    Severity.WARNING,
    "output {path} holds the config value {origin}",
    "What an engram is configured with stays with the engram.",
)
SECRET_IN_OUTPUT = Rule(
    "EV503",
    "secret-in-output",
    Severity.ERROR,
    "output {path} holds the secret {origin}",
    "A secret never leaves the engram.",
)
