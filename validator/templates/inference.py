"""Abstract evaluation: what a template becomes when the context is known by its schemas only.

`abstract.py` walks the template; this tells what the platform makes of what it prints. Source: templating.md, sections
1 and 5.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from validator.findings import Json
from validator.templates import syntax
from validator.templates.abstract import Walk, walk
from validator.templates.evaluation import Plan
from validator.templates.narrowing import Paths, established
from validator.templates.reach import Access, Oddity, Remark, Sink
from validator.templates.texts import possible_texts
from validator.templates.types import NOTHING, STRING, Type, literal, scalar, union

REPARSED = "text that reads as JSON becomes what it says"
"""Why the type of a single action that prints text is unknown."""
_JSON_OPENING = re.compile(r'[{["]|-?\d|-$|t(r|$)|f(a|$)|n(u|$)')


@dataclass(frozen=True, slots=True)
class Inference:
    """What is known of a template's result."""

    mode: str
    type: Type
    accesses: tuple[Access, ...] = ()
    remarks: tuple[Remark, ...] = ()
    established: Paths = frozenset()
    """Ways into the context that are there if the result is true."""

    @property
    def takes_wrong_branch(self) -> bool:
        """Whether a test asks for what is never there: what the branches read is a consequence."""
        return any(access.never and access.sink is Sink.TESTED for access in self.accesses)

    @property
    def asks_clock(self) -> bool:
        """Whether a date is that of the evaluation, so that its outcome cannot be tried."""
        return any(remark.oddity is Oddity.DATE for remark in self.remarks)

    @property
    def is_hopeless(self) -> bool:
        """Whether it reads what is never there or has a call that always fails: of its result, nothing need be said."""
        return any(access.never for access in self.accesses) or any(remark.is_fatal for remark in self.remarks)


def infer_plan(planned: Plan, text: str, context: Type, known: Paths = frozenset()) -> Inference:
    """The type of what a template yields.

    `planned` is its plan, `text` its raw text. `context` is an object type whose fields are the roots; `known` holds
    ways that an earlier test has found to be there.
    """
    if planned.template is None:
        return Inference("literal", literal(text))
    nodes = planned.template.nodes
    walked = walk(nodes, text, context, known, planned.mode)
    actions = [node.pipe for node in nodes if isinstance(node, syntax.Action)]
    single = actions[0] if actions else None
    decides = planned.mode != "text" or (len(actions) == 1 and _is_alone(nodes))
    truths = established(single, truth=True) if decides and single is not None else frozenset()
    remarks = walked.remarks
    if planned.mode == "path":
        # In a direct path, single quotes hold a key and not a character (section 3.1).
        remarks = tuple(remark for remark in remarks if text[remark.start : remark.start + 1] != "'")
        type_ = walked.printed[0] if walked.printed else NOTHING
    elif planned.mode == "single" and single is not None and not single.variables and not _opens_text(single):
        type_ = _reparsed(walked.printed[0]) if walked.printed else STRING
    else:
        type_ = _text_type(nodes, walked)
    return Inference(planned.mode, type_, walked.accesses, remarks, truths)


def _is_alone(nodes: Sequence[syntax.Node]) -> bool:
    return all(
        isinstance(node, syntax.Action) or (isinstance(node, syntax.Text) and not node.text.strip()) for node in nodes
    )


def _opens_text(pipe: syntax.Pipeline) -> bool:
    """Whether `print` or `printf` makes text that no JSON document begins like, such as `printf "https://%s" …`."""
    match pipe.commands[-1].args:
        case (syntax.Function(name="print" | "printf" | "println" as name), syntax.String(value=text), *_):
            opening = text.partition("%")[0] if name == "printf" else text
            return bool(opening.strip()) and not _JSON_OPENING.match(opening.strip())
    return False


def _text_type(nodes: Sequence[syntax.Node], walked: Walk) -> Type:
    """Text, with its possible values where they are few."""
    values = possible_texts(nodes, walked.printed)
    return scalar("string", values=values) if values else STRING


def _reparsed(shown: Type) -> Type:
    """What printed output becomes when it is read as JSON where it is JSON (templating.md, section 5)."""
    if shown.unknown:
        return shown
    found: list[Type] = []
    for alternative in shown.alternatives:
        if alternative.kind in ("number", "boolean"):
            found.append(Type((replace(alternative, go="float64" if alternative.kind == "number" else "bool"),)))
        elif alternative.kind == "string" and alternative.values is not None:
            found.append(union(literal(_as_json(str(value))) for value in alternative.values))
        elif alternative.kind == "string":
            return Type(unknown=REPARSED)
        elif alternative.kind == "array":
            return Type(unknown="a list may print as JSON or not")
        else:
            found.append(STRING)
    if shown.missing or not found:
        found.append(scalar("string", values=("<no value>",)))
    return union(found)


def _as_json(text: str) -> Json:
    try:
        value: Json = json.loads(text)
    except ValueError:
        return text
    return value
