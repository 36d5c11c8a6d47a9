"""EV1: rules of the check `manifests`: what stands in the files, before anything is evaluated or run."""

from validator.findings import Rule, Severity

UNREADABLE_FILE = Rule(
    "EV101",
    "unreadable-file",
    Severity.ERROR,
    "cannot read {file}: {problem}",
    "Every manifest is readable UTF-8 text.",
)
INVALID_YAML = Rule(
    "EV102",
    "invalid-yaml",
    Severity.ERROR,
    "this document is not valid {language}: {problem}",
    "Every document of a manifest is valid YAML or JSON.",
)
UNQUOTED_TEMPLATE = Rule(
    "EV103",
    "unquoted-template",
    Severity.ERROR,
    "the template {text} is not quoted: YAML reads its braces as a mapping",
    "A value that begins with a template is quoted.",
)
FILE_TOO_LARGE = Rule(
    "EV104",
    "file-too-large",
    Severity.ERROR,
    "{file} is {size}: manifests over {limit} are not read",
    "A manifest stays under the size limit, which is far above what a cluster stores.",
)
EXCESSIVE_ALIASES = Rule(
    "EV105",
    "excessive-aliases",
    Severity.ERROR,
    "this document is not read: {problem}",
    "Aliases do not inflate a document and do not contain themselves.",
)
NESTED_TOO_DEEP = Rule(
    "EV106",
    "nested-too-deep",
    Severity.ERROR,
    "this document is not read: it is nested deeper than {limit} levels here",
    "A document is nested no deeper than the platform follows.",
)
NOT_JSON = Rule(
    "EV107",
    "not-json",
    Severity.ERROR,
    "this document cannot be written as JSON: {problem}",
    "Manifests are JSON written as YAML: keys are strings and numbers are finite.",
)
NOT_A_MANIFEST = Rule(
    "EV108",
    "not-a-manifest",
    Severity.WARNING,
    "this is not a Kubernetes object: {problem}",
    "A manifest file holds objects with apiVersion and kind.",
)
DUPLICATE_KEY = Rule(
    "EV109",
    "duplicate-key",
    Severity.ERROR,
    "the key `{key}` appears twice in this mapping: the first value is lost",
    "Each key appears once in its mapping.",
)

