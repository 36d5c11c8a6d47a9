"""The answer of `promote` for people and for programs. Evidence comes from engrams, and is escaped where it leaves."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from validator.findings import Json
from validator.promotion.answer import Answer, Aspect, Verdict
from validator.reports.escapes import code, inline, markdown, visible

SIDES = ("released", "candidate")
WIDTH = 160
"""Characters of a line of evidence."""
_SENTENCES = {
    Answer.YES: "yes: the candidate may replace the released image",
    Answer.NO: "no: the candidate must not replace the released image",
    Answer.NOT_KNOWN: "not known: cannot decide whether the candidate may replace the released image",
}


def as_document(verdict: Verdict, about: Mapping[str, Any]) -> dict[str, Json]:
    """The JSON report."""
    return {
        **about,
        "answer": str(verdict.answer),
        "exit_status": verdict.status,
        "aspects": [
            {
                "name": aspect.name,
                "answer": str(aspect.answer),
                "reason": aspect.reason,
                "evidence": [dict(each) for each in aspect.evidence],
            }
            for aspect in verdict.aspects
        ],
    }


def as_console(verdict: Verdict, about: Mapping[str, Any]) -> str:
    """The answer first, then each aspect, with evidence for what is not a yes."""
    lines = [f"{about['template']}: {_SENTENCES[verdict.answer]}", ""]
    lines += [f"  {side:9}  {inline(about[side]['image'])}  {about[side]['digest'][:19]}" for side in SIDES]
    lines.append("")
    for aspect in verdict.aspects:
        lines.append(f"  {aspect.answer:9}  {aspect.name}: {inline(aspect.reason)}")
        if aspect.answer is not Answer.YES:
            lines += [f"             = {line}" for line in _evidence(aspect)]
    lines += ["", f"sandbox: {inline(about['sandbox'])}", ""]
    return visible("\n".join(lines))


def _evidence(aspect: Aspect) -> Iterator[str]:
    for each in aspect.evidence:
        line = inline(json.dumps(dict(each), ensure_ascii=False))
        yield line if len(line) <= WIDTH else f"{line[:WIDTH]}…"


def as_summary(verdict: Verdict, about: Mapping[str, Any]) -> str:
    """A table in Markdown."""
    rows = [f"| {aspect.answer} | {markdown(aspect.name)} | {markdown(aspect.reason)} |" for aspect in verdict.aspects]
    head = f"### {markdown(about['template'])}: {markdown(_SENTENCES[verdict.answer])}"
    sides = [f"- {side}: {code(about[side]['image'])}, {code(about[side]['digest'])}" for side in SIDES]
    return "\n".join([head, "", *sides, "", "| | what | why |", "|---|---|---|", *rows, "", ""])
