"""Every golden vector of the platform: the same value, the same class and sub-class of error, the same words."""

import json
from pathlib import Path
from typing import Any

import pytest

from validator.templates.admission import SCOPES, check, check_json
from validator.templates.answers import evaluate_lines
from validator.templates.catalogue import SIGNATURES, OnMissing
from validator.templates.errors import TemplateError
from validator.templates.evaluation import is_single_action
from validator.templates.gostrings import trim_space
from validator.templates.normalise import normalise
from validator.templates.paths import parse_path
from validator.templates.references import dependency_names, offload_names, step_references

VECTORS = Path(__file__).parents[1] / "vectors"
KEYS = ("id", "template", "value", "vars", "deterministic", "max_output_bytes", "numbers")


def records(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (VECTORS / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()]


def answer(record: dict[str, Any], kind: str) -> dict[str, Any]:
    question = {"kind": kind} | {key: record[key] for key in KEYS if key in record}
    (reply,) = evaluate_lines([json.dumps(question).encode()])
    return dict(reply.fields)


def same(left: Any, right: Any) -> bool:
    # Booleans are numbers to Python, not to JSON.
    return json.dumps(left, sort_keys=True) == json.dumps(right, sort_keys=True) or _equal(left, right)


def _equal(left: Any, right: Any) -> bool:
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, int | float) and isinstance(right, int | float):
        return float(left) == float(right)
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(_equal, left, right))
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(_equal(left[key], right[key]) for key in left)
    return bool(left == right)


@pytest.mark.parametrize(("name", "kind"), [("eval", "value"), ("conditions", "condition"), ("objects", "object")])
def test_evaluation(name: str, kind: str) -> None:
    wrong = []
    for record in records(name):
        got = answer(record, kind)
        if "error" in record:
            error = got.get("error", {})
            right = (error.get("class"), error.get("sub")) == (record["error"]["class"], record["error"]["sub"])
        else:
            right = "result" in got and same(got["result"], record["result"])
            right = right and (kind != "value" or got["mode"] == record["mode"])
        if not right:
            wrong.append((record["id"], record.get("template", record.get("value")), got))
    assert wrong == []


def test_admission() -> None:
    wrong = []
    for record in records("validation"):
        scope = SCOPES[record["scope"]]
        in_json = "json" in record
        refusals = check_json(record["json"], scope) if in_json else check(record["template"], scope)
        core = [refusal for refusal in refusals if "disallowed function" not in refusal.message]
        safety = [refusal for refusal in refusals if refusal not in core]
        got = (not refusals, not core, not safety)
        if got != (record["webhook_accept"], record["accept"], record["safety_accept"]):
            wrong.append((record["id"], refusals))
        if safety and safety[0].message != record["safety_error"]:
            wrong.append((record["id"], safety))
        comparable = core and not record.get("error_order_varies") and "invalid JSON" not in record["error"]
        said = "; ".join(f"{item.path}: {item.message}" if in_json else item.message for item in core)
        if comparable and said.replace(": must be", " must be") != record["error"]:
            wrong.append((record["id"], said, record["error"]))
    assert wrong == []


def references(text: str) -> tuple[list[str], str | None]:
    try:
        return list(step_references(text)), None
    except TemplateError as error:
        return [], error.message


@pytest.mark.parametrize("record", records("refs"), ids=lambda record: record["id"])
def test_references(record: dict[str, Any]) -> None:
    text = record["template"]
    normalised = normalise(text)
    assert normalised.text == record["normalized"]
    assert references(text) == (record["refs"], record["refs_error"])
    assert references(normalised.text) == (record["refs_normalized"], record["refs_normalized_error"])
    assert is_single_action(normalised.text) is record["single_action"]
    assert list(dependency_names(text, ["my-step", "self"])) == record["dag_implicit_deps"]
    assert list(offload_names(text)) == record["offload_referenced_steps"]


@pytest.mark.parametrize("record", records("refs"), ids=lambda record: record["id"])
def test_paths(record: dict[str, Any]) -> None:
    if not record["single_action"]:
        assert record["path"] is None
        return
    path = parse_path(trim_space(record["normalized"])[2:-2])
    wanted = record["path"]
    if wanted is None:
        assert path is None
    else:
        assert path is not None
        segments = [{"key": part} if isinstance(part, str) else {"index": part} for part in path.segments]
        assert {"kind": path.kind, "root": path.root, "segments": segments} == wanted


FUNCTIONS = json.loads((VECTORS / "functions.json").read_text(encoding="utf-8"))
CONTEXT = {"inputs": {"s": "abc", "l": ["b", "a"], "m": {"a": 1}, "n": 3, "t": True}}


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda function: function["name"])
def test_the_function_table(function: dict[str, Any]) -> None:
    signature = SIGNATURES[function["name"]]
    assert signature.deterministic is function["deterministic"]
    assert (signature.origin == "go") is (function["origin"] == "go-builtin")
    if "params" in function:
        dots = ["..."] * signature.variadic
        spelt = [*signature.params[:-1], *("".join([*dots, last]) for last in signature.params[-1:])]
        assert spelt == function["params"]
        assert [signature.returns, *["error"] * signature.can_fail] == function["returns"]


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda function: function["name"])
def test_a_missing_argument(function: dict[str, Any]) -> None:
    signature = SIGNATURES[function["name"]]
    cases = function.get("missing_argument", [])
    for case in cases:
        seen = signature.on_missing_piped if case["arg"] == "piped" else signature.on_missing[case["arg"]]
        volatile = case.get("volatile", False)
        assert seen is (OnMissing.NOW if volatile else OnMissing.SILENT if case["silent"] else OnMissing.LOUD)
        # Beside text, so that the output is not read as JSON.
        got = answer({"template": f"|{case['call']}|", "vars": CONTEXT}, "value")
        if volatile:
            assert "unsupported" in got
        elif case["silent"]:
            assert got["result"] == f"|{case['result']}|"
        else:
            assert got["error"]["class"] == case["result"]["error"]
            assert case["result"]["message"] in got["error"]["message"]
