"""A story and the stories that it executes, in one virtual time: whatever comes first happens first.

A child run is an execution of its own that began later; its end is an event of its parent's.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from validator.stories.engine.events import CancelRequested, ChildEnded
from validator.stories.engine.execution import MOST_EVENTS, Execution
from validator.stories.engine.state import ChildRun
from validator.templates.errors import UnsupportedError


@dataclass
class Member:
    """One execution among the others."""

    execution: Execution
    began: int = 0
    """Nanoseconds since the root began."""
    parent: Member | None = None
    child: ChildRun | None = None
    """What its parent knows of it."""
    is_reported: bool = False
    """Whether its parent knows of its end."""

    @property
    def deleted(self) -> bool:
        """Whether its parent, or that of its parent, has no such child run any more."""
        if self.parent is None or self.child is None:
            return False
        return self.parent.execution.run.children.get(self.child.name) is not self.child or self.parent.deleted

    @property
    def next_time(self) -> int | None:
        """When its next event is, in the time of the root; None when nothing happens by itself."""
        time = self.execution.next_time
        return None if time is None else self.began + time


@dataclass
class Nest:
    """All executions of one run; the first is the root."""

    members: list[Member] = field(default_factory=list)
    waiting: list[Callable[[], None]] = field(default_factory=list)
    """Child runs that were asked for while their parent was at work."""
    cancel_at: int | None = None
    """When somebody cancels the root, in its time. Any thread may set it while the others play."""

    def add(self, execution: Execution, parent: Execution | None = None, child: ChildRun | None = None) -> None:
        """Let an execution begin now, in the time of its parent."""
        holder = next((one for one in self.members if one.execution is parent), None)
        began = holder.began + holder.execution.now if holder is not None else 0
        member = Member(execution, began, holder, child)
        self.members.append(member)
        execution.start()

    def play(self) -> None:
        """Let everything happen until nothing does any more. Raises UnsupportedError."""
        for _ in range(MOST_EVENTS):
            self._begin()
            self._cancel()
            self._tell()
            due = [(time, index) for index, one in enumerate(self.members) if (time := one.next_time) is not None]
            if not due:
                return
            self.members[min(due)[1]].execution.step()
        raise UnsupportedError(f"more than {MOST_EVENTS} events")

    def _cancel(self) -> None:
        """Let a cancel from outside happen as soon as it can: what has happened stays as it is."""
        at, self.cancel_at = self.cancel_at, None
        root = self.members[0].execution
        if at is not None and not root.run.terminal:
            root.queue.arm(max(at, root.now), CancelRequested())

    def _begin(self) -> None:
        while self.waiting:
            self.waiting.pop(0)()

    def _tell(self) -> None:
        """Tell parents of the ends of their child runs, and let those be that a redrive deleted."""
        self.members = [one for one in self.members if not one.deleted]
        for one in self.members:
            run = one.execution.run
            if one.parent is None or one.child is None or one.is_reported or not run.terminal:
                continue
            one.is_reported = True
            time = one.began + one.execution.now - one.parent.began
            one.parent.execution.queue.arm(time, ChildEnded(one.child.name, run.phase, run.message, run.output))
