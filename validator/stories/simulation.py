"""Questions about the execution of stories and their answers as plain data: what `story simulate` speaks.

One line of JSON a question, one an answer; a line that cannot be answered gets an error and stops nothing.
Each kind of question has its module with one function `answer(question)`.
"""

from __future__ import annotations

import importlib
import json
from collections.abc import Callable, Iterable, Iterator

from validator.findings import Json
from validator.templates.errors import UnsupportedError
from validator.templates.gostrings import valid

Question = dict[str, Json]

KINDS: dict[str, str] = {
    **dict.fromkeys(("batch", "hand", "steprun"), "validator.stories.simulated_batch"),
    "topology": "validator.stories.simulated_topology",
    "packets": "validator.stories.simulated_packets",
}
"""The module that answers a kind of question, named when it is needed."""


class MalformedError(Exception):
    """The question has not the shape of its kind."""


def simulate_lines(lines: Iterable[bytes]) -> Iterator[str]:
    """The answers to a stream of questions, each one line of JSON."""
    for line in lines:
        if line.strip():
            yield valid(json.dumps(_answered(line), ensure_ascii=False, allow_nan=False))


def _answered(line: bytes) -> dict[str, Json]:
    try:
        question = json.loads(line)
    except (ValueError, RecursionError) as error:
        return {"error": f"not a line of JSON: {error}"}
    if not isinstance(question, dict):
        return {"error": "a question is a JSON object"}
    named: dict[str, Json] = {"id": question["id"]} if "id" in question else {}
    return named | answer(question)


def answer(question: Question) -> dict[str, Json]:
    """The answer to one question, without its id: what its kind gives, or `unsupported`, or `error`."""
    kind = question.get("kind")
    if not isinstance(kind, str) or kind not in KINDS:
        return {"unsupported": f"kind {kind!r}"}
    respond: Callable[[Question], dict[str, Json]] = importlib.import_module(KINDS[kind]).answer
    try:
        return respond(question)
    except UnsupportedError as error:
        return {"unsupported": error.reason}
    except MalformedError as error:
        return {"error": str(error)}
    except RecursionError:
        return {"unsupported": "nested too deeply"}
