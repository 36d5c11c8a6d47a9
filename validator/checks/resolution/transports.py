"""EV253: steps of a realtime story that need another one on a transport from which no packet comes to them.

Source: hub.md, "What `packet` and `steps` hold"; story-run.md, B2.3a and B5.2.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from validator.checks.resolution.templates import Survey
from validator.findings import Finding, Suggestion
from validator.rules import resolution as rules
from validator.stories.topology import peers, transport_of


def check_transports(survey: Survey) -> Iterator[Finding]:
    """Every need that crosses from one transport to another, unless the two steps may meet past the hub."""
    story = survey.story
    if not story.is_realtime:
        return
    named = {step.name: step for step in story.steps if step.name}
    direct = peers(story, survey.scopes.schemas.workspace.transports)
    for step in story.steps:
        for index, need in enumerate(step.needs):
            source = named.get(need.text or "")
            if source is None or source.type or not is_elsewhere(transport_of(source), transport_of(step)):
                continue
            peer = direct.get(source.name)
            if peer is not None and peer.name == step.name:
                continue  # the one may dial the other: what comes of it is not known
            yield rules.OTHER_TRANSPORT.at(
                need.location,
                replace(story.subject, step=step.name),
                anchor=("spec", step.section, step.name, "needs", index),
                suggestion=Suggestion(f"put both steps on one transport, `{transport_of(source)}` or another"),
                step=step.name,
                source=source.name,
                sends=transport_of(source),
                takes=transport_of(step),
            )


def is_elsewhere(sends: str, takes: str) -> bool:
    """Whether two steps name different transports."""
    return bool(sends) and bool(takes) and sends != takes
