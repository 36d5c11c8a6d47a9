"""One condition follows from another: by table, and against evaluation over small values."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from validator.findings import Json
from validator.templates.evaluation import evaluate_condition
from validator.templates.implication import implies

_ATOMS = [
    "inputs.a",
    "inputs.b",
    "(eq inputs.a true)",
    "(ne true inputs.b)",
    '(eq inputs.k "x")',
    '(ne "y" inputs.k)',
    '(eq inputs.e "x")',
    '(ne inputs.e "y")',
    '(eq inputs.k "x" "z")',
    "(inputs.b | default false)",
    "(ternary true false inputs.a)",
    "(gt inputs.n 1.0)",
    "(le 2.0 inputs.n)",
    "(eq inputs.n 1.0)",
    "(gt (len inputs.l) 0)",
    "(ne 2 (len inputs.l))",
    '(has "x" inputs.l)',
    "(empty inputs.l)",
]


def _values(way: tuple[str, ...]) -> tuple[Json, ...] | None:
    known: dict[str, tuple[Json, ...]] = {"a": (True, False), "b": (True, False, None), "e": ("x", "y")}
    return known.get(way[1]) if len(way) == 2 else None


@pytest.mark.parametrize(
    ("guard", "condition", "expected"),
    [
        ("{{ and inputs.a inputs.b }}", "{{ inputs.a }}", True),
        ("{{   inputs.a}}", "{{ inputs.a }}", True),
        ("{{ $f := inputs.a }}{{ $f }}", "{{ inputs.a }}", True),
        ("{{ inputs.a }}", "{{ $f := inputs.a }} {{ $f }}", True),
        ("{{ inputs.a }}", "{{ $f := not inputs.a }}{{ not $f }}", True),
        ("{{ inputs.a }}", "{{ $f := inputs.a }}{{ if $f }}yes{{ else }}no{{ end }}", True),
        ("{{ $f := inputs }}{{ $f.a }}", "{{ inputs.a }}", True),
        ("{{ $f := inputs.a }}{{ $g := not $f }}{{ $g }}", "{{ not inputs.a }}", True),
        ("{{ $f := inputs.a }}{{ $f }}", "{{ not inputs.a }}", False),
        ("{{ $f := inputs.a }}{{ $f = true }}{{ $f }}", "{{ inputs.a }}", False),
        ("{{ $f := inputs.a }}{{ $f := true }}{{ $f }}", "{{ inputs.a }}", False),
        ("{{ inputs.b }}", "{{ $f := inputs.b }}{{ $f }}", False),  # prints `<no value>` where it is missing
        ("{{ $f := inputs.k }}{{ $f }}", "{{ inputs.k }}", False),  # the text `no` is false
        ("{{ $f := inputs.a }}{{ $f }}{{ $f }}", "{{ inputs.a }}", False),
        ("{{ eq inputs.a true }}", "{{ inputs.a }}", True),
        ("{{ and inputs.b inputs.a }}", "{{ and inputs.a inputs.b }}", True),
        ('{{ eq "x" inputs.k }}', '{{ ne inputs.k "y" }}', True),
        ("{{ inputs.a }}", "{{ or inputs.b inputs.a }}", True),
        ("{{ or inputs.a inputs.b }}", "{{ inputs.a }}", False),
        ("{{ not inputs.a }}", "{{ inputs.a }}", False),
        ("{{ and inputs.k inputs.a }}", "{{ inputs.k }}", False),
        ("true", "{{ inputs.a }}", False),
        ("{{ gt (len inputs.l) 2 }}", "{{ gt  (len inputs.l)  2 }}", True),
        ("{{ gt inputs.n 5.0 }}", "{{ gt inputs.n 3.0 }}", True),
        ("{{ gt inputs.n 3.0 }}", "{{ gt inputs.n 5.0 }}", False),
        ("{{ lt 3.0 inputs.n }}", "{{ gt inputs.n 3.0 }}", True),
        ("{{ ge inputs.n 3.0 }}", "{{ gt inputs.n 3.0 }}", False),
        ("{{ eq inputs.n 4.0 }}", "{{ and (gt inputs.n 3.0) (le inputs.n 4.0) }}", True),
        ("{{ not (lt inputs.n 3.0) }}", "{{ ge inputs.n 3.0 }}", False),  # also where it is missing
        ("{{ ge (len inputs.l) 1 }}", "{{ gt (len inputs.l) 0 }}", True),
        ("{{ ne (len inputs.l) 0 }}", "{{ gt (len inputs.l) 0 }}", True),
        ('{{ has "x" inputs.l }}', "{{ gt (len inputs.l) 0 }}", True),
        ('{{ has "x" inputs.l }}', "{{ gt (len inputs.l) 1 }}", False),
        ("{{ and inputs.l inputs.a }}", "{{ gt (len inputs.l) 0 }}", True),
        ("{{ gt (len inputs.l) 0 }}", "{{ not (empty inputs.l) }}", True),
        ('{{ ne inputs.e "y" }}', '{{ eq inputs.e "x" }}', True),
        ('{{ ne inputs.k "y" }}', '{{ eq inputs.k "x" }}', False),
        ('{{ not (eq inputs.e "y" "z") }}', '{{ eq "x" inputs.e }}', True),
        ('{{ eq inputs.k "y" }}', '{{ eq inputs.k "x" "y" }}', True),
        ('{{ eq inputs.k "x" "y" }}', '{{ eq inputs.k "y" }}', False),
        ("{{ inputs.b }}", "{{ inputs.b | default false }}", True),
        ("{{ inputs.b | default false }}", "{{ inputs.b }}", True),
        ("{{ inputs.b | default true }}", "{{ inputs.b }}", False),
        ("{{ inputs.a }}", "{{ if inputs.a }}true{{ else }}false{{ end }}", True),
        ("{{ if inputs.a }}false{{ else }}true{{ end }}", "{{ inputs.a }}", False),
        ("{{ if inputs.a }}true{{ else }}no{{ end }}", "{{ inputs.a }}", True),
        ("{{ if inputs.a }}true{{ else }}maybe{{ end }}", "{{ inputs.a }}", False),  # not understood: nothing is told
        ("{{ if and inputs.a inputs.b }}true{{ end }}", "{{ inputs.a }}", True),
        ("{{ if inputs.b }}1{{ else if inputs.a }}Yes{{ end }}", "{{ or inputs.a inputs.b }}", True),
        ("{{ if inputs.b }}true{{ else if inputs.a }}true{{ end }}", "{{ inputs.a }}", False),
        ("{{ if inputs.a }}{{ else }}true{{ end }}", "{{ not inputs.a }}", True),
        ('{{ ternary "yes" "no" inputs.a }}', "{{ inputs.a }}", True),
        ('{{ and (ternary "yes" "no" inputs.a) inputs.b }}', "{{ inputs.a }}", False),  # both words are true there
        ("{{ ternary true false inputs.a }}", "{{ inputs.a }}", True),
        ("{{ ternary false true inputs.a }}", "{{ inputs.a }}", False),
        ("{{ not (empty inputs.l) }}", "{{ ne (len inputs.l) 0 }}", True),
    ],
)
def test_implies(guard: str, condition: str, expected: bool) -> None:
    assert implies(guard, condition, _values) is expected


_TEXTS = st.recursive(
    st.sampled_from(_ATOMS),
    lambda inner: st.one_of(
        inner.map("(not {})".format),
        st.tuples(st.sampled_from(["and", "or"]), inner, inner).map(lambda parts: f"({' '.join(parts)})"),
    ),
    max_leaves=5,
)


_FORMS = st.sampled_from(["{{{{ {} }}}}", "{{{{ $f := {} }}}}{{{{ $f }}}}", "{{{{ $f := {} }}}} {{{{ not $f }}}}"])


@given(guard=_TEXTS, condition=_TEXTS, forms=st.tuples(_FORMS, _FORMS))
def test_what_follows_holds_wherever_the_guard_does(guard: str, condition: str, forms: tuple[str, str]) -> None:
    first, second = forms[0].format(guard), forms[1].format(condition)
    if not implies(first, second, _values):
        return
    lists: list[list[str]] = [[], ["x"], ["y"], ["x", "y"], ["y", "y", "y"]]
    for a, b, k, e, n, items in product(
        (False, True), (False, True), ("x", "z"), ("x", "y"), (0.5, 1.0, 1.5, 2.0, 3.0), lists
    ):
        context = {"inputs": {"a": a, "b": b, "k": k, "e": e, "n": n, "l": items}}
        assert not evaluate_condition(first, context) or evaluate_condition(second, context)
