"""Questions about templates, made up from a seed: expressions by type with a share of mistakes, and mutated text."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from typing import Any

from tests.oracle.template.material import POOLS, constraint, context, directive, layout, moment, number, value, version
from tests.oracle.template.material import word as any_word
from validator.templates.catalogue import SIGNATURES, Signature

EVERY = [item for item in SIGNATURES.values() if item.deterministic and item.name not in ("keys", "values")]
TYPES = ("any", "string", "int", "float64", "bool", "[]any", "map[string]any", "time.Time")
SCOPES = ("batch-runtime", "realtime-static", "realtime-runtime", "no-range")


def braces(text: str) -> str:
    return "{{ " + text + " }}"


def quoted(rng: random.Random, text: str) -> str:
    """A string literal of Go."""
    if "`" not in text and rng.random() < 0.15:
        return f"`{text}`"
    return json.dumps(text, ensure_ascii=rng.random() < 0.3)


def literal(rng: random.Random, wanted: str) -> str:
    """A literal, mostly of the type."""
    if wanted == "any" or rng.random() < 0.05:
        wanted = rng.choice(("string", "int", "float64", "bool", "nil"))
    match wanted:
        case "string":
            pool = rng.choice(("", "", "", "", "layouts", "zones", "constraints"))
            return quoted(rng, rng.choice(POOLS[pool]) if pool else any_word(rng))
        case "int" | "int64":
            return rng.choice(("0", "1", "2", "3", "5", "7", "10", "-1", "0x1F", "'a'", "1_000", "100", "4"))
        case "float64":
            known = rng.choice(("0.5", "1.5", "3.0", "-2.25", "1e3", "0x1p-2", ".5", "1e21", "2.0"))
            return known if rng.random() < 0.6 else repr(float(number(rng)))
        case "bool":
            return rng.choice(("true", "false"))
    return "nil"


def operand(rng: random.Random, wanted: str, depth: int) -> str:
    """An argument of a Go type, with a share of others."""
    if rng.random() < 0.07:
        wanted = rng.choice(TYPES)
    pick = rng.random()
    if pick < 0.35 and wanted in POOLS["paths"]:
        path: str = rng.choice(POOLS["paths"][wanted])
        return f"({path})" if " " in path and not path.startswith("(") else path
    if depth and pick < 0.75:
        return f"({call(rng, wanted, depth - 1)})"
    if wanted == "any" and pick < 0.9:
        return operand(rng, rng.choice(("string", "float64", "int", "[]any", "map[string]any", "bool")), depth)
    if wanted == "[]any":
        return f"(list {' '.join(literal(rng, 'any') for _ in range(rng.randrange(4)))})"
    if wanted == "map[string]any":
        return f'(dict "a" {literal(rng, "any")} "b" {literal(rng, "any")})'
    if wanted == "time.Time":
        return a_time(rng)
    return literal(rng, wanted)


def a_time(rng: random.Random) -> str:
    shape = layout(rng)
    text = moment(rng, shape) if rng.random() < 0.8 else rng.choice(POOLS["dates"])
    return f"(toDate {quoted(rng, shape)} {quoted(rng, text)})"


def call(rng: random.Random, wanted: str, depth: int) -> str:
    """A call of a function that returns the type (for `any`, of any function)."""
    fitting = [item for item in EVERY if item.returns == wanted or (wanted == "[]any" and item.returns == "[]string")]
    signature = rng.choice(EVERY if wanted == "any" or not fitting or rng.random() < 0.1 else fitting)
    if signature.name in FOCUSED and rng.random() < 0.9:
        return FOCUSED[signature.name](rng)
    count = len(signature.params)
    if signature.variadic:
        count += rng.choice((-1, 0, 0, 1, 2))
    if rng.random() < 0.03:
        count += rng.choice((-1, 1))
    return spelt(rng, signature, [operand(rng, signature.param(at), depth) for at in range(count) if signature.params])


def spelt(rng: random.Random, signature: Signature, args: list[str]) -> str:
    """The call with its arguments after it, or the last one piped in."""
    if args and rng.random() < 0.25:
        return f"{args[-1]} | {' '.join([signature.name, *args[:-1]])}"
    return " ".join([signature.name, *args])


def printing(rng: random.Random) -> str:
    text = rng.choice(("", "a", " ")).join(directive(rng) for _ in range(rng.choice((1, 1, 2, 3))))
    kinds = ("string", "int", "float64", "any", "bool", "[]any", "int64")
    args = [operand(rng, rng.choice(kinds), 1) for _ in range(rng.randrange(4))]
    return " ".join(["printf", quoted(rng, text), *args])


def dating(rng: random.Random) -> str:
    shape = layout(rng)
    methods = ("Year", "Month", "Day", "Weekday", "Hour", "YearDay", "Unix", "Nanosecond", "UTC", "IsZero")
    forms = (
        lambda: f"{a_time(rng)} | toString",
        lambda: f"date {quoted(rng, layout(rng))} {a_time(rng)}",
        lambda: f"dateInZone {quoted(rng, layout(rng))} {a_time(rng)} {quoted(rng, rng.choice(POOLS['zones']))}",
        lambda: f"{a_time(rng)} | dateModify {quoted(rng, rng.choice(POOLS['durations']))} | toString",
        lambda: f"toJson {a_time(rng)}",
        lambda: f"{a_time(rng)}.{rng.choice(methods)}",
        lambda: f"date {quoted(rng, layout(rng))} (int {number(rng)!r})",
        lambda: f"mustToDate {quoted(rng, shape)} {quoted(rng, moment(rng, shape))}",
        lambda: f"duration {quoted(rng, str(rng.randrange(-(10**6), 10**10)))}",
        lambda: f"duration (int64 {number(rng)!r})",
        lambda: f"durationRound {rng.choice((quoted(rng, '26h3m'), '(int64 1234567890123)', '(int64 -5000000000)'))}",
    )
    return rng.choice(forms)()


def versioning(rng: random.Random) -> str:
    pick = rng.random()
    if pick < 0.7:
        return f"semverCompare {quoted(rng, constraint(rng))} {quoted(rng, version(rng))}"
    if pick < 0.85:
        return f"semver {quoted(rng, version(rng))}"
    parts = ("Major", "Minor", "Patch", "Prerelease", "Metadata", "Original", "String")
    return f"(semver {quoted(rng, version(rng))}).{rng.choice(parts)}"


def plain(rng: random.Random) -> str:
    return f"{rng.choice(POOLS['plain_functions'])} {quoted(rng, any_word(rng))}"


def arithmetic(rng: random.Random) -> str:
    texts = (repr(number(rng)), quoted(rng, any_word(rng)), quoted(rng, repr(number(rng))))
    args = [rng.choice(texts) for _ in range(2)]
    return " ".join([rng.choice(POOLS["arithmetic"]), *(f"({arg})" if arg[0] == "-" else arg for arg in args)])


def rounding(rng: random.Random) -> str:
    return f"round {rng.choice(('inputs.f', 'inputs.n', repr(float(number(rng)))))} {rng.randrange(-3, 8)}"


def indexing(rng: random.Random) -> str:
    source = operand(rng, rng.choice(("[]any", "map[string]any", "string")), 1)
    return f"index {source} {literal(rng, rng.choice(('int', 'string')))}"


def fitting(rng: random.Random) -> str:
    """A call of any function with arguments of its types."""
    signature = rng.choice(EVERY)
    args = []
    for at in range(len(signature.params)):
        wanted = signature.param(at)
        made = wanted in ("[]any", "map[string]any", "time.Time", "any")
        args.append(operand(rng, wanted, 0) if made else literal(rng, wanted))
    return spelt(rng, signature, args)


FOCUSED: dict[str, Callable[[random.Random], str]] = {
    "printf": printing,
    "toDate": dating,
    "dateInZone": dating,
    "semverCompare": versioning,
    "semver": versioning,
    "round": rounding,
    "index": indexing,
}
WEIGHTED = [
    *[printing] * 6,
    *[dating] * 3,
    *[versioning] * 3,
    *[plain] * 3,
    *[arithmetic] * 2,
    rounding,
    *[fitting] * 6,
]


def action(rng: random.Random) -> str:
    """What stands between the braces."""
    pick = rng.random()
    if pick < 0.2:
        return str(rng.choice(POOLS["paths"][rng.choice(list(POOLS["paths"]))]))
    if pick < 0.26:
        return operand(rng, "any", 1)
    if pick < 0.62:
        return rng.choice(WEIGHTED)(rng)
    return call(rng, "any", rng.choice((0, 1, 1, 2)))


def looping(rng: random.Random) -> str:
    bodies = (
        "{{ . }},",
        "{{ $i }}={{ $e }};",
        "{{ .name }}",
        "{{ $e | quote }}",
        "{{ if $i }}{{ break }}{{ end }}{{ . }}",
    )
    source = operand(rng, rng.choice(("[]any", "map[string]any", "any", "int")), 1)
    names = rng.choice(("$i, $e := ", "$i, $e := ", "$e := "))
    start = "{{ $i := 0 }}{{ $e := 0 }}{{ range " + names + source + " }}"
    return f"{start}{rng.choice(bodies)}{{{{ else }}}}none{{{{ end }}}}"


def template(rng: random.Random) -> str:
    """A template: one action, text with actions, or control structures."""
    pick = rng.random()
    if pick < 0.5:
        return braces(action(rng))
    if pick < 0.65:
        return f"x {braces(action(rng))} y{{{{- {action(rng)} -}}}}  z"
    if pick < 0.72:
        return f"{braces('if ' + action(rng))}T{braces('else if ' + action(rng))}U{{{{ else }}}}F{{{{ end }}}}"
    if pick < 0.8:
        return looping(rng)
    if pick < 0.86:
        return braces("with " + action(rng)) + "{{ . }}{{ else }}no{{ end }}"
    if pick < 0.93:
        use = rng.choice(("upper $v", "len $v", "$v.a", "toJson $v", "eq $v 1"))
        return f"{braces('$v := ' + action(rng))}{{{{ $v }}}}|{braces(use)}"
    if pick < 0.96:
        return '{{ define "t" }}<{{ . }}>{{ end }}' + braces(f'template "t" {operand(rng, "any", 1)}')
    return braces(f"({action(rng)}).{rng.choice(('a', 'output', 'zz', 'name', 'Year', 'Major'))}")


def mutated(rng: random.Random, text: str) -> str:
    """The text with a few pieces put in, taken out or doubled."""
    for _ in range(rng.choice((1, 1, 2, 4))):
        at = rng.randrange(len(text) + 1)
        pick = rng.random()
        if pick < 0.4:
            text = text[:at] + rng.choice(POOLS["pieces"]) + text[at:]
        elif pick < 0.75:
            text = text[:at] + text[at + rng.choice((1, 1, 2, 5)) :]
        else:
            end = min(len(text), at + rng.randrange(1, 12))
            text = text[:end] + text[at:end] + text[end:]
    return text


def questions(seed: int, count: int) -> Iterator[dict[str, Any]]:
    """Questions for `template eval` and `template check`, the same for the same seed."""
    rng = random.Random(seed)
    roots = context(rng)
    for at in range(count):
        if at % 10 == 0:
            roots = context(rng)
        text = template(rng)
        if rng.random() < 0.15:
            text = mutated(rng, text)
        yield {"id": at, **question(rng, text, roots)}


def question(rng: random.Random, text: str, roots: dict[str, Any]) -> dict[str, Any]:
    pick = rng.random()
    if pick < 0.12:
        scope = rng.choice(SCOPES)
        if rng.random() < 0.2:
            return {"scope": scope, "json": json.dumps({"a": text, "b": [value(rng), {"c": template(rng)}]})}
        return {"scope": scope, "template": text}
    if pick < 0.2:
        tree: Any = {"a": text, "b": [text, 1, None]}
        if rng.random() < 0.4:
            variables = {"inputs": value(rng), "x": template(rng)}
            tree = {"w": {"$bubuTemplate": text, "$bubuTemplateVars": variables}}
        return {"kind": "object", "vars": roots, "value": tree}
    asked: dict[str, Any] = {"kind": "condition" if pick < 0.3 else "value", "vars": roots, "template": text}
    if rng.random() < 0.03:
        asked["max_output_bytes"] = 8
    if rng.random() < 0.03:
        asked["deterministic"] = True
    return asked
