"""EV18: rules of `engram-validate.yaml` itself."""

from validator.findings import Rule, Severity

UNKNOWN_KEY = Rule(
    "EV180",
    "config-unknown-key",
    Severity.ERROR,
    "unknown key `{key}` in {where}; known keys are {known}",
    "engram-validate.yaml has only known keys.",
)
INVALID_VALUE = Rule(
    "EV181",
    "config-invalid-value",
    Severity.ERROR,
    "{where} is invalid: {problem}",
    "Every value of engram-validate.yaml has the type of its key.",
)
UNKNOWN_TARGET = Rule(
    "EV182",
    "config-unknown-target",
    Severity.ERROR,
    "`{key}` in {where} names no {kind} of this workspace; {known}",
    "Images and cases belong to templates, engrams and steps that exist.",
)
UNKNOWN_RULE = Rule(
    "EV183",
    "config-unknown-rule",
    Severity.ERROR,
    "`{key}` is not a rule; {nearest}",
    "`rules:` names rules of the catalogue.",
)
WEAKER_SANDBOX = Rule(
    "EV184",
    "config-weakens-isolation",
    Severity.NOTE,
    "a configuration cannot choose the sandbox `process`, so `auto` is used; if these engrams may run as local"
    " processes, pass `--sandbox process` (of the action: `sandbox: process`) or set ENGRAM_VALIDATE_SANDBOX=process",
    "A configuration can only ask for stricter isolation; the caller may ask for less.",
)
UNKNOWN_PLACEHOLDER = Rule(
    "EV186",
    "config-unknown-placeholder",
    Severity.ERROR,
    "`{placeholder}` {problem}; known here are {known}",
    "Every placeholder of a case names a service of the case, or, in secrets, a made-up value or a variable.",
)
UNDECLARED_SECRET = Rule(
    "EV187",
    "config-undeclared-secret",
    Severity.ERROR,
    "the template declares no secret `{secret}`, so a cluster refuses an Engram that maps it; secretSchema has {known}",
    "The secrets of a case are those that `secretSchema` of the template declares.",
)
UNDECLARED_INPUT = Rule(
    "EV188",
    "config-undeclared-input",
    Severity.WARNING,
    "inputSchema does not declare the input `{path}` of this case, but accepts it",
    "The inputs of a case are those that inputSchema of the template declares.",
)
UNEXPECTED_SECRET_KEY = Rule(
    "EV189",
    "config-unexpected-secret-key",
    Severity.WARNING,
    "`expectedKeys` of the secret `{secret}` has no `{key}`; it has {known}",
    "The keys of a secret are those that `expectedKeys` of the template names.",
)
