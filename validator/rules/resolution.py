"""EV2: rules of the check `resolution`: what a template reaches for is there, and becomes what the author meant."""

from validator.findings import Rule, Severity

INVALID_TEMPLATE = Rule(
    "EV201",
    "invalid-template",
    Severity.ERROR,
    "this is not a valid template: {problem}",
    "Every template is one that the platform can parse.",
)
UNKNOWN_FUNCTION = Rule(
    "EV202",
    "unknown-function",
    Severity.ERROR,
    "`{found}` is not a template function{where}: {consequence}",
    "A template calls only functions that the platform has.",
)
WRONG_ROOT = Rule(
    "EV203",
    "wrong-root",
    Severity.ERROR,
    "`{found}` cannot be used in `{field}`, which sees {known}: {consequence}",
    "A template uses only the roots that its field sees.",
)
TEMPLATE_INCLUSION = Rule(
    "EV204",
    "template-inclusion",
    Severity.ERROR,
    "`template` and `block` are not supported: the webhook refuses them",
    "Templates do not include templates.",
)
BANNED_WORD = Rule(
    "EV205",
    "banned-word",
    Severity.ERROR,
    "the word `{found}` may not appear between braces, not even as a name or in a string: {consequence}",
    "The words env, expandenv and getHostByName do not occur in templates.",
)
DASHED_NAME = Rule(
    "EV206",
    "dashed-name",
    Severity.ERROR,
    "`{found}` contains a dash, which ends a name in templates: {consequence}",
    "A name with a dash is read with a subscript, or by its alias.",
)
SINGLE_QUOTED_KEY = Rule(
    "EV207",
    "single-quoted-key",
    Severity.ERROR,
    "single quotes hold exactly one character in templates, so {found} cannot be read: {consequence}",
    "Subscripts are written in double quotes.",
)
OPERATOR_SYNTAX = Rule(
    "EV208",
    "operator-syntax",
    Severity.ERROR,
    "templates have no `{found}`: {advice}; {consequence}",
    "Templates call functions: they have no operators, no call parentheses and no numeric subscripts.",
)
RELATIVE_FIELD = Rule(
    "EV209",
    "relative-field",
    Severity.ERROR,
    "{problem}",
    "Within `range` and `with`, fields are read through variables.",
)

UNKNOWN_STEP = Rule(
    "EV210",
    "unknown-step",
    Severity.ERROR,
    "there is no step `{found}`: {consequence}; {known}",
    "A template names only steps that the story has.",
)
UNKNOWN_FIELD = Rule(
    "EV211",
    "unresolved-field",
    Severity.ERROR,
    "{owner} has no `{found}`: {consequence}; it has {known}",
    "A template reads only fields that the schema declares.",
)
OPTIONAL_FIELD = Rule(
    "EV212",
    "optional-field",
    Severity.WARNING,
    "`{found}` is optional in {owner}: without it {consequence}",
    "A field that may be missing is guarded, or given a default.",
)
MISSING_OUTPUT = Rule(
    "EV213",
    "missing-output",
    Severity.ERROR,
    "step `{step}` has {known}, not `{found}`: {consequence}",
    "In batch stories, a step's result is read through `output`.",
)
OUTPUT_IN_REALTIME = Rule(
    "EV214",
    "output-in-realtime",
    Severity.ERROR,
    "in a realtime story `steps.{step}` is the output itself and has no `{found}`: {consequence}",
    "In realtime stories, a step's result is read directly below its name.",
)
STEP_WITHOUT_OUTPUT = Rule(
    "EV215",
    "step-without-output",
    Severity.ERROR,
    "step `{step}` has type `{type}`, which never has an output: {consequence}",
    "A template reads the output only of steps that have one.",
)
SKIPPABLE_STEP = Rule(
    "EV216",
    "skippable-step",
    Severity.WARNING,
    "step `{step}` has no output when {condition}: {consequence}",
    "A step's output is used only where the step has run.",
)
NOT_A_SOURCE = Rule(
    "EV217",
    "not-a-source",
    Severity.ERROR,
    "`{field}` gets no packets from step `{step}`, {reason}: {consequence}; it gets packets from {known}",
    "In realtime stories, `steps` holds the step that sent the packet.",
)
UNSEEN_DEPENDENCY = Rule(
    "EV218",
    "unseen-dependency",
    Severity.ERROR,
    "nothing makes this wait for step `{step}`: {reason}; {consequence}",
    "Whatever a template reads has run before: because of `needs`, or of a reference that the controller recognises.",
)
ACCIDENTAL_DEPENDENCY = Rule(
    "EV219",
    "accidental-dependency",
    Severity.ERROR,
    "the controller reads `{found}` in this text as a reference to a step `{step}`: the StoryRun fails with an "
    "unknown dependency; the steps are {known}",
    "No text looks like a reference to a step that does not exist.",
)
IMPLICIT_CYCLE = Rule(
    "EV220",
    "implicit-cycle",
    Severity.ERROR,
    "these steps wait for each other because of references in their templates: {cycle}; the StoryRun fails",
    "References between steps form no cycle.",
)
FIELD_OF_SCALAR = Rule(
    "EV221",
    "field-of-scalar",
    Severity.ERROR,
    "{owner} is {type} and has no field `{found}`: {consequence}",
    "Only objects have fields.",
)
ABSENT_ROOT = Rule(
    "EV222",
    "absent-root",
    Severity.ERROR,
    "`{found}` is accepted here, but does not exist when `{field}` is evaluated, which sees {known}: {consequence}",
    "A template uses only roots that exist when it is evaluated.",
)
UNVERIFIED_PACKET_FIELD = Rule(
    "EV223",
    "unverified-packet-field",
    Severity.WARNING,
    "`packet` is the payload, and no payload that arrives here declares `{found}`: {consequence}",
    "`packet` holds the payload's own fields and its metadata.",
)

