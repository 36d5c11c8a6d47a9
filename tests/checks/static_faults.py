# ruff: noqa: E501
"""Faults that the static checks once had, each with the smallest workspace that shows it and all that is said of it now.

What no single workspace shows is named by the tests that fail where it comes back. `test_static_faults.py` holds all
of it, and that no fault is lost.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Probe:
    """A fault that a workspace shows."""

    number: str
    """`F`: a fault; `P`: a place of templates; `D`: one cause that was several findings."""
    what: str
    documents: str
    """YAML, beside TEMPLATES."""
    findings: tuple[str, ...] = ()
    """Each finding, by code and by the characters that it underlines."""


@dataclass(frozen=True, slots=True)
class Named:
    """A fault that these tests show."""

    number: str
    what: str
    tests: tuple[str, ...]


def _template(name: str, schemas: str) -> str:
    return f"""\
---
apiVersion: catalog.bubustack.io/v1alpha1
kind: EngramTemplate
metadata: {{name: {name}}}
spec:
  version: 1.0.0
  supportedModes: [job, deployment]
{schemas}
---
apiVersion: bubustack.io/v1alpha1
kind: Engram
metadata: {{name: {name}}}
spec: {{templateRef: {{name: {name}}}, mode: MODE}}
"""


TEMPLATES = (
    _template(
        "fetch",
        """\
  inputSchema: {type: object, properties: {text: {type: string}, amount: {type: number}, level: {enum: [info, alert]}, userPrompt: {type: string}}}
  outputSchema: {type: object, properties: {body: {type: string}, extra: {type: string}}, required: [body]}""",
    )
    + _template(
        "bridge",
        "  outputSchema: {anyOf: [{type: object, properties: {text: {type: string}}, required: [text]}, {type: object, properties: {code: {type: integer}}, required: [code]}]}",
    )
    + _template(
        "vad",
        "  outputSchema: {type: object, properties: {level: {type: string}}, required: [level], additionalProperties: false}",
    )
)

_INPUTS = "type: object, properties: {go: {type: boolean}, kind: {type: string}, names: {type: array, items: {type: string}}, opt: {type: object, properties: {z: {type: string}}}, good: {type: string}}, required: [go, kind, names, good]"


def _story(steps: str, *, rest: str = "", pattern: str = "batch") -> str:
    return f"""\
