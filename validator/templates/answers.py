"""Questions about templates and their answers as plain data: what the commands `template eval` and `check` speak.

One line of JSON a question, one an answer; a line that cannot be answered gets an error and stops nothing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from validator.findings import Json
from validator.templates.admission import SCOPES, Refusal, check, check_json
from validator.templates.errors import TemplateError, UnsupportedError
from validator.templates.evaluation import Settings, evaluate, evaluate_condition, resolve
from validator.templates.explanation import explained, underlined
from validator.templates.gostrings import valid
from validator.templates.jsontext import decode
from validator.templates.paths import PathError
from validator.templates.values import JsonNumber, Value, from_document, to_document, without_points


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer: the fields of its JSON object, and what people are shown besides."""

    fields: dict[str, Json]
    mode: str = ""
    status: int = 0
    """Exit status: 0 yes, 1 the platform would refuse or fail, 2 no proper question, 3 not known exactly."""
    spans: tuple[tuple[int, int, str], ...] = field(default=())
    """Offending characters of the raw text, each with what is wrong there."""
    error: TemplateError | None = None
    """Why there is no value."""

    def as_json(self) -> str:
        """One line."""
        return valid(json.dumps(self.fields, ensure_ascii=False, allow_nan=False))


def evaluate_question(question: dict[str, Any]) -> Answer:
    """Answer one question of `template eval`: `{kind, template | value, vars, deterministic?, max_output_bytes?}`."""
    return _guarded(_evaluate, question)


def check_question(question: dict[str, Any]) -> Answer:
    """Answer one question of `template check`: `{scope, template | json}`."""
    return _guarded(_check, question)


def evaluate_lines(lines: Iterable[bytes]) -> Iterator[Answer]:
    """Answer a stream of questions."""
    return (_line(line, _evaluate) for line in lines if line.strip())


def check_lines(lines: Iterable[bytes]) -> Iterator[Answer]:
    """Answer a stream of questions."""
    return (_line(line, _check) for line in lines if line.strip())


class _QuestionError(Exception):
    """The line is no proper question."""


def _line(line: bytes, answer: Callable[[dict[str, Any]], Answer]) -> Answer:
    identity: Json = None
    try:
        question = _object(line)
        identity = _document(question.get("id"))
        if question.get("numbers") in ("jsonnumber", "int64"):  # both need the digits as they are written
            question["vars"] = decode(line.decode("utf-8", "replace"), numbers="jsonnumber").get("vars")
        result = _guarded(answer, question, decoded=True)
    except (_QuestionError, ValueError, UnsupportedError) as error:
        result = _improper(str(error))
    return Answer({"id": identity, **result.fields}, result.mode, result.status)


def _object(line: bytes) -> dict[str, Any]:
    question = decode(line.decode("utf-8", "replace"))
    if not isinstance(question, dict):
        raise _QuestionError("the line is no JSON object")
    return question


def _improper(message: str) -> Answer:
    return Answer({"error": {"class": "request", "message": message}}, status=2)


def _guarded(answer: Callable[..., Answer], question: dict[str, Any], *, decoded: bool = False) -> Answer:
    try:
        if not decoded:
            question = {
                key: from_document(item) if key in ("vars", "value") else item for key, item in question.items()
            }
        return answer(question)
    except TemplateError as error:
        fields: dict[str, Json] = {"class": error.kind, "sub": error.sub, "message": error.message}
        spans: tuple[tuple[int, int, str], ...] = ()
        if isinstance(error, PathError) and error.known:
            fields["known"] = list(error.known)
        if error.start >= 0:
            fields |= {"start": error.start, "end": error.end}
            spans = ((error.start, error.end, error.message),)
        return Answer({"error": fields}, status=1, spans=spans, error=error)
    except UnsupportedError as error:
        return Answer({"unsupported": error.reason}, status=3)
    except _QuestionError as error:
        return _improper(str(error))
    except RecursionError:
        return Answer({"unsupported": "nesting beyond this machine's stack"}, status=3)


