"""One condition follows from another: by table, and against evaluation over small values."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from validator.templates.evaluation import evaluate_condition
from validator.templates.implication import implies

_ATOMS = [
    "inputs.a",
    "inputs.b",
    "(eq inputs.a true)",
    "(ne true inputs.b)",
    '(eq inputs.k "x")',
    '(ne "y" inputs.k)',
    "(gt inputs.n 1.0)",
    "(le 2.0 inputs.n)",
    "(eq inputs.n 1.0)",
    "(gt (len inputs.l) 0)",
    "(ne 2 (len inputs.l))",
    '(has "x" inputs.l)',
    "(empty inputs.l)",
]


def _is_boolean(way: tuple[str, ...]) -> bool:
    return way in (("inputs", "a"), ("inputs", "b"))


@pytest.mark.parametrize(
    ("guard", "condition", "expected"),
    [
        ("{{ and inputs.a inputs.b }}", "{{ inputs.a }}", True),
        ("{{   inputs.a}}", "{{ inputs.a }}", True),
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
        ("{{ not (empty inputs.l) }}", "{{ ne (len inputs.l) 0 }}", True),
    ],
)
def test_implies(guard: str, condition: str, expected: bool) -> None:
    assert implies(guard, condition, _is_boolean) is expected


_TEXTS = st.recursive(
    st.sampled_from(_ATOMS),
    lambda inner: st.one_of(
        inner.map("(not {})".format),
        st.tuples(st.sampled_from(["and", "or"]), inner, inner).map(lambda parts: f"({' '.join(parts)})"),
    ),
    max_leaves=5,
)


@given(guard=_TEXTS, condition=_TEXTS)
def test_what_follows_holds_wherever_the_guard_does(guard: str, condition: str) -> None:
    first, second = (f"{{{{ {text} }}}}" for text in (guard, condition))
    if not implies(first, second, _is_boolean):
        return
    lists: list[list[str]] = [[], ["x"], ["y"], ["x", "y"], ["y", "y", "y"]]
    for a, b, k, n, items in product((False, True), (False, True), ("x", "z"), (0.5, 1.0, 1.5, 2.0, 3.0), lists):
        context = {"inputs": {"a": a, "b": b, "k": k, "n": n, "l": items}}
        assert not evaluate_condition(first, context) or evaluate_condition(second, context)
