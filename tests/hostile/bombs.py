# ruff: noqa: E501
"""Small files that ask for much: what a pull request may bring, and `check` has to get through.

python -m tests.hostile.bombs      each bomb with its status, seconds of CPU and MiB
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import resource
import signal
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

TEMPLATE = """\
apiVersion: catalog.bubustack.io/v1alpha1
kind: EngramTemplate
metadata: {{name: probe}}
spec:
  version: 1.0.0
  image: registry.example/probe:1.0.0
  supportedModes: [job]
  inputSchema: {given}
  outputSchema: {put}
"""
STORY = """\
apiVersion: bubustack.io/v1alpha1
kind: Story
metadata: {{name: s}}
spec:
  inputsSchema: {{type: object, properties: {{x: {{type: string}}}}}}
  steps: {steps}
---
apiVersion: bubustack.io/v1alpha1
kind: Engram
metadata: {{name: e}}
spec: {{templateRef: {{name: probe}}}}
"""
OBJECT = '{"type": "object", "properties": {"a": {"type": "string"}}}'
NEST = 20_000
CPU_SECONDS, WALL_SECONDS = 30, 40
"""After which a child is ended: more than any bomb may take."""


def template(given: str = OBJECT, put: str = OBJECT) -> dict[str, str]:
    return {"Engram.yaml": TEMPLATE.format(given=given, put=put)}


def story(*steps: object) -> dict[str, str]:
    return {**template(), "story.yaml": STORY.format(steps=json.dumps(steps))}


def step(value: object, name: str = "one", **more: object) -> dict[str, object]:
    return {"name": name, "ref": {"name": "e"}, "with": {"a": value}, **more}


def text(value: str) -> dict[str, str]:
    return story(step(value))


def yaml(value: str) -> dict[str, str]:
    return {"x.yaml": f"apiVersion: bubustack.io/v1alpha1\nkind: Story\nmetadata: {{name: s}}\nspec: {value}\n"}


def schema(value: object) -> dict[str, str]:
    """As what a step takes and what the one before puts out: both are compared."""
    written = json.dumps({"type": "object", "properties": {"a": value}})
    return {
        **template(written, written),
        "story.yaml": STORY.format(steps=json.dumps([step("x"), step("{{ steps.one.output.a }}", "two")])),
    }


def config(value: object) -> dict[str, str]:
    return {**template(), "engram-validate.yaml": json.dumps(value)}


def case(**members: object) -> dict[str, str]:
    return config({"cases": {"probe": [{"name": "c", **members}]}})


def laughs(width: int, depth: int) -> str:
    lines = ["a0: &a0 [x]"] + [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * width)}]" for n in range(1, depth)]
    return "\n  " + "\n  ".join(lines)


def nested(depth: int, key: str = "properties") -> dict[str, object]:
    value: dict[str, object] = {"type": "string"}
    for _ in range(depth):
        value = {"type": "object", key: {"a": value}}
    return value


def wrapped(depth: int, key: str) -> dict[str, object]:
    value: dict[str, object] = {"type": "string"}
    for _ in range(depth):
        value = {key: [value, value]} if key != "not" else {"not": value}
    return value


OPTIONS = [{"type": "object", "properties": {f"p{n}": {"type": "string"}}, "required": [f"p{n}"]} for n in range(200)]
BOMBS: Mapping[str, Callable[[], dict[str, str]]] = {
    # YAML
    "a billion laughs": lambda: yaml(laughs(10, 12)),
    "aliases side by side": lambda: yaml("[&a " + "x" * 10_000 + ", " + ", ".join(["*a"] * 50_000) + "]"),
    "an alias of itself": lambda: yaml("&a [*a]"),
    "merges of merges": lambda: yaml("\n  " + "\n  ".join(f"m{n}: &m{n} {{<<: [{', '.join([f'*m{n - 1}'] * 9)}]}}" if n else "m0: &m0 {k: v}" for n in range(12))),
    "lists in lists": lambda: yaml("[" * NEST + "]" * NEST),
    "objects in objects": lambda: yaml("{a: " * NEST + "1" + "}" * NEST),
    "lists that never end": lambda: yaml("[" * NEST),
    "dashes in a row": lambda: yaml("\n  " + "- " * NEST + "x"),
    "a long text": lambda: yaml("x" * 5_000_000),
    "a long key": lambda: yaml("{" + "k" * 2_000_000 + ": 1}"),
    "many keys": lambda: yaml("{" + ", ".join(f"k{n}: 1" for n in range(5_000)) + "}"),
    "one key many times": lambda: yaml("{" + ", ".join(["k: 1"] * 5_000) + "}"),
    "many documents": lambda: {"x.yaml": "---\na: 1\n" * 20_000},
    "a long number": lambda: yaml("9" * 1_000_000),
    "an endless float": lambda: yaml("1e999999999"),
    "many digits after the point": lambda: yaml("0." + "3" * 1_000_000),
    "empty lines before what is no YAML": lambda: {"x.yaml": "# bubustack.io/\n" + "\n" * 150_000 + "a: ["},
    "a number of sixties": lambda: yaml("1" + ":59" * 10_000),
    "escapes": lambda: yaml('"' + "\\u0041" * 200_000 + '"'),
    "an anchor a line": lambda: yaml("\n  " + "\n  ".join(f"k{n}: &a{n} x" for n in range(5_000))),
    "nothing but comments": lambda: {"x.yaml": "# x\n" * 500_000},
    "no text": lambda: {"x.yaml": "\0" * 1_000_000},
    "a wall of colons": lambda: yaml(":" * 500_000),
    "a wall of quotes": lambda: yaml("'" * 500_001),
    "question marks": lambda: yaml("\n  " + "? " * 5_000),
    "tags": lambda: yaml("!!python/object/apply:os.system [" + "!!str x, " * 20_000 + "]"),
    # Expressions
    "a pipeline of 50,000": lambda: text("{{ inputs.x" + " | upper" * 50_000 + " }}"),
    "brackets in brackets": lambda: text("{{ " + "(" * NEST + "inputs.x" + ")" * NEST + " }}"),
    "brackets that never close": lambda: text("{{ " + "(" * 100_000),
    "comments that never close": lambda: text("{{/*" * 100_000),
    "quotes that never close": lambda: text('{{ "' + '\\"' * 100_000),
    "many expressions": lambda: text("{{ inputs.x }}" * 100),
    "openings alone": lambda: text("{{" * 200_000),
    "ifs in ifs": lambda: text("{{ if inputs.x }}" * 5_000 + "x" + "{{ end }}" * 5_000),
    "ranges in ranges": lambda: text("{{ range until 1000 }}" * 50 + "x" + "{{ end }}" * 50),
    "a list of a billion": lambda: text("{{ until 1000000000 | toJson }}"),
    "a text a billion times": lambda: text('{{ repeat 1000000000 "x" }}'),
    "repeats of repeats": lambda: text('{{ "x"' + " | repeat 1000" * 20 + " }}"),
    "a wide format": lambda: text('{{ printf "%1000000000d" 1 }}'),
    "a pattern that hangs": lambda: text('{{ regexMatch "^(a+)+$" "' + "a" * 40 + '!" }}'),
    "a long path": lambda: text("{{ inputs" + ".x" * 50_000 + " }}"),
    "a long literal": lambda: text("{{ " + "9" * 10_000 + " }}"),
    "joined lists": lambda: text("{{ list" + " (list" * 3_000 + ")" * 3_000 + " | toJson }}"),
    # Schemas
    "200 alternatives against 200": lambda: schema({"anyOf": OPTIONS}),
    "one of 200": lambda: schema({"oneOf": OPTIONS}),
    "alternatives in alternatives": lambda: schema(wrapped(6, "anyOf")),
    "all of all of": lambda: schema(wrapped(6, "allOf")),
    "not not not": lambda: schema(wrapped(40, "not")),
    "objects within": lambda: schema(nested(100)),
    "a definition of itself": lambda: schema({"$ref": "#"}),
    "a pattern of a schema": lambda: schema({"type": "string", "pattern": "^(([a-z])+.)+[A-Z]([a-z])+$"}),
    "counted patterns": lambda: schema({"type": "string", "pattern": "((a{0,100}){0,100}){0,100}"}),
    "a value of 10,000": lambda: schema({"enum": [f"v{n}" for n in range(10_000)]}),
    "many properties": lambda: schema({"type": "object", "properties": {f"p{n}": {"type": "string"} for n in range(200)}}),
    "a billion items": lambda: schema({"type": "array", "minItems": 10**9, "items": {"type": "string"}}),
    "a long least text": lambda: schema({"type": "string", "minLength": 10**9}),
    "tiny multiples": lambda: schema({"type": "number", "multipleOf": 1e-300, "minimum": 1e300}),
    # Stories
    "a chain of 300": lambda: story(*(step("x", f"s{n}", **({"needs": [f"s{n - 1}"]} if n else {})) for n in range(300))),
    "each needs all before": lambda: story(*(step("x", f"s{n}", needs=[f"s{m}" for m in range(n)]) for n in range(60))),
    "a ring": lambda: story(*(step("x", f"s{n}", needs=[f"s{(n + 1) % 300}"]) for n in range(300))),
    "doubling texts": lambda: story(*(step(f"{{{{ steps.s{n - 1}.output.a }}}}" * 2 if n else "x", f"s{n}", **({"needs": [f"s{n - 1}"]} if n else {})) for n in range(20))),
    "a duration without a unit": lambda: story(step("x", execution={"timeout": "0" * 1_000_000, "retry": {"delay": "1" * 1_000_000}})),
    # Configurations
    "a pattern of a configuration": lambda: config({"manifests": ["**/" * 20 + "*.yaml"]}),
    "many cases": lambda: config({"cases": {"probe": [{"name": f"c{n}", "inputs": {"a": "x"}} for n in range(1_000)]}}),
    "placeholders among secrets": lambda: case(secrets={"s": {"k": "${{" * 300_000}}),
    "placeholders among inputs": lambda: case(inputs={"a": "${{" * 300_000}, env={"A": "${{ env." * 100_000}),
    "placeholders of services": lambda: case(config={"a": "${{ services." + " " * 300_000, "b": "${{ services." * 60_000}),
    "globs of an ignore": lambda: {**config({"ignore": [{"rule": "EV101", "file": "*a" * 60 + "b"}, {"rule": "EV101", "file": "**/" * 200 + "b"}]}), "a" * 200 + ".yaml": TEMPLATE.format(given=OBJECT, put=OBJECT).replace("probe", "other").replace("version", "versoin")},
    "a size beyond all machines": lambda: config({"limits": {"memory": "9" * 400 + "GiB"}}),
    "a duration beyond all clocks": lambda: config({"timeout": "9" * 5_000 + "h"}),
    "deep inputs": lambda: config({"cases": {"probe": [{"name": "c", "inputs": json.loads('{"a":' * 90 + "1" + "}" * 90)}]}}),
}  # fmt: skip


def main() -> None:
    """Check each bomb in a process of its own, and tell what it took."""
    wanted = sys.argv[1:] or list(BOMBS)
    # What is imported late is imported by this one.
    with contextlib.redirect_stdout(io.StringIO()), tempfile.TemporaryDirectory() as folder:
        Path(folder, "Engram.yaml").write_text(template()["Engram.yaml"], encoding="utf-8")
        _validate("check", "--root", folder)
    for name in wanted:
        print(json.dumps([name, *measured(BOMBS[name]())]), flush=True)


def measured(files: Mapping[str, str]) -> Iterator[float]:
    """Its exit status, seconds of CPU and MiB, of a child that has everything imported already."""
    with tempfile.TemporaryDirectory() as folder:
        for file, content in files.items():
            Path(folder, file).write_text(content, encoding="utf-8")
        child = os.fork()
        if not child:
            _check(folder)
        _, status, usage = os.wait4(child, 0)
        return iter((os.waitstatus_to_exitcode(status), usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024))


def _check(folder: str) -> None:
    os.chdir(folder)
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    signal.alarm(WALL_SECONDS)
    nothing = os.open(os.devnull, os.O_WRONLY)
    for stream in (1, 2):
        os.dup2(nothing, stream)
    status = 99
    try:
        status = _validate("check", "--json", "report.json")
    finally:
        os._exit(status)


def _validate(*arguments: str) -> int:
    from validator.cli import main as validate

    try:
        validate(args=list(arguments), prog_name="engram-validate")
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 98
    return 0


if __name__ == "__main__":
    main()
