"""EV1: rules of the check `manifests`: what stands in the files, before anything is evaluated or run."""

from validator.findings import Rule, Severity

UNREADABLE_FILE = Rule(
    "EV101",
    "unreadable-file",
    Severity.ERROR,
    "cannot read {file}: {problem}",
    "Every manifest that is named or found can be read as UTF-8 text.",
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
    "{file} has {size}: manifests over {limit} are not read",
    "A manifest is no larger than the limit, which is far above what a cluster stores.",
)
EXCESSIVE_ALIASES = Rule(
    "EV105",
    "excessive-aliases",
    Severity.ERROR,
    "this document is not read: {problem}",
    "Aliases do not blow a document up, nor contain themselves.",
)
NESTED_TOO_DEEP = Rule(
    "EV106",
    "nested-too-deep",
    Severity.ERROR,
    "this document is not read: it nests deeper than {limit} levels here",
    "A document nests no deeper than the platform follows.",
)
NOT_JSON = Rule(
    "EV107",
    "not-json",
    Severity.ERROR,
    "this document has no JSON form: {problem}",
    "Manifests are JSON written as YAML: keys are text and numbers are finite.",
)
NOT_A_MANIFEST = Rule(
    "EV108",
    "not-a-manifest",
    Severity.WARNING,
    "this is no Kubernetes object: {problem}",
    "A file that is named as a manifest holds objects with apiVersion and kind.",
)
DUPLICATE_KEY = Rule(
    "EV109",
    "duplicate-key",
    Severity.ERROR,
    "the key `{key}` stands twice in this mapping: the first value is lost",
    "A key stands once in a mapping.",
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
"""Rules whose findings mean that something could not be read at all: exit status 2 (DESIGN.md, Verdicts)."""