NULL_IN_TEXT = Rule(
    "EV224",
    "null-in-text",
    Severity.WARNING,
    "`{found}` may be null: the text then contains `<no value>`",
    "A value that may be null does not go into text.",
)
TRIMMED_PATH = Rule(
    "EV225",
    "trimmed-path",
    Severity.WARNING,
    "the trim markers turn this value into text: {consequence}",
    "A value that must keep its type is written without trim markers.",
)
NUMBER_IN_TEXT = Rule(
    "EV226",
    "number-in-text",
    Severity.WARNING,
    "`{found}` is a number: from 1000000 on, text shows it as in `{example}`",
    "A number that can be large is formatted before it goes into text.",
)
COLLECTION_IN_TEXT = Rule(
    "EV227",
    "collection-in-text",
    Severity.WARNING,
    "`{found}` is an {kind}, which text shows in Go's notation, such as `{example}`: this is not JSON",
    "Objects and arrays go into text as JSON.",
)
WRONG_RESULT_TYPE = Rule(
    "EV228",
    "wrong-result-type",
    Severity.ERROR,
    "this evaluates to {found}, but `{field}` takes {expected}: {consequence}",
    "A template evaluates to the type that the input takes.",
)
HIDING_DEFAULT = Rule(
    "EV229",
    "hiding-default",
    Severity.WARNING,
    "`default` treats {value} as missing: when `{found}` is {value}, this is {fallback}",
    "A default does not replace an intended value.",
)
IMPOSSIBLE_COMPARISON = Rule(
    "EV230",
    "impossible-comparison",
    Severity.ERROR,
    "`{function}` cannot compare {left} with {right}: {consequence}",
    "Comparisons are between values of one type.",
)
CONSTANT_COMPARISON = Rule(
    "EV231",
    "constant-comparison",
    Severity.WARNING,
    "{wanted} {relation} ({known}): this is always {outcome}",
    "A comparison is with a possible value.",
)
UNKNOWN_HOOK = Rule(
    "EV232",
    "unknown-hook",
    Severity.ERROR,
    "there is no lifecycle hook `{found}`, so the step never runs on it; the hooks are {known}",
    "A condition that waits for a hook names one that exists.",
)
LITERAL_CONDITION = Rule(
    "EV233",
    "literal-condition",
    Severity.ERROR,
    "`{found}` is neither a template nor a word for true or false: {consequence}",
    "A condition is a template, or says true or false.",
)
NOT_BOOLEAN = Rule(
    "EV234",
    "not-boolean",
    Severity.ERROR,
    "this condition evaluates to {found}, neither true nor false: {consequence}",
    "A condition evaluates to true or false.",
)
UNEVALUATED_TEMPLATE = Rule(
    "EV235",
    "unevaluated-template",
    Severity.WARNING,
    "{problem}",
    "Templates are written only where they are evaluated.",
)
MALFORMED_WRAPPER = Rule(
    "EV236",
    "malformed-wrapper",
    Severity.ERROR,
    "{problem}",
    "`$bubuTemplate` is a string with braces, its variables an object.",
)
DATE_OF_NOW = Rule(
    "EV237",
    "date-of-now",
    Severity.ERROR,
    "`{function}` treats anything but a time as now: `{found}` is {type}, so this is today's date",
    "Dates are made of times.",
)
REFUSED_ARGUMENT = Rule(
    "EV238",
    "refused-argument",
    Severity.ERROR,
    "`{function}` takes {expected} here, but this is {found}: {consequence}",
    "Functions get arguments of the types that they take.",
)
ARGUMENT_COUNT = Rule(
    "EV239",
    "argument-count",
    Severity.ERROR,
    "`{function}` takes {wanted}, but gets {found}: {consequence}",
    "Functions get as many arguments as they take.",
)
RANGE_OVER_SCALAR = Rule(
    "EV240",
    "range-over-scalar",
    Severity.ERROR,
    "`range` iterates over arrays and objects, but this is {found}: {consequence}",
    "Loops iterate over arrays or objects.",
)
DOUBLE_EVALUATION = Rule(
    "EV241",
    "double-evaluation",
    Severity.WARNING,
    "the value can contain `{found}`, and the SDK evaluates inputs a second time: {consequence}",
    "Values that look like templates do not reach the inputs of a batch step.",
)
REFUSED_INPUT = Rule(
    "EV242",
    "refused-input",
    Severity.ERROR,
    "{who} refuses the input of step `{step}`: {problem}",
    "`with` and `runtime` of a step are valid under the inputSchema of its template.",
)
MISSPELT_INPUT = Rule(
    "EV250",
    "misspelt-input",
    Severity.WARNING,
    "{receiver} does not declare `{found}` and ignores it: it looks like `{close}`; it has {known}",
    "The keys of an input are ones that its schema declares.",
)
DOLLAR_BEFORE_BRACES = Rule(
    "EV251",
    "dollar-before-braces",
    Severity.WARNING,
    "templates have no `$` before their braces: the result starts with `$` and is always text",
    "Braces have no dollar sign before them.",
)
UNAVAILABLE_OUTPUT = Rule(
    "EV252",
    "unavailable-output",
    Severity.ERROR,
    "step `{step}` has no output here: {reason}; {consequence}",
    "A template reads the output of steps that have ended before it is evaluated.",
)
OTHER_TRANSPORT = Rule(
    "EV253",
    "other-transport",
    Severity.WARNING,
    "step `{step}` gets no packet from step `{source}`, which sends on transport `{sends}`: the hub hands packets "
    "only to steps on the same transport, and this one is on `{takes}`",
    "Realtime steps that exchange packets are on the same transport.",
)
REFUSED_VALUE = Rule(
    "EV255",
    "refused-value",
    Severity.WARNING,
    "this evaluates to `{found}` for some data, but `{field}` takes {expected}: {consequence}",
    "Every value that a template can produce is accepted where it goes.",
)
WRONG_PACKET_PATH = Rule(
    "EV256",
    "wrong-packet-path",
    Severity.WARNING,
    "`{field}` leads nowhere in a packet: {problem}",
    "Paths into packets are names with dots between them, of what packets have.",
)
INFIX_FUNCTION = Rule(
    "EV257",
    "infix-function",
    Severity.ERROR,
    "`{function}` is written between its arguments, but must come first: here it is one more argument; {consequence}",
    "Functions come before their arguments.",
)
OTHER_SENDERS = Rule(
    "EV286",
    "other-senders",
    Severity.WARNING,
    "without `needs`, this step gets packets of {senders} as well, and then `steps` has no `{found}`: {consequence}",
    "A realtime step that reads another one by name needs it.",
)
UNDECLARED_INPUTS = Rule(
    "EV258",
    "undeclared-inputs",
    Severity.NOTE,
    "{receiver} does not declare {found}, but accepts it because it is open; it declares {known}",
    "A step passes only inputs that its engram declares.",
)
WRONG_FORMAT = Rule(
    "EV259",
    "wrong-format",
    Severity.WARNING,
    "`printf` puts `{printed}` into the text: {problem}",
    "Every verb of `printf` has one argument, of a type that it prints.",
)
SWAPPED_DEFAULT = Rule(
    "EV260",
    "swapped-default",
    Severity.WARNING,
    "`{function}` {order}: this is always {shown}, whatever {unused} is",
    "The default comes first in a call of `default`, and the value last.",
)
SWAPPED_SUBJECT = Rule(
    "EV261",
    "swapped-subject",
    Severity.WARNING,
    "`{function}` takes the text last: this looks for {sought} in {text}",
    "The text that a function looks at is its last argument.",
)
FOREIGN_LAYOUT = Rule(
    "EV262",
    "foreign-layout",
    Severity.WARNING,
    "`{function}` takes the layout `{layout}` for Go's, which writes 2006-01-02 15:04:05: {consequence}",
    "Layouts of dates are written as Go's reference time.",
)
OTHER_BRACES = Rule(
    "EV263",
    "other-braces",
    Severity.WARNING,
    "`{found}` is text, and reaches the step as it stands: a template has two braces on each side",
    "Paths into the context are written between double braces.",
)
