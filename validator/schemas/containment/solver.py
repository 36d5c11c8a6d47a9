"""Is there a value that satisfies all of these nodes? The answer is such a value, or a proof that there is none.

A goal is taken apart kind by kind. Its alternatives are tried one by one, led by the value found so far: only an
alternative that this value does not satisfy is branched on. Members and items are goals of their own; one that comes up
inside itself is taken to have no values there, which is sound: a smallest value does not contain another of its kind.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass

from validator.findings import Json
from validator.schemas.containment import arrays, numbers, objects, strings
from validator.schemas.containment.budget import Meter, UndecidableError
from validator.schemas.containment.evaluate import Evaluator
from validator.schemas.containment.model import All, Fact, Leaf, Link, Node, Opaque, Pool, Some, Values
from validator.schemas.containment.outcome import EMPTY, NEVER, Outcome
from validator.schemas.containment.regex.language import Languages
from validator.schemas.containment.values import (
    ARRAY,
    BOOLEAN,
    KINDS,
    NULL,
    NUMBER,
    OBJECT,
    ROOT_KINDS,
    STRING,
    key_of,
    kind_of,
)

Goal = frozenset[Node]


@dataclass(slots=True)
class _Branch:
    """A goal for values of one kind, taken apart: literals that hold, and alternatives not decided yet."""

    literals: dict[Node, None]
    choices: list[Some]

    def copy(self) -> _Branch:
        return _Branch(dict(self.literals), list(self.choices))


@dataclass(slots=True)
class _Frame:
    """A goal being worked on."""

    depth: int
    assumed: list[Goal]
    """Goals found empty meanwhile, on the assumption that goals below on the stack are."""


class Solver:
    """Finds values for goals and keeps what it learns."""

    def __init__(self, pool: Pool, languages: Languages, meter: Meter) -> None:
        self.pool = pool
        self.meter = meter
        self.judge = Evaluator(pool, languages, meter)
        self.known: dict[Goal, Outcome] = {}
        self._stack: dict[Goal, _Frame] = {}
        self._frames: list[_Frame] = []

    def rewind(self, meter: Meter) -> None:
        """Begin another question, with what is known kept."""
        self.meter = self.judge.meter = meter

    def models(self, goal: Goal, want: int = 1) -> Outcome:
        """Up to `want` values that satisfy every node of the goal."""
        known = self.known.get(goal)
        if known is not None and (known.complete or len(known.values) >= want or (want == 1 and not known.values)):
            return known
        if self.pool.false in goal:
            return EMPTY
        negations = self.pool.negations
        if any(negations.get(node) in goal for node in goal):
            return EMPTY
        self.meter.tick()
        frame = self._stack.get(goal)
        if frame is not None:
            if known is not None and known.values:
                return Outcome(known.values, False)
            return Outcome(floor=frame.depth)
        if len(self._frames) >= self.meter.budget.depth:
            return Outcome(complete=False, reason="a document would have to be nested very deeply")
        return self._work(goal, want)

    def _work(self, goal: Goal, want: int) -> Outcome:
        if want > 1:  # the first value may be needed inside the others
            first = self.models(goal)
            if first.complete or not first.values:
                return first
        frame = _Frame(len(self._frames), [])
        self._stack[goal] = frame
        self._frames.append(frame)
        try:
            outcome = self._search(goal, want)
        except BaseException:
            # Nothing that was found empty on the assumption that this goal is may outlive the attempt.
            for each in frame.assumed:
                self.known.pop(each, None)
            raise
        finally:
            self._frames.pop()
            del self._stack[goal]
        return self._keep(goal, outcome, frame)

    def _keep(self, goal: Goal, outcome: Outcome, frame: _Frame) -> Outcome:
        """Remember an outcome, and settle what was assumed while it was looked for."""
        outer = self._frames[-1] if self._frames else None
        if not outcome.empty:
            # What was found empty assuming that this goal is, need not be.
            for each in frame.assumed:
                self.known.pop(each, None)
            if not outcome.complete and not outcome.values and outcome.floor < frame.depth:
                return outcome
            complete = outcome.complete and outcome.floor > frame.depth
            self.known[goal] = outcome = Outcome(outcome.values, complete, outcome.reason, NEVER, outcome.guesses)
            return outcome
        if outcome.floor >= frame.depth:
            for each in frame.assumed:
                self.known[each] = EMPTY
            self.known[goal] = EMPTY
            return EMPTY
        self.known[goal] = outcome
        if outer is not None:
            outer.assumed.extend((*frame.assumed, goal))
        return outcome

    def _search(self, goal: Goal, want: int) -> Outcome:
        gather = _Gathering(want)
        nodes = sorted(goal, key=lambda node: node.serial)
        may = must = 63
        for node in nodes:
            may &= node.may
            must &= node.must
        for kind in KINDS if len(self._frames) > 1 else ROOT_KINDS:
            if may & kind:
                branch = self._open(kind, _Branch({}, []), nodes)
                if branch is not None:
                    self._explore(kind, branch, gather)
                    if gather.enough():
                        break
        return gather.outcome()

    # Taking apart

    def _open(self, kind: int, branch: _Branch, nodes: list[Node]) -> _Branch | None:
        """Add nodes to a branch and draw the immediate consequences; None if they contradict each other."""
        pending = list(reversed(nodes))
        while True:
            if not self._spread(kind, branch, pending):
                return None
            choices: list[Some] = []
            for choice in branch.choices:
                left = self._left(kind, choice, branch.literals)
                if left is None:
                    continue
                if not left:
                    return None
                if len(left) == 1:
                    pending.append(left[0])
                else:
                    choices.append(choice)
            branch.choices = choices
            if not pending:
                return branch

    def _spread(self, kind: int, branch: _Branch, pending: list[Node]) -> bool:
        literals, negations = branch.literals, self.pool.negations
        while pending:
            node = pending.pop()
            if not node.may & kind:
                return False
            if node.must & kind or node in literals:
                continue
            if negations.get(node) in literals:
                return False
            if isinstance(node, All):
                pending.extend(reversed(node.parts))
            elif isinstance(node, Some):
                literals[node] = None
                branch.choices.append(node)
            else:
                literals[node] = None
                if isinstance(node, Link):
                    pending.append(self.pool.body(node))
        return True

    def _left(self, kind: int, choice: Some, literals: dict[Node, None]) -> list[Node] | None:
        """The alternatives that are still possible; None if one holds anyway."""
        negations = self.pool.negations
        left = []
        for part in choice.parts:
            if part.must & kind or part in literals:
                return None
            if not part.may & kind or negations.get(part) in literals:
                continue
            inner = part.parts if isinstance(part, All) else ()
            if inner and all(each in literals or each.must & kind for each in inner):
                return None
            if not any(negations.get(each) in literals for each in inner):
                left.append(part)
        return left

    # Trying alternatives

    def _explore(self, kind: int, branch: _Branch, gather: _Gathering) -> None:
        self.meter.tick()
        want = gather.want - len(gather.values)
        outcome = self._theory(kind, list(branch.literals), 1 if branch.choices else want)
        if outcome.empty:
            gather.dead(outcome)
            return
        if not branch.choices:
            gather.take(outcome)
            return
        choice, all_decided = self._undecided(branch, outcome, gather)
        if outcome.complete and all_decided:
            gather.dead(outcome)
            return
        if gather.enough():
            return
        choice = choice or self._smallest(kind, branch)
        options = self._left(kind, choice, branch.literals) or []
        for option in options:
            further = branch.copy()
            further.choices = [each for each in branch.choices if each is not choice]
            opened = self._open(kind, further, [option])
            if opened is not None:
                self._explore(kind, opened, gather)
                if gather.enough():
                    return

    def _smallest(self, kind: int, branch: _Branch) -> Some:
        return min(branch.choices, key=lambda choice: len(self._left(kind, choice, branch.literals) or ()))

    def _undecided(self, branch: _Branch, outcome: Outcome, gather: _Gathering) -> tuple[Some | None, bool]:
        """The first choice that the values found do not satisfy, and whether all values could be judged.

        Values that satisfy every choice are taken.
        """
        first: Some | None = None
        all_decided = True
        for value in outcome.values:
            try:
                failing = next((choice for choice in branch.choices if not self.judge.holds(choice, value)), None)
            except UndecidableError as gap:
                gather.guess((value,), str(gap))
                all_decided = False
                continue
            if failing is None:
                gather.take(Outcome((value,)))
            first = first or failing
        return first, all_decided

    # One kind of value, literals only

    def _theory(self, kind: int, nodes: list[Node], want: int) -> Outcome:
        facts: list[tuple[Fact, bool]] = []
        chosen: Values | None = None
        opaque = ""
        for node in nodes:
            if isinstance(node, Leaf):
                facts.append((node.fact, node.positive))
                if isinstance(node.fact, Values) and node.positive:
                    chosen = node.fact if chosen is None or len(node.fact.keys) < len(chosen.keys) else chosen
                elif isinstance(node.fact, Opaque):
                    opaque = node.fact.reason
        if chosen is not None:
            return self._listed(kind, nodes, chosen)
        try:
            outcome = self._solve(kind, facts, want)
        except UndecidableError as gap:
            return Outcome(complete=False, reason=str(gap))
        if opaque and not outcome.empty:
            return Outcome(complete=False, reason=opaque, guesses=(*outcome.values, *outcome.guesses))
        return outcome

    def _solve(self, kind: int, facts: list[tuple[Fact, bool]], want: int) -> Outcome:
        if kind == NUMBER:
            return numbers.solve(facts, want, self.meter)
        if kind == STRING:
            return strings.solve(facts, want, self.judge)
        if kind == ARRAY:
            return arrays.solve(facts, want, self)
        if kind == OBJECT:
            return objects.solve(facts, want, self)
        values: tuple[Json, ...] = (None,) if kind == NULL else (True, False)
        excluded: set[Hashable] = set()
        for fact, _ in facts:
            excluded |= fact.keys if isinstance(fact, Values) else set()
        assert kind in (NULL, BOOLEAN)
        return Outcome(tuple(value for value in values if key_of(value) not in excluded))

    def _listed(self, kind: int, nodes: list[Node], chosen: Values) -> Outcome:
        """Only the listed values come into question: judge each."""
        values, guesses, reason = [], [], ""
        for key in sorted(chosen.keys, key=repr):
            value = self.pool.values[key]
            if kind_of(value) != kind:
                continue
            try:
                if all(self.judge.holds(node, value) for node in nodes):
                    values.append(value)
            except UndecidableError as gap:
                guesses.append(value)
                reason = str(gap)
        return Outcome(tuple(values), not guesses, reason, guesses=tuple(guesses))


class _Gathering:
    """Collects values from the branches of a goal."""

    def __init__(self, want: int) -> None:
        self.want = want
        self.values: dict[Hashable, Json] = {}
        self.guesses: list[Json] = []
        self.complete = True
        self.reason = ""
        self.floor = NEVER

    def enough(self) -> bool:
        """Are there as many values as were asked for?"""
        return len(self.values) >= self.want

    def dead(self, outcome: Outcome) -> None:
        """A branch is empty."""
        self.floor = min(self.floor, outcome.floor)

    def take(self, outcome: Outcome) -> None:
        """A branch has values, or is not known to have any."""
        for value in outcome.values:
            self.values.setdefault(key_of(value), value)
        self.floor = min(self.floor, outcome.floor)
        self.guess(outcome.guesses, outcome.reason)
        if not outcome.complete:
            self.complete = False

    def guess(self, values: tuple[Json, ...], reason: str) -> None:
        """Values that may do."""
        if len(self.guesses) < 24:
            self.guesses.extend(values)
        if reason:
            self.reason = self.reason or reason

    def outcome(self) -> Outcome:
        """What came of it. A search that ended because it had enough has not seen everything."""
        complete = self.complete and not self.enough()
        return Outcome(tuple(self.values.values()), complete, self.reason, self.floor, tuple(self.guesses))
