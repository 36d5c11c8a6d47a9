"""EV286: a realtime step without `needs` gets the packets of every earlier step, and reads one of them by name.

Source: hub.md, "What `packet` and `steps` hold": `steps` has the sender of the packet only.
"""

from __future__ import annotations

from collections.abc import Iterator

from validator.checks.resolution.consequences import of_missing
from validator.checks.resolution.templates import Survey, Template
from validator.findings import Finding, Suggestion
from validator.rules import resolution as rules
from validator.rules.names import listed
from validator.sources.manifests import Step
from validator.stories.sites import Field
from validator.stories.topology import peers
from validator.templates.lookups import field_names
from validator.templates.reach import Sink
from validator.templates.types import from_schema

_FOR_PACKETS = frozenset({Field.RUNTIME, Field.PACKET_IF})
_GUARDED = frozenset({Sink.TESTED, Sink.COMPARED, Sink.DROPPED})


def check_senders(survey: Survey) -> Iterator[Finding]:
    """Each step that is read by name where packets of others come as well; once a template."""
    if not survey.story.is_realtime:
        return
    direct = peers(survey.story, survey.scopes.schemas.workspace.transports)
    for template in survey.templates:
        step = template.site.step
        if step is None or step.needs or step.section != "steps" or template.site.field not in _FOR_PACKETS:
            continue
        senders = [
            source.name
            for source in template.site.scope.sources or ()
            if source.ref is not None and direct.get(source.name) is None and _sends(survey, source)
        ]
        if len(senders) > 1:
            yield from _read_by_name(template, senders)


def _sends(survey: Survey, step: Step) -> bool:
    """Whether the schema of a step's output has fields: an engram at the end of a story may send nothing."""
    described = survey.scopes.output(step)
    return not described.reason and bool(field_names(from_schema(described.schema)))


def _read_by_name(template: Template, senders: list[str]) -> Iterator[Finding]:
    reported: set[str] = set()
    for access in template.inference.accesses if template.inference is not None else ():
        name = access.names[1] if access.rooted and access.names[0] == "steps" and len(access.names) > 2 else ""
        if name not in senders or name in reported or access.sink in _GUARDED or access.consumer == "dig":
            continue
        reported.add(name)
        others = [other for other in senders if other != name]
        yield rules.OTHER_SENDERS.at(
            template.span(access.start, access.end),
            template.subject,
            anchor=template.anchor,
            evidence={
                "expression": template.text[access.start : access.end],
                "witness": f"a packet of step {others[0]}",
            },
            suggestion=Suggestion(f"add `needs: [{name}]`, or read `packet`"),
            senders=listed(others),
            found=name,
            consequence=of_missing(template.site.field, access),
        )
