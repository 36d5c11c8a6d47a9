"""A case that is saved stands where the others do, and nothing else of the file changes."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from validator.findings import Json
from validator.sources.reader import read
from validator.sources.text import SourceText
from validator.suite.saved_cases import SaveError, borrowed, free_name, with_case

CASE = {"name": "explored EV401 1", "inputs": {"text": "\N{GRINNING FACE}"}}
ITEM = '{name: "explored EV401 1", inputs: {text: "\N{GRINNING FACE}"}}'
SAVED = [
    ("", f"cases:\n  echo:\n    - {ITEM}\n"),
    ("# only a comment\n", f"# only a comment\ncases:\n  echo:\n    - {ITEM}\n"),
    ("fail-on: error  # hm\n", f"fail-on: error  # hm\n\ncases:\n  echo:\n    - {ITEM}\n"),
    (
        "cases:\n  echo:\n    # the first\n    - name: a\n      inputs: {text: hi}  # said\n# end\nfail-on: error\n",
        "cases:\n  echo:\n    # the first\n    - name: a\n      inputs: {text: hi}  # said\n"
        f"    - {ITEM}\n# end\nfail-on: error\n",
    ),
    (
        "cases:\n  echo:\n  - {name: a}\n  other: [{name: b}]\n",
        f"cases:\n  echo:\n  - {{name: a}}\n  - {ITEM}\n  other: [{{name: b}}]\n",
    ),
    (
        "cases:\n    other:\n      - {name: b}\n\nimages: {}\n",
        f"cases:\n    other:\n      - {{name: b}}\n    echo:\n      - {ITEM}\n\nimages: {{}}\n",
    ),
    (
        "cases:\n  echo:\n    defaults: {config: {a: 1}}\n    cases:\n      - {name: a}\n",
        f"cases:\n  echo:\n    defaults: {{config: {{a: 1}}}}\n    cases:\n      - {{name: a}}\n      - {ITEM}\n",
    ),
    (
        "cases:\n  echo:\n    defaults: {config: {a: 1}}  # works\n",
        f"cases:\n  echo:\n    defaults: {{config: {{a: 1}}}}  # works\n    cases:\n      - {ITEM}\n",
    ),
    ("cases: {echo: [{name: a}]}\n", f"cases: {{echo: [{{name: a}}, {ITEM}]}}\n"),
    ("cases: {other: [{name: a}]}", f"cases: {{other: [{{name: a}}], echo: [{ITEM}]}}\n"),
    ("cases:\n  echo: [\n    {name: a},\n  ]\n", f"cases:\n  echo: [\n    {{name: a}}, {ITEM}\n  ]\n"),
]


@pytest.mark.parametrize(("before", "after"), SAVED)
def test_a_case_is_added_and_all_else_stays(before: str, after: str) -> None:
    found = with_case(before, "echo", CASE)

    assert found.split() == after.split()
    assert yaml.safe_load(found)["cases"]["echo"]
    assert with_case(found, "echo", {**CASE, "name": "another name"}) == found


documents = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=6),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text("abcno \N{GRINNING FACE}:#-", max_size=4), inner)
    ),
    max_leaves=6,
)


@given(st.dictionaries(st.sampled_from(["text", "no", "1", "a: b", ""]), documents, min_size=1))
def test_every_input_comes_back_as_it_was(inputs: dict[str, Json]) -> None:
    case = {"name": "x", "inputs": inputs}

    try:
        text = with_case("cases:\n  echo:\n    - {name: a}  # kept\n", "echo", case)
    except SaveError:
        return  # told, with the case to add by hand: a number that YAML has no way to write
    root = read(SourceText("x.yaml", text)).documents[0].root
    assert "# kept" in text
    assert root.value["cases"]["echo"] == [{"name": "a"}, case]  # type: ignore[index,call-overload]


@pytest.mark.parametrize("text", ["cases: [", "a: 1\n---\nb: 2\n", "cases: 7\n", "- 1\n"])
def test_what_cannot_be_saved_is_said(text: str) -> None:
    with pytest.raises(SaveError):
        with_case(text, "echo", CASE)


def test_surroundings_come_from_the_first_case_that_should_succeed() -> None:
    text = "cases:\n  echo:\n  - {name: a, expect: {error: true}, config: {x: 1}}\n  - {name: b, config: {x: 2}}\n"

    assert borrowed(text, "echo", streaming=False) == {"config": {"x": 2}}
    assert borrowed(text, "echo", streaming=True) == {}
    assert free_name(text.replace("name: a", "name: n 1"), "echo", "n") == "n 2"
