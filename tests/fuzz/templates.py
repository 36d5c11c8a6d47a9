"""Throw made-up and mutated templates at the evaluator and at admission: none may crash, none may take two seconds
of processor time.

usage: python tests/fuzz/templates.py [--seed N] [--count N]

Besides the questions of `tests/oracle/template/questions.py` this makes texts without any grammar, deep nesting, and
long repetitions. Exit status 1 with the first few offenders when there are any.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.oracle.template.material import POOLS, context
from tests.oracle.template.questions import mutated, question, template
from validator.templates.answers import check_lines, evaluate_lines

SECONDS = 2.0
SCRAPS = [
    *POOLS["pieces"],
    *POOLS["words"],
    *POOLS["formats"],
    "{{ ",
    " }}",
    "$x := ",
    "printf ",
    "template ",
    "block ",
]


def texts(rng: random.Random) -> Iterator[str]:
    """Templates of all kinds, without an end."""
    while True:
        pick = rng.random()
        if pick < 0.45:
            yield template(rng)
        elif pick < 0.8:
            yield mutated(rng, template(rng))
        elif pick < 0.95:
            yield "".join(rng.choice(SCRAPS) for _ in range(rng.randrange(1, 25)))
        elif pick < 0.98:
            yield nested(rng)
        else:
            yield rng.choice(BOMBS)


def nested(rng: random.Random) -> str:
    """The same piece within itself, or many times over."""
    times = rng.choice((5, 50, 500, 5000))
    opening, closing = rng.choice(
        (
            ("{{ (", ") }}"),
            ("{{ if true }}", "{{ end }}"),
            ("{{ range inputs.list }}", "{{ end }}"),
            ('inputs["a"]', ""),
            ("{{ inputs.s | upper }}", ""),
            ("{{ $x := 1 }}", "{{ $x }}"),
            ("{{/*", "*/}}"),
            ("(" * 3, ")" * 3),
            ("{{ else if true }}", ""),
            ("'", "`"),
            ("[", "]"),
        )
    )
    body = opening * times + closing * times
    return body if rng.random() < 0.5 else "{{ " + body + " }}"


BOMBS = (
    '{{ $x := "aaaaaaaa" }}{{ range 200 }}{{ $x = print $x $x }}{{ end }}{{ len $x }}',
    "{{ range 1000000000 }}{{ end }}",
    "{{ range 1000000 }}x{{ end }}",
    '{{ printf "%1000000d%1000000d%1000000d%1000000d%1000000d" 1 2 3 4 5 }}',
    '{{ nindent 999999999 "a" }}',
    '{{ wrapWith 1 (printf "%100000d" 1) (printf "%100000d" 1) }}',
    '{{ define "t" }}{{ template "t" . }}{{ end }}{{ template "t" . }}',
    "{{ $l := list }}{{ range 20000 }}{{ $l = append $l 1 }}{{ end }}{{ len (uniq $l) }}",
    '{{ replace "" (printf "%100000d" 1) (printf "%100000d" 1) }}',
    "{{ mulf 1e308 1e308 1e308 1e308 1e308 }}",
    "{{ divf 1e-300 1e300 }}{{ addf 1e300 1e-300 }}",
    '{{ semverCompare "1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 !" "1" }}',
    '{{ semverCompare (printf "%200s-" "1") "1" }}',
    '{{ fromJson (printf "%s" (printf "%0100000d" 0)) }}',
    '{{ toDate (printf "%100000s" "2006") (printf "%100000s" "2024") }}',
    "{{ " + "1 | " * 3000 + "1 }}",
    "{{ " + "print " * 3000 + "}}",
    "{{ " + "a" * 100_000 + " }}",
    "{{ print " + 'inputs["s"] ' * 3000 + "}}",
    "{{ print " + "x[" * 30_000 + "}}",
    "{{ " + "'" * 100_001,
    "{{" * 50_000,
    "{{/**/}}" * 20_000,
    "}}" * 50_000,
    '{{ "' + "\\" * 100_001 + '" }}',
    " " * 200_000 + "{{ 1 }}" + "\n" * 200_000,
)
"""Templates that cost Go much, or that a careless reading takes long for."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=100_000)
    options = parser.parse_args()
    rng = random.Random(options.seed)
    roots = context(rng)
    offenders: list[str] = []
    slowest = (0.0, "")
    source = texts(rng)
    for number in range(options.count):
        if number % 50 == 0:
            roots = context(rng)
        asked = {"id": number, **question(rng, next(source), roots)}
        problem, seconds = ask(asked)
        slowest = max(slowest, (seconds, shown(asked)))
        if problem or seconds > SECONDS:
            offenders.append(f"{problem or f'{seconds:.1f} s'}: {shown(asked)}")
    print(f"{options.count} templates, the slowest {slowest[0]:.3f} s: {slowest[1]}")
    print(*offenders[:10], sep="\n")
    return 1 if offenders else 0


def ask(asked: dict[str, Any]) -> tuple[str, float]:
    """What is wrong with the answer, and how long it took."""
    line = json.dumps(asked).encode()
    started = time.process_time()
    try:
        (reply,) = (check_lines if "scope" in asked else evaluate_lines)([line])
        fields = json.loads(reply.as_json())
    except Exception as error:  # noqa: BLE001 - whatever it is, it is what this looks for
        return repr(error), time.process_time() - started
    seconds = time.process_time() - started
    known = {"result", "accept", "unsupported", "error"} & fields.keys()
    proper = len(known) == 1 and fields["id"] == asked["id"] and fields.get("error", {}).get("class") != "request"
    return "" if proper else f"no proper answer {fields}", seconds


def shown(asked: dict[str, Any]) -> str:
    text = json.dumps({key: item for key, item in asked.items() if key != "vars"}, ensure_ascii=False)
    return text[:300]


if __name__ == "__main__":
    sys.exit(main())
