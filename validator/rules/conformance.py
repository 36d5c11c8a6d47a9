"""EV4: rules of the check `conformance`: one run of a batch engram, judged (runtime.md, section 1)."""

from validator.findings import Rule, Severity

OUTPUT_VIOLATES_SCHEMA = Rule(
    "EV401",
    "output-violates-schema",
    Severity.ERROR,
    "output {path} violates outputSchema: {problem}",
    "Every output of an engram is valid under the outputSchema of its template.",
)
OUTPUT_NOT_OBJECT = Rule(
    "EV402",
    "output-not-an-object",
    Severity.ERROR,
    "the output is {found}, not an object: the API server refuses it, and the step has no result",
    "The output of a batch step is a JSON object.",
)
OUTPUT_MISSING = Rule(
    "EV403",
    "output-missing",
    Severity.ERROR,
    "the step succeeded without any output, though its template declares an outputSchema",
    "A step whose template has an outputSchema produces an output.",
)
NULL_MEMBER_VANISHES = Rule(
    "EV404",
    "null-member-vanishes",
    Severity.NOTE,
    "output member {path} is null: the API server drops it, and later steps find no such field",
    "Members that are null do not survive the status patch; leave them out or give them a value.",
)
UNEXPECTED_FAILURE = Rule(
    "EV405",
    "unexpected-failure",
    Severity.ERROR,
    "the engram failed on this case ({type}): {problem}",
    "A written case that expects no error succeeds.",
)
EXPECTATION_NOT_MET = Rule(
    "EV406",
    "expectation-not-met",
    Severity.ERROR,
    "{what} is not what the case expects: {problem}",
    "A written case ends as its `expect` says.",
)
CASE_VIOLATES_SCHEMA = Rule(
    "EV407",
    "case-violates-schema",
    Severity.ERROR,
    "{what} {path} of this case violates {schema}: {problem}; the platform would refuse it before the engram runs",
    "Inputs and config of a case are valid under the schemas of the template.",
)
NO_RESULT = Rule(
    "EV410",
    "exit-without-result",
    Severity.ERROR,
    "the engram exited with status {code} and reported no result: the step would stay Running",
    "A batch engram patches the status of its StepRun before it exits.",
)
SILENT_EXIT = Rule(
    "EV411",
    "silent-exit",
    Severity.ERROR,
    "the engram exited with status 0 and reported no result: that does not complete the step, which would stay Running",
    "A batch engram patches the status of its StepRun before it exits.",
)
PANIC = Rule(
    "EV412",
    "panic",
    Severity.ERROR,
    "the engram panicked: {problem}",
    "An engram answers bad input with an error, never with a panic.",
)
HANG = Rule(
    "EV413",
    "hang",
    Severity.ERROR,
    "the engram was still running after {seconds} s and was killed",
    "A batch engram ends within its time limit; BUBU_STEP_TIMEOUT does not interrupt one that ignores its context.",
)
OUT_OF_MEMORY = Rule(
    "EV414",
    "out-of-memory",
    Severity.ERROR,
    "the engram was killed for using more than {limit} of memory",
    "An engram stays within the memory limit of the sandbox.",
)
LOG_FLOOD = Rule(
    "EV415",
    "log-flood",
    Severity.WARNING,
    "the engram wrote more than {limit} of logs in one case",
    "An engram keeps its logs within the limit of the sandbox.",
)
WRONG_ARCHITECTURE = Rule(
    "EV416",
    "wrong-architecture",
    Severity.ERROR,
    "the image cannot run here: its program is built for another processor",
    "An image holds a program for the platform that it names.",
)
MISSING_ENTRYPOINT = Rule(
    "EV417",
    "missing-entrypoint",
    Severity.ERROR,
    "the image cannot start: {problem}",
    "An image has an ENTRYPOINT that exists and can be executed.",
)
OUTPUT_TOO_BIG = Rule(
    "EV418",
    "output-over-inline-limit",
    Severity.ERROR,
    "the output is larger than the inline limit of {limit}: the step fails where no storage is configured",
    "An output fits into the status of its StepRun, or the story has storage.",
)
MODE_NOT_SUPPORTED = Rule(
    "EV419",
    "mode-not-supported",
    Severity.ERROR,
    "the template claims mode `{mode}`, but the program {problem}",
    "Every mode in supportedModes works with the image.",
)
STEP_TIMEOUT = Rule(
    "EV420",
    "step-timeout",
    Severity.ERROR,
    "the step ended in phase Timeout: it took longer than the {seconds} s of the case",
    "A batch engram ends within its time limit.",
)
EXIT_CONTRADICTS_RESULT = Rule(
    "EV421",
    "exit-contradicts-result",
    Severity.WARNING,
    "the engram reported {phase} but exited with {code}: Kubernetes counts the pod as failed",
    "The exit status of a batch engram agrees with the phase that it reports.",
)
TOO_MANY_PROCESSES = Rule(
    "EV422",
    "too-many-processes",
    Severity.ERROR,
    "the engram used up its {limit} processes and threads, and never got to a result",
    "An engram stays within the limit of the sandbox on processes and threads.",
)
NO_ROOM = Rule(
    "EV423",
    "no-room",
    Severity.ERROR,
    "the engram ran out of disk space: {place} holds {limit} ({problem})",
    "An engram stays within the space of /tmp, and writes nowhere else.",
)
STATUS_REFUSED = Rule(
    "EV425",
    "status-refused",
    Severity.ERROR,
    "the API server refuses what the engram wrote to its StepRun: {problem}",
    "An engram reports JSON in the shape of a StepRun's status, no larger than an API server accepts.",
)
OUTPUT_TOO_DEEP = Rule(
    "EV426",
    "output-too-deep",
    Severity.WARNING,
    "the output is nested more than {limit} levels deep: a step that takes it as input fails",
    "An output is nested no deeper than the platform accepts in inputs.",
)
UNDECODABLE = Rule(
    "EV427",
    "schema-against-code",
    Severity.ERROR,
    "the program cannot decode {what} `{member}` that {schema} allows: {problem}",
    "The program decodes everything that inputSchema and configSchema allow into its own types.",
)
UNDECLARED_INPUT_MATTERS = Rule(
    "EV428",
    "undeclared-input-matters",
    Severity.NOTE,
    "the input {path}, which inputSchema does not declare, changes the output",
    "Every input that an engram reads is declared by inputSchema.",
)
INPUTS_CARRIED = Rule(
    "EV429",
    "inputs-carried-whole",
    Severity.NOTE,
    "output {path} repeats {source} in full, including members that no schema declares",
    "An output repeats only those inputs that outputSchema declares.",
)
LAST_RELEASE = Rule(
    "EV430",
    "tests-the-last-release",
    Severity.WARNING,
    "the image under test is spec.image ({image}), the last release: in a pull request it is not what is being changed",
    "A pull request tests the image that it builds.",
)
OUTPUT_VARIES = Rule(
    "EV431",
    "output-varies",
    Severity.NOTE,
    "the same inputs give different outputs from run to run: {places}",
    "The same inputs give the same output, apart from values that are meant to vary.",
)
STRICTER_THAN_SCHEMA = Rule(
    "EV432",
    "stricter-than-schema",
    Severity.NOTE,
    "inputSchema allows inputs that the engram refuses: {reason}",
    "An inputSchema refuses what its engram always refuses, before a job starts.",
)