UNKNOWN_KIND = Rule(
    "EV110",
    "unknown-kind",
    Severity.ERROR,
    "`{found}` is not a kind of {group}: its kinds are {known}",
    "An object of a BubuStack API group has a kind that exists there.",
)
WRONG_API_VERSION = Rule(
    "EV111",
    "wrong-api-version",
    Severity.ERROR,
    "apiVersion `{found}` does not match kind {kind}, which belongs to {expected}",
    "apiVersion and kind match.",
)
UNKNOWN_FIELD = Rule(
    "EV112",
    "unknown-field",
    Severity.ERROR,
    "{where} has no field `{found}`: the API server would drop it; its fields are {known}",
    "Every field of a manifest exists: the API server silently drops unknown fields.",
)
WRONG_TYPE = Rule(
    "EV113",
    "wrong-type",
    Severity.ERROR,
    "{where} is {found}, but must be {expected}",
    "Every field holds a value of its type.",
)
MISSING_FIELD = Rule(
    "EV114",
    "missing-field",
    Severity.ERROR,
    "{where} has no `{field}`, which is required",
    "Required fields are present.",
)
UNKNOWN_VALUE = Rule(
    "EV115",
    "unknown-value",
    Severity.ERROR,
    "{where} is `{found}`, but must be {expected}",
    "A field with a fixed set of values holds one of them.",
)
MALFORMED_VALUE = Rule(
    "EV116",
    "malformed-value",
    Severity.ERROR,
    "{where} is `{found}`, but takes {expected}",
    "Names have the form that Kubernetes requires.",
)
OUT_OF_BOUNDS = Rule(
    "EV117",
    "out-of-bounds",
    Severity.ERROR,
    "{where} {found}, but {expected}",
    "Numbers, strings and lists stay within the bounds of their fields.",
)
STRING_REFERENCE = Rule(
    "EV118",
    "string-reference",
    Severity.ERROR,
    "{where} is the string `{found}`, but must be an object with `name`",
    "A reference is an object: a string does not decode.",
)
REF_AND_TYPE = Rule(
    "EV119",
    "ref-xor-type",
    Severity.ERROR,
    "step `{step}` {problem}",
    "A step has either `ref` (it runs an engram) or `type` (it is a primitive).",
)
INVALID_DURATION = Rule(
    "EV120",
    "invalid-duration",
    Severity.ERROR,
    "{where} is `{found}`, but must be {expected}",
    "Durations are in Go's form: a number with a unit, such as 90s or 1h30m.",
)
DUPLICATE_NAME = Rule(
    "EV121",
    "duplicate-name",
    Severity.ERROR,
    "{what} `{name}` appears twice: names must be unique in {scope}",
    "Names of steps (compensations and finally included), transports and lanes are unique.",
)
DUPLICATE_OBJECT = Rule(
    "EV122",
    "duplicate-object",
    Severity.ERROR,
    "{kind} `{name}` is defined twice: the one that is applied last wins",
    "An object is defined once in a workspace.",
)
UNKNOWN_NEED = Rule(
    "EV123",
    "unknown-need",
    Severity.ERROR,
    "step `{step}` needs `{found}`, {problem}; the steps it can need are {known}",
    "A step needs other steps of the story that exist.",
)
NEEDS_CYCLE = Rule(
    "EV124",
    "needs-cycle",
    Severity.ERROR,
    "these steps need each other, so none can start: {cycle}",
    "`needs` has no cycle.",
)
BATCH_ONLY_STEP = Rule(
    "EV125",
    "batch-only-step",
    Severity.ERROR,
    "step `{step}` has type `{type}`, which a realtime story cannot run",
    "`gate` and `wait` are for batch stories only.",
)
UNDECLARED_TRANSPORT = Rule(
    "EV126",
    "undeclared-transport",
    Severity.ERROR,
    "step `{step}` uses transport `{found}`, which the story does not declare; it declares {known}",
    "A step uses a transport that the story declares.",
)
UNKNOWN_TARGET = Rule(
    "EV127",
    "unknown-routing-target",
    Severity.ERROR,
    "a routing rule of transport `{transport}` targets step `{found}`, {problem}; the steps are {known}",
    "Routing rules target steps of the story, each once.",
)
INVALID_REQUIRES = Rule(
    "EV128",
    "invalid-requires",
    Severity.ERROR,
    "step `{step}` requires `{found}`: {problem}",
    "`requires` holds paths `steps.<name>.<field>` to earlier steps.",
)
RUNTIME_IN_BATCH = Rule(
    "EV129",
    "runtime-in-batch",
    Severity.ERROR,
    "step `{step}` has `runtime` in a batch story, where no packets arrive: {problem}",
    "`runtime` is for realtime stories, and for steps that are bridged to one.",
)
UNRESOLVED_REFERENCE = Rule(
    "EV130",
    "unresolved-reference",
    Severity.WARNING,
    "{who} refers to {kind} `{found}`, which is not in this workspace; it has {known}",
    "What a reference names is in the workspace, or in the `templates:` of the configuration.",
)
MISSING_TEMPLATE = Rule(
    "EV131",
    "missing-template",
    Severity.ERROR,
    "{who} needs {kind} `{found}`, which is not in this workspace; it has {known}",
    "The template of an Engram or Impulse exists first: otherwise the webhook refuses it.",
)
CROSS_NAMESPACE = Rule(
    "EV132",
    "cross-namespace-reference",
    Severity.ERROR,
    "{who} refers to {kind} `{found}` in namespace `{namespace}`: the webhook refuses references to other namespaces",
    "References stay in their namespace, unless a ReferenceGrant allows them.",
)
VERSION_MISMATCH = Rule(
    "EV133",
    "version-mismatch",
    Severity.ERROR,
    "{who} asks for version `{wanted}` of {kind} `{name}`, which is version `{found}` here",
    "A reference that names a version names the one in the workspace.",
)
UNSUPPORTED_MODE = Rule(
    "EV134",
    "unsupported-mode",
    Severity.ERROR,
    "mode `{found}` is not supported by template `{template}`: it supports {known}",
    "An Engram runs in a mode that its template supports.",
)
MISSING_SECRET = Rule(
    "EV135",
    "missing-secret",
    Severity.ERROR,
    "template `{template}` requires secret `{secret}`, which {who} does not map",
    "Every required secret of the template is mapped.",
)
UNKNOWN_SECRET = Rule(
    "EV136",
    "unknown-secret",
    Severity.ERROR,
    "template `{template}` has no secret `{found}`; its secrets are {known}",
    "Only secrets of the template are mapped.",
)
SELF_EXECUTION = Rule(
    "EV137",
    "self-execution",
    Severity.ERROR,
    "step `{step}` executes its own story",
    "A story does not execute itself.",
)
MISREAD_KEY = Rule(
    "EV138",
    "misread-key",
    Severity.WARNING,
    "the key `{written}` is not quoted: YAML reads it as a boolean, so its name becomes `{name}`",
    "Keys that YAML 1.1 reads as booleans are quoted.",
)