apiVersion: bubustack.io/v1alpha1
kind: Story
metadata: {{name: s}}
spec:
  pattern: {pattern}
  inputsSchema: {{{_INPUTS}}}
  steps:
{steps}
{rest}
"""


def _reads(text: str, *, key: str = "text", condition: str = "") -> str:
    """A batch story of two steps; the second reads what the first gives."""
    if_ = f"\n    if: '{condition}'" if condition else ""
    return _story(
        f"  - name: a\n    ref: {{name: fetch}}\n  - name: b\n    ref: {{name: fetch}}\n    needs: [a]{if_}\n    with: {{{key}: '{text}'}}"
    )


def _stream(source: str, text: str, *, condition: str = "") -> str:
    """A realtime story of two steps; the second evaluates `text` for each packet of the first."""
    if_ = f"\n    if: '{condition}'" if condition else ""
    return _story(
        f"  - name: mic-in\n    ref: {{name: {source}}}\n    transport: t\n  - name: b\n    ref: {{name: fetch}}\n    transport: t\n    needs: [mic-in]{if_}\n    runtime: {{text: '{text}'}}",
        pattern="realtime",
        rest="  transports: [{name: t, transportRef: t}]\n---\napiVersion: transport.bubustack.io/v1alpha1\nkind: Transport\nmetadata: {name: t}\nspec: {provider: grpc, driver: x}",
    )


def _conditions(first: str, second: str) -> str:
    """The second step reads the output of the first, which its own `if` may skip."""
    return _story(
        f"  - name: a\n    ref: {{name: fetch}}\n    if: '{first}'\n  - name: b\n    ref: {{name: fetch}}\n    needs: [a]\n    if: '{second}'\n    with: {{text: '{{{{ steps.a.output.body }}}}'}}"
    )


def _two_transports(needs: str, first: str = "u") -> str:
    """A realtime story of three steps, of which the last reads the packet on its transport `t`."""
    transports = "".join(
        f"\n---\napiVersion: transport.bubustack.io/v1alpha1\nkind: Transport\nmetadata: {{name: {name}}}\nspec: {{provider: grpc, driver: x}}"
        for name in "tu"
    )
    return _story(
        f"  - name: a\n    ref: {{name: vad}}\n    transport: {first}\n  - name: b\n    ref: {{name: fetch}}\n    transport: t\n"
        f"  - {{name: c, ref: {{name: fetch}}, transport: t, {needs}{',' if needs else ''} runtime: {{text: '{{{{ packet.body }}}}'}}}}",
        pattern="realtime",
        rest=f"  transports: [{{name: t, transportRef: t}}, {{name: u, transportRef: u}}]{transports}",
    )


def _called(wait: str) -> str:
    """A story that executes another one, and reads what it gives."""
    other = "---\napiVersion: bubustack.io/v1alpha1\nkind: Story\nmetadata: {name: other}\nspec:\n  outputsSchema: {type: object, properties: {tier: {type: string}}, required: [tier]}\n  steps: [{name: x, ref: {name: fetch}}]\n  output: {tier: '{{ steps.x.output.body }}'}\n"
    return (
        _story(
            f"  - name: es\n    type: executeStory\n    with: {{storyRef: {{name: other}}, {wait}}}\n"
            "  - name: b\n    ref: {name: fetch}\n    needs: [es]\n    with: {text: '{{ steps.es.output.tier }}'}"
        )
        + other
    )


PROBES: Sequence[Probe] = (
    Probe("F1", "a field that no alternative has", _stream("bridge", "{{ packet.texxt }}"), findings=("EV211 texxt",)),
    Probe("F1", "a field that one alternative lacks", _stream("bridge", "{{ packet.text }}"), findings=("EV212 text",)),
    Probe(
        "F1",
        "metadata with dots after alternatives",
        _stream("bridge", "{{ packet.metadata.participant.id }}"),
        findings=("EV221 id",),
    ),
    Probe(
        "F1",
        "metadata compared with a boolean after alternatives",
        _stream("bridge", "x", condition="{{ eq packet.metadata.noisy true }}"),
        findings=("EV230 eq packet.metadata.noisy true",),
    ),
    Probe(
        "F3",
        "a reader that asks for more",
        _conditions("{{ inputs.go }}", '{{ and inputs.go (eq inputs.kind "mail") }}'),
    ),
    Probe("F3", "a reader that compares with true", _conditions("{{ inputs.go }}", "{{ eq inputs.go true }}")),
    Probe("F3", "a reader with one more space", _conditions("{{ inputs.go }}", "{{ inputs.go  }}")),
    Probe(
        "F3",
        "arguments in another order",
        _conditions('{{ and inputs.go (eq inputs.kind "a") }}', '{{ and (eq inputs.kind "a") inputs.go }}'),
    ),
    Probe(
        "F3",
        "a reader that asks for something else",
        _conditions("{{ inputs.go }}", '{{ eq inputs.kind "mail" }}'),
        findings=("EV216 steps.a.output.body",),
    ),
    Probe("F3", "a variable in a condition", _conditions("{{ inputs.go }}", "{{ $f := inputs.go }}{{ $f }}")),
    Probe(
        "F4",
        "a branch whose `if` nobody looks at is no step that may be skipped",
        _story(
            "  - name: p\n    type: parallel\n    with:\n      steps:\n      - name: q\n        ref: {name: fetch}\n        if: '{{ inputs.go }}'\n"
            "  - name: b\n    ref: {name: fetch}\n    needs: [p]\n    with: {text: '{{ steps.q.output.body }}'}"
        ),
        findings=(
            "EV265 parallel",
            "EV235 '{{ inputs.go }}'",
            "EV266 steps.q.output.body",
        ),
    ),
    Probe(
        "F5",
        "a template of an Engram that does not parse has no value",
        _story("  - name: b\n    ref: {name: other}\n  - name: c\n    ref: {name: other}")
        + "---\napiVersion: bubustack.io/v1alpha1\nkind: Engram\nmetadata: {name: other}\nspec: {templateRef: {name: fetch}, mode: job, with: {amount: '{{ inputs.x == 1 }}'}}\n",
        findings=("EV208 ==",),
    ),
    Probe(
        "F6",
        "an `if` that no schema understands reconciles no types",
        _reads("{{ inputs.names }}", key="amount", condition="{{ ge (len inputs.names) 2 }}"),
        findings=("EV302 inputs.names",),
    ),
    Probe(
        "F6",
        "nor does one that tests something else",
        _reads("{{ inputs.names }}", key="amount", condition='{{ and inputs.go (ne inputs.kind "x") }}'),
        findings=("EV302 inputs.names",),
    ),
    Probe("F7", "text that no sender gives", _stream("vad", "{{ packet.text }}"), findings=("EV223 text",)),
    Probe("F8", "`dig` has a default", _reads('{{ dig "opt" "z" "none" inputs }}')),
    Probe(
        "F9",
        "a slip in an open input",
        _story("  - name: a\n    ref: {name: fetch}\n    with: {userPromt: x}"),
        findings=("EV250 userPromt",),
    ),
    Probe(
        "F9",
        "a slip in `runtime`",
        _stream("fetch", "x").replace("runtime: {text", "runtime: {userPromt"),
        findings=("EV250 userPromt",),
    ),
    Probe(
        "F11",
        "literals of the output against outputsSchema",
        _story(
            "  - name: a\n    ref: {name: fetch}",
            rest="  outputsSchema: {type: object, properties: {count: {type: integer}, kind: {type: string}}, required: [count, kind], additionalProperties: false}\n  output: {count: many, extra: 1}",
        ),
        findings=(
            "EV302 output",
            "EV302 many",
            "EV302 extra",
        ),
    ),
    Probe("F13", "a root that lacks a letter", _reads("{{ input.good }}"), findings=("EV202 input",)),
    Probe("F13", "a root with letters that changed places", _reads("{{ inptus.good }}"), findings=("EV202 inptus",)),
    Probe(
        "F13",
        "a step under its other name in a stream",
        _stream("vad", "{{ steps.mic_in.level }}"),
        findings=("EV217 steps.mic_in.level",),
    ),
    Probe("F13", "text that is not closed", _reads('{{ default "none inputs.good }}'), findings=('EV201 "',)),
    Probe("F13", "an end that is missing", _reads("{{ if inputs.go }}x"), findings=("EV201 if",)),
    Probe(
        "F13",
        "the default that is missing",
        _reads("{{ inputs.good | default inputs.bdoyz }}"),
        findings=("EV211 bdoyz",),
    ),
    Probe("F14", "`eq` of one argument", _reads("x", condition="{{ eq inputs.kind }}"), findings=("EV239 eq",)),
    Probe("F14", "a list indexed by text", _reads('{{ index inputs.names "0" }}'), findings=('EV238 "0"',)),
    Probe(
        "F16",
        "a branch that is named like a step",
        _story(
            "  - name: p\n    type: parallel\n    with: {steps: [{name: b, ref: {name: fetch}}]}\n  - name: b\n    ref: {name: fetch}\n    needs: [p]"
        ),
        findings=(
            "EV265 parallel",
            "EV121 b",
        ),
    ),
    Probe(
        "F16",
        "a misspelt key of a primitive",
        _story("  - name: w\n    type: wait\n    with: {until: '{{ inputs.go }}', timout: 10m}"),
        findings=("EV250 timout",),
    ),
    Probe(
        "F16",
        "literal branches into an enum",
        _reads("{{ if inputs.go }}info{{ else }}warn{{ end }}", key="level"),
        findings=("EV255 warn",),
    ),
    Probe(
        "F16",
        "a misspelt keyword",
        _template("t", "  inputSchema: {type: object, properties: {a: {type: string, maxLenght: 3}}}"),
        findings=("EV150 maxLenght",),
    ),
    Probe(
        "F16",
        "an unknown type",
        _template("t", "  inputSchema: {type: object, properties: {a: {type: strng}}}"),
        findings=("EV140 strng",),
    ),
    Probe(
        "P",
        "the cache key of a story's policy",
        _story(
            "  - name: a\n    ref: {name: fetch}",
            rest="  policy: {execution: {cache: {enabled: true, key: '{{ inputs.good == 1 }}'}}}",
        ),
        findings=("EV208 ==",),
    ),
    Probe(
        "P",
        "the cache key of an Engram",
        "apiVersion: bubustack.io/v1alpha1\nkind: Engram\nmetadata: {name: e}\nspec: {templateRef: {name: fetch}, mode: job, executionPolicy: {cache: {enabled: true, key: '{{ inputs.text == 1 }}'}}}\n",
        findings=("EV208 ==",),
    ),
    Probe(
        "P",
        "the cache key of a template",
        _template("t", "  execution: {cache: {enabled: true, key: '{{ inputs.text == 1 }}'}}"),
        findings=("EV208 ==",),
    ),
    Probe(
        "P",
        "a default that the SDK evaluates",
        _template("t", "  inputSchema: {type: object, properties: {a: {type: string, default: '{{ nofunc 1 }}'}}}"),
        findings=("EV202 nofunc",),
    ),
    Probe(
        "P",
        "`policy.with`",
        _story("  - name: a\n    ref: {name: fetch}", rest="  policy: {with: {x: '{{ nofunc 1 }}'}}"),
        findings=("EV202 nofunc",),
    ),
    Probe(
        "P",
        "declared keys that the outputSchema lacks",
        _template(
            "t",
            "  declaredOutputKeys: [nope]\n  outputSchema: {type: object, properties: {a: {type: string}}, additionalProperties: false}",
        ),
        findings=("EV288 nope",),
    ),
    Probe("D", "EV119 and EV112: `reff`", _story("  - name: a\n    reff: {name: fetch}"), findings=("EV112 reff",)),
    Probe(
        "D",
        "EV115 and EV134: a mode that is none",
        "apiVersion: bubustack.io/v1alpha1\nkind: Engram\nmetadata: {name: e}\nspec: {templateRef: {name: fetch}, mode: cronjob}\n",
        findings=("EV115 cronjob",),
    ),
    Probe(
        "D",
        "EV228 and EV229: a default for a number",
        _reads("{{ inputs.good | default true }}", key="amount"),
        findings=("EV228 {{ inputs.good | default true }}",),
    ),
    Probe(
        "D",
        "EV220 and EV211: a slip that a function takes",
        _reads("{{ steps.a.output.bodyy | trim }}"),
        findings=("EV211 bodyy",),
    ),
    Probe(
        "D",
        "EV143 and EV212: a required field that nothing declares",
        _template("t", "  outputSchema: {type: object, properties: {body: {type: string}}, required: [boddy]}")
        + "---\n"
        + _story(
            "  - name: a\n    ref: {name: t}\n  - name: b\n    ref: {name: fetch}\n    needs: [a]\n    with: {text: '{{ steps.a.output.body }}'}"
        ),
        findings=("EV143 boddy",),
    ),
    Probe(
        "D",
        "EV119 and EV258: a step with `ref` and `type`",
        _story("  - name: a\n    ref: {name: fetch}\n    type: sleep\n    with: {userPrompt: x}"),
        findings=("EV119 type",),
    ),
    Probe(
        "D",
        "EV139 and EV130: an Engram after the end of its template's document",
        _story("  - name: a\n    ref: {name: late}")
        + _template("late", "  outputSchema: {type: object}").replace(
            "---\napiVersion: bubustack", "...\napiVersion: bubustack"
        ),
        findings=("EV139 ...",),
    ),
    Probe("F10", "a sender on another transport", _two_transports("needs: [a]"), findings=("EV253 a",)),
    Probe(
        "F10",
        "no `needs`: every step before it sends",
        _two_transports("", first="t"),
        findings=(
            "EV301 fetch",
            "EV212 body",
        ),
    ),
    Probe(
        "F12",
        "a story that nobody waits for",
        _called("waitForCompletion: false"),
        findings=("EV252 steps.es.output.tier",),
    ),
    Probe("F12", "a story that is waited for", _called("waitForCompletion: true")),
    Probe(
        "F12",
        "a required output of a gate",
        _story(
            "  - name: g\n    type: gate\n  - name: b\n    ref: {name: fetch}\n    needs: [g]\n    requires: [steps.g.output.x]"
        ),
        findings=("EV215 steps.g.output.x",),
    ),
    Probe(
        "F12",
        "a main step that reads a step of `finally`",
        _story(
            "  - name: a\n    ref: {name: fetch}\n    with: {text: '{{ steps.f.output.body }}'}",
            rest="  finally: [{name: f, ref: {name: fetch}}]",
        ),
        findings=("EV252 steps.f.output.body",),
    ),
    Probe(
        "F12",
        "a main step that reads a compensation",
        _story(
            "  - name: a\n    ref: {name: fetch}\n    with: {text: '{{ steps.c.output.body }}'}",
            rest="  compensations: [{name: c, ref: {name: fetch}}]",
        ),
        findings=("EV252 steps.c.output.body",),
    ),
    Probe(
        "F16",
        "`needs` of a branch",
        _story(
            "  - name: a\n    ref: {name: fetch}\n  - name: p\n    type: parallel\n    with: {steps: [{name: q, ref: {name: fetch}, needs: [a]}]}"
        ),
        findings=(
            "EV265 parallel",
            "EV235 [a]",
        ),
    ),
    Probe(
        "F16",
        "a misspelt hook",
        _stream("vad", "x", condition='{{ eq packet.type "steprun_ready" }}'),
        findings=("EV232 steprun_ready",),
    ),
    Probe(
        "F16",
        "keywords of newer drafts",
        _template("t", "  inputSchema: {type: object, properties: {a: {type: string}}, unevaluatedProperties: false}"),
        findings=("EV146 unevaluatedProperties",),
    ),
    Probe(
        "D",
        "EV120 and EV235: a duration that is a template",
        _story("  - name: w\n    type: sleep\n    with: {duration: '{{ inputs.kind }}'}"),
        findings=("EV120 '{{ inputs.kind }}'",),
    ),
    Probe(
        "D",
        "EV130 and EV235: a story's name that is a template",
        _story(
            "  - name: w\n    type: executeStory\n    with: {storyRef: {name: '{{ inputs.kind }}'}, waitForCompletion: true}"
        ),
        findings=("EV235 {{ inputs.kind }}",),
    ),
    Probe(
        "D",
        "EV123 and EV128: a misspelt need of what is required",
        _story(
            "  - name: fetch\n    ref: {name: fetch}\n  - name: b\n    ref: {name: fetch}\n    needs: [fetc]\n    requires: [steps.fetch.output.body]"
        ),
        findings=("EV123 fetc",),
    ),
    Probe(
        "D",
        "EV211 twice, through a merge",
        _story(
            "  - name: a\n    ref: {name: fetch}\n    with: &w {text: '{{ inputs.bdoyz }}'}\n  - name: b\n    ref: {name: fetch}\n    with: {<<: *w}"
        ),
        findings=("EV211 bdoyz",),
    ),
    Probe(
        "D",
        "EV236 and EV242: a wrapper without braces",
        _reads("x").replace("with: {text: 'x'}", "with: {text: {$bubuTemplate: 'steps.a.output.body'}}"),
        findings=("EV236 'steps.a.output.body'",),
    ),
    Probe(
        "D",
        "EV126 and EV217: a misspelt need of a step that is read",
        _stream("vad", '{{ steps["mic-in"].level }}').replace("needs: [mic-in]", "needs: [mic-im]"),
        findings=("EV123 mic-im",),
    ),
    Probe(
        "D",
        "EV119 and EV256: a stream of a step that is nothing",
        _stream("vad", "x")
        .replace("    ref: {name: vad}\n", "", 1)
        .replace(
            "transportRef: t}",
            "transportRef: t, streaming: {recording: {mode: payload, redactFields: [payload.level]}}}",
        ),
        findings=("EV119 mic-in",),
    ),
    Probe(
        "D",
        "EV225 and EV228: text that is a number for some",
        _reads("{{ inputs.names }}x", key="amount"),
        findings=("EV242 '{{ inputs.names }}x'",),
    ),
)

NAMED: Sequence[Named] = (
    Named(
        "F2",
        "media fields are left out whatever their types are",
        (
            "checks/pairwise/test_pairs.py::test_frames_are_known_by_name_and_type",
            "checks/pairwise/test_pairs.py::test_a_frame_is_not_asked_of_json",
        ),
    ),
    Named(
        "F2",
        "`compat`, `schema compare` and `check` differ about a pair",
        ("checks/pairwise/test_agreement.py::test_three_ways_to_ask_give_one_answer",),
    ),
    Named(
        "F3",
        "conditions are compared as texts",
        (
            "templates/test_implication.py::test_implies",
            "templates/test_implication.py::test_what_follows_holds_wherever_the_guard_does",
        ),
    ),
    Named(
        "F15",
        "fields of the definitions that nobody looks at",
        ("stories/test_places.py::test_each_field_has_a_row", "stories/test_places.py::test_each_row_has_a_field"),
    ),
    Named(
        "V10", "an input that is closed", ("checks/pairwise/test_evolution.py::test_inputs_stay_backward_compatible",)
    ),
    Named("V17", "a mode that is removed", ("checks/pairwise/test_evolution.py::test_other_fields",)),
    Named("V19", "a secret that becomes required", ("checks/pairwise/test_evolution.py::test_other_fields",)),
    Named("V21", "a version that goes back", ("checks/pairwise/test_evolution.py::test_other_fields",)),
    Named(
        "V24",
        "an inputSchema that vanishes",
        ("checks/pairwise/test_evolution.py::test_inputs_stay_backward_compatible",),
    ),
    Named(
        "V25",
        "an outputSchema that vanishes",
        ("checks/pairwise/test_evolution.py::test_outputs_stay_forward_compatible",),
    ),
    Named(
        "V25",
        "a field of the definition without a rule of change",
        ("checks/pairwise/test_evolution.py::test_every_field_of_the_definition_has_its_rule_of_change",),
    ),
    Named("V17", "`can be promoted` above an error", ("cli/test_compat.py::test_a_version_that_breaks_a_story",)),
)