def _required(question: dict[str, Any], name: str, kind: type) -> Any:
    value = question.get(name)
    if not isinstance(value, kind):
        raise _QuestionError(f"`{name}` must be {'a string' if kind is str else 'an object'}")
    return value


def _evaluate(question: dict[str, Any]) -> Answer:
    kind = question.get("kind", "value")
    context = _required(question, "vars", dict) if question.get("vars") is not None else {}
    if question.get("numbers") == "int64":
        context = _with_int64(context)
    settings = Settings(bool(question.get("deterministic", False)), int(question.get("max_output_bytes") or 0))
    if kind == "condition":
        return Answer({"result": evaluate_condition(_required(question, "template", str), context, settings)}, kind)
    if kind == "object":
        if "value" not in question:
            raise _QuestionError("`value` is missing")
        return Answer({"result": _document(resolve(question["value"], context, settings))}, kind)
    if kind != "value":
        raise _QuestionError("`kind` must be value, condition or object")
    outcome = evaluate(_required(question, "template", str), context, settings)
    return Answer({"result": _document(outcome.value), "mode": outcome.mode}, outcome.mode)


def _with_int64(value: Value) -> Value:
    if isinstance(value, list):
        return [_with_int64(item) for item in value]
    if isinstance(value, dict):
        return {key: _with_int64(item) for key, item in value.items()}
    if isinstance(value, JsonNumber):
        whole = re.fullmatch("-?[0-9]{1,19}", value)
        return from_document(int(value) if whole else float(value), "int64")
    return from_document(value, "int64") if isinstance(value, float) else value


def _check(question: dict[str, Any]) -> Answer:
    scope = SCOPES.get(_required(question, "scope", str))
    if scope is None:
        raise _QuestionError(f"there is no such scope; there are {', '.join(SCOPES)}")
    if "json" in question:
        refusals = check_json(_required(question, "json", str), scope)
    else:
        refusals = check(_required(question, "template", str), scope)
    if not refusals:
        return Answer({"accept": True})
    in_json = "json" in question
    messages: list[Json] = [_worded(refusal, in_json) for refusal in refusals]
    spans = () if in_json else tuple((item.start, item.end, item.message) for item in refusals if item.start >= 0)
    return Answer({"accept": False, "errors": messages}, status=1, spans=spans)


def _worded(refusal: Refusal, in_json: bool) -> str:
    return f"{refusal.path}: {refusal.message}" if in_json and refusal.path != "$" else refusal.message


def explain(answer: Answer, text: str) -> str:
    """An answer for people: the value, its type and mode; or what is wrong, where, and what to do."""
    return valid(_explained(answer, text))


def _explained(answer: Answer, text: str) -> str:
    fields = answer.fields
    if "result" in fields:
        value = fields["result"]
        shown = json.dumps(value, ensure_ascii=False, indent=2)
        mode = f"\nmode:  {answer.mode}" if answer.mode not in ("condition", "object") else ""
        return f"value: {shown}\ntype:  {json_type(value)}{mode}"
    if "accept" in fields:
        if fields["accept"]:
            return "accepted"
        errors = fields["errors"]
        assert isinstance(errors, list)
        lines = [f"refused: {message}" for message in errors]
        return "\n".join([*lines, *(underlined(text, start, end) for start, end, _ in answer.spans)])
    if "unsupported" in fields:
        return f"not known exactly: {fields['unsupported']}"
    error = fields["error"]
    if answer.error is None:
        assert isinstance(error, dict)
        return f"{error['class']} error: {error['message']}"
    return explained(answer.error, text)


def json_type(value: Json) -> str:
    """The JSON type of a value."""
    match value:
        case bool():
            return "boolean"
        case None:
            return "null"
        case str():
            return "string"
        case int() | float():
            return "number"
        case list():
            return "array"
        case _:
            return "object"


def _document(value: Value) -> Json:
    """With numbers as people write them: 3 rather than 3.0, as far as a float counts one by one."""
    return without_points(to_document(value), 2**53)


__all__ = ["SCOPES", "Answer", "check_lines", "check_question", "evaluate_lines", "evaluate_question", "explain"]