INVALID_SCHEMA = Rule(
    "EV140",
    "invalid-schema",
    Severity.ERROR,
    "{schema} is not a valid JSON Schema: {problem}",
    "Every schema in a manifest is one that the platform accepts.",
)
UNRESOLVABLE_REF = Rule(
    "EV141",
    "unresolvable-ref",
    Severity.ERROR,
    "{schema} cannot be used: {problem}",
    "References inside a schema can be followed by the platform.",
)
REJECTED_DEFAULT = Rule(
    "EV142",
    "rejected-default",
    Severity.WARNING,
    "{schema}: {problem}",
    "A default is valid under its own schema.",
)
UNDECLARED_REQUIRED = Rule(
    "EV143",
    "undeclared-required",
    Severity.WARNING,
    "{schema}: {problem}",
    "What a schema requires, it declares.",
)
UNSATISFIABLE_SCHEMA = Rule(
    "EV144",
    "unsatisfiable-schema",
    Severity.WARNING,
    "{schema}: {problem}",
    "Some value satisfies every schema.",
)
UNREACHED_BRANCH = Rule(
    "EV145",
    "unreached-branch",
    Severity.NOTE,
    "{schema}: {problem}",
    "Every alternative and every listed value of a schema can occur.",
)
IGNORED_KEYWORD = Rule(
    "EV146",
    "ignored-keyword",
    Severity.WARNING,
    "{schema}: {problem}",
    "A schema uses keywords that the platform knows.",
)
CONFIG_VIOLATES_SCHEMA = Rule(
    "EV147",
    "config-violates-schema",
    Severity.ERROR,
    "{where} violates {schema}: {problem}",
    "`with` of an Engram or Impulse is valid under the configSchema of its template.",
)
INPUTS_VIOLATE_SCHEMA = Rule(
    "EV148",
    "inputs-violate-schema",
    Severity.ERROR,
    "{where} violates {schema}: {problem}",
    "`inputs` of a StoryRun or StoryTrigger are valid under the inputsSchema of its Story.",
)
UNREAD_CONTENT = Rule(
    "EV139",
    "unread-content",
    Severity.ERROR,
    "the cluster ignores everything from here to the next `---`: the document has ended, and only `---` starts another",
    "Only `---` and another document follow a document.",
)
UNKNOWN_KEYWORD = Rule(
    "EV150",
    "unknown-keyword",
    Severity.WARNING,
    "{schema}: {problem}",
    "Keywords and formats of a schema are spelt as the platform knows them.",
)
UNDECLARED_OUTPUT_KEY = Rule(
    "EV288",
    "undeclared-output-key",
    Severity.WARNING,
    "outputSchema does not declare the output key `{found}`; it declares {known}",
    "The output keys that a template names are fields of its outputSchema.",
)
UNUSABLE = frozenset(
    {
        UNREADABLE_FILE,
        INVALID_YAML,
        UNQUOTED_TEMPLATE,
        FILE_TOO_LARGE,
        EXCESSIVE_ALIASES,
        NESTED_TOO_DEEP,
        NOT_JSON,
    }
)
"""Rules whose findings mean that something cannot be used at all: exit status 2 (ARCHITECTURE.md, Exit statuses)."""
