"""The part of a long template that decides about one of its accesses.

Whether a missing field matters is found by evaluating the template. For each of the references of a long text that
would take the square of its length, though all but the action around a reference is the same text each time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from validator.checks.resolution.templates import Template
from validator.stories.analysis import planned
from validator.templates import syntax
from validator.templates.evaluation import Plan
from validator.templates.reach import Access

MANY = 16
"""Nodes in a row that are evaluated as a whole."""
_PRINTED = "x"
"""Text before the part, so that it is printed as it is within the whole: a single action would keep its type."""


@dataclass(slots=True)
class _Writer:
    """Writes the part of a text, and remembers where each of its pieces comes from."""

    text: str
    written: str = ""
    pieces: tuple[tuple[int, int, int], ...] = ()
    """Start and end in the whole text, and start in the part."""

    def copy(self, start: int, end: int) -> None:
        """Write characters of the text."""
        self.pieces = (*self.pieces, (start, end, len(self.written)))
        self.written += self.text[start:end]

    def within(self, nodes: Sequence[syntax.Node], access: Access) -> None:
        """Write the node of a row that holds the access, and the variables that are declared before it."""
        if len(nodes) <= MANY:
            self.copy(nodes[0].start, nodes[-1].end)
            return
        for node in nodes:
            if node.start <= access.start < node.end:
                self.around(node, access)
                return
            if isinstance(node, syntax.Action) and node.pipe.variables:
                self.copy(node.start, node.end)

    def around(self, node: syntax.Node, access: Access) -> None:
        """Write a node; of a block whose body holds the access as much as that takes."""
        body = node.body if isinstance(node, syntax.If | syntax.With | syntax.Range) else ()
        if not body or not body[0].start <= access.start < body[-1].end:
            self.copy(node.start, node.end)
            return
        self.copy(node.start, body[0].start)
        self.within(body, access)
        self.written += "{{ end }}"

    def place(self, at: int) -> int:
        """Where a place of the whole text is in the part; -1 where it is not."""
        return next((to + at - start for start, end, to in self.pieces if start <= at <= end), -1)


def excerpt(template: Template, access: Access) -> tuple[Template, Access]:
    """The template and the access themselves, or those of a shorter text in which it matters just as much."""
    parsed = template.plan.template if template.plan is not None and template.plan.mode == "text" else None
    if parsed is None or template.inference is None or access.start < 0:
        return template, access
    writer = _Writer(template.text, _PRINTED)
    writer.within(parsed.nodes, access)
    start, end = writer.place(access.start), writer.place(access.end)
    shorter = planned(writer.written, deterministic=template.site.scope.deterministic)
    if start < 0 or end < 0 or len(writer.written) >= len(template.text) or not isinstance(shorter, Plan):
        return template, access
    accesses = tuple(one for one in template.inference.accesses if writer.place(one.start) >= 0)
    part = replace(
        template, text=writer.written, plan=shorter, inference=replace(template.inference, accesses=accesses)
    )
    return part, replace(access, start=start, end=end)
