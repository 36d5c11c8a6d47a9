"""Tries inputs until a budget is spent, and keeps the smallest input for every cause that a try brought out."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import chain

from validator.explore.budget import PATIENCE, QUICK, Budget
from validator.explore.candidates import (
    Candidate,
    Source,
    edges,
    halves,
    neighbours,
    plain,
    remembered,
    shapes,
    written,
)
from validator.explore.documents import leaves
from validator.explore.lessons import lessons
from validator.explore.lookahead import IN_TURN, Lookahead
from validator.explore.shrink import shrink
from validator.findings import Json
from validator.schemas.profile import WEBHOOK
from validator.schemas.samples import full
from validator.schemas.validation import is_instance

SHRINKS = 100
"""Runs that may be spent on one cause to find its smallest input."""
IN_VAIN = 6
"""Inputs after which an engram that never had what it needs is known to need it for all."""
_NOTHING = object()
LESSONS = 4
"""Refusals that are learned from: each costs a few inputs."""
SHRINK_SECONDS = 30.0
"""Seconds that they may take: an engram that hangs takes long for each."""


@dataclass(frozen=True, slots=True)
class Observation:
    """What one input showed."""

    reached: bool
    """Whether the engram's code took it and gave an output that was judged."""
    causes: frozenset[str] = frozenset()
    """Of each fault its rule and place: the same fault has the same cause, whatever the values."""
    refusal: str = ""
    """Why the engram did not take it."""
    behaviour: str = ""
    """How the engram dealt with it: the same for inputs that it treats alike."""
    lacking: bool = False
    """Whether it failed for something that it needs and no input changes, such as a service."""
    cut: bool = False
    """Whether it ended before it had taken all: the rest of a sequence was not tried."""


Probe = Callable[[Mapping[str, Json]], Observation]
"""Runs the engram on inputs."""
Attempt = Probe
"""A probe that runs each input once."""
Order = Callable[[Attempt, Lookahead], Iterator[Candidate]]
"""Candidates one after another; what comes next may depend on what an attempt shows. Else it may be begun early."""
Shrinker = Callable[[Json, Callable[[Json], bool]], Json]
"""From a document and a predicate that holds for it to a smaller document for which it still holds."""


@dataclass(frozen=True, slots=True)
class Fault:
    """A cause, and the smallest input that was found for it."""

    cause: str
    inputs: Mapping[str, Json]
    source: Source
    """Where the first input that showed it came from."""


@dataclass(slots=True)
class Exploration:
    """What a search has seen."""

    tried: int = 0
    reached: int = 0
    seconds: float = 0.0
    """Wall clock, without shrinking."""
    refusals: dict[str, Mapping[str, Json]] = field(default_factory=dict)
    """Reasons, each with the first input that was refused for it."""
    faults: list[Fault] = field(default_factory=list)
    taken: Mapping[str, Json] | None = None
    """The first inputs that the engram took without a fault."""
    novel: list[Mapping[str, Json]] = field(default_factory=list)
    """The first inputs of each behaviour; those that people wrote are left out."""
    attempted: set[str] = field(default_factory=set)
    """Inputs that were tried, by their `repr`."""
    lessons: list[Candidate] = field(default_factory=list)
    """Inputs that were taken because a refusal was heeded, with the inputs that were refused."""

    def to_keep(self, corpus: Sequence[Mapping[str, Json]]) -> tuple[Mapping[str, Json], ...]:
        """What the next run should begin with: what this one had no time for, then what showed something new."""
        return (*(each for each in corpus if repr(each) not in self.attempted), *self.novel)


def explore(
    schema: Json,
    probe: Probe,
    *,
    literals: Iterable[Mapping[str, Json]] = (),
    corpus: Sequence[Mapping[str, Json]] = (),
    chance: Callable[[], Iterable[Mapping[str, Json]]] = tuple,
    budget: Budget = QUICK,
    lookahead: Lookahead = IN_TURN,
) -> Exploration:
    """Search for inputs that show a fault, the likely ones first; then shrink each to the smallest.

    `schema` is the inputSchema; `literals` are inputs that stories give, `corpus` those that earlier runs kept (half of
    the budget is for them), `chance` makes random ones when all others are used up. Order and inputs depend on nothing
    else than on what the engram answers: `lookahead` begins runs early, and their results wait for their turn.
    """

    def smallest(document: Json, fails: Callable[[Json], bool]) -> Json:
        return shrink(document, full(schema), fails)

    def allowed(document: Json) -> bool:
        return is_instance(schema, document, profile=WEBHOOK)

    earlier = corpus[: budget.inputs // 2]

    def order(attempt: Attempt, ahead: Lookahead) -> Iterator[Candidate]:
        return _in_order(schema, literals, earlier, chance, attempt, ahead)

    return search(order, probe, smallest, allowed, budget, lookahead)


def search(
    order: Order,
    probe: Probe,
    smallest: Shrinker,
    allowed: Callable[[Json], bool],
    budget: Budget,
    lookahead: Lookahead = IN_TURN,
) -> Exploration:
    """Try candidates in order until the budget is spent; `smallest` shrinks what failed, to what is allowed."""
    seen = Exploration()
    found: dict[str, Candidate] = {}
    behaviours: set[str] = {""}
    known: dict[str, Observation] = {}
    begun: set[str] = set()

    def attempt(inputs: Mapping[str, Json]) -> Observation:
        key = repr(inputs)
        begun.add(key)
        if key not in known:
            known[key] = probe(inputs)
        return known[key]

    def begin(inputs: Mapping[str, Json]) -> None:
        key = repr(inputs)
        if key not in begun and len(begun) < budget.inputs:
            begun.add(key)
            lookahead.begin(inputs)

    pace = _Pace(budget)
    for candidate in order(attempt, replace(lookahead, begin=begin)):
        if pace.over(seen):
            break
        if repr(candidate.inputs) in known:
            continue
        observation = attempt(candidate.inputs)
        seen.attempted.add(repr(candidate.inputs))
        _enter(seen, candidate, observation)
        new = observation.behaviour not in behaviours
        pace.enter(candidate, observation, new=new)
        if new:
            behaviours.add(observation.behaviour)
            if candidate.source not in {Source.STORY, Source.AUTHOR}:
                seen.novel.append(candidate.inputs)
        for cause in observation.causes:
            found.setdefault(cause, candidate)
    seen.seconds = pace.seconds
    for cause in sorted(found):
        fails = _bounded(partial(_shows, attempt, cause), allowed)
        document = smallest(dict(found[cause].inputs), fails)
        assert isinstance(document, dict)
        seen.faults.append(Fault(cause, document, found[cause].source))
    return seen


class _Pace:
    """Whether to go on."""

    def __init__(self, budget: Budget) -> None:
        self._budget = budget
        self._began = time.monotonic()
        self._stale = 0
        self._lacking = 0

    @property
    def seconds(self) -> float:
        """Since it began."""
        return time.monotonic() - self._began

    def enter(self, candidate: Candidate, observation: Observation, *, new: bool) -> None:
        """Take in what an input showed, and whether that was new."""
        self._lacking += observation.lacking
        if new:
            self._stale = 0
        elif candidate.source is Source.CHANCE:
            self._stale += 1

    def over(self, seen: Exploration) -> bool:
        """Whether the budget is spent, or more inputs would teach nothing."""
        budget, seconds = self._budget, self.seconds
        if seen.tried >= budget.inputs or seconds >= PATIENCE * budget.seconds:
            return True
        if seconds >= budget.seconds and seen.tried >= budget.least:
            return True
        if budget.stale is not None and self._stale >= budget.stale:
            return True
        return self._lacking >= IN_VAIN and self._lacking == seen.tried


def _shows(attempt: Attempt, cause: str, inputs: Mapping[str, Json]) -> bool:
    return cause in attempt(inputs).causes


def _enter(seen: Exploration, candidate: Candidate, observation: Observation) -> None:
    seen.tried += 1
    seen.reached += observation.reached
    if observation.reached and not observation.causes and seen.taken is None:
        seen.taken = candidate.inputs
    if candidate.source is Source.TAUGHT and observation.reached:
        seen.lessons.append(candidate)
    if observation.refusal:
        seen.refusals.setdefault(observation.refusal, candidate.inputs)


def _in_order(
    schema: Json,
    literals: Iterable[Mapping[str, Json]],
    corpus: Iterable[Mapping[str, Json]],
    chance: Callable[[], Iterable[Mapping[str, Json]]],
    attempt: Attempt,
    ahead: Lookahead,
) -> Iterator[Candidate]:
    """All candidates; the later ones are made from the fullest input that the engram took."""
    base: Candidate | None = None
    others: dict[str, Candidate] = {}
    given = chain(written(schema, literals), remembered(schema, corpus), plain(schema))
    for candidate in _taught(schema, ahead(given), attempt):
        yield candidate
        observation = attempt(candidate.inputs)
        if not observation.reached:
            continue
        others.setdefault(observation.behaviour, candidate)
        if base is None or _size(candidate) > _size(base):
            base = candidate
    if base is not None:
        document = dict(base.inputs)
        yield from _with_halves(schema, chain(edges(schema, document), shapes(schema, document)), attempt, ahead)
    # From inputs that the engram deals with in other ways one step further.
    for other in others.values():
        document = dict(other.inputs)
        yield from ahead(chain(neighbours(schema, document), shapes(schema, document)))
    yield from ahead(Candidate(inputs, Source.CHANCE) for inputs in chance())


def _taught(schema: Json, candidates: Iterable[Candidate], attempt: Attempt) -> Iterator[Candidate]:
    """Candidates, each that was refused followed by what the refusal asks for; what helped once is done again."""
    refusals: set[str] = set()
    learned: dict[str, Json] = {}
    for candidate in candidates:
        yield candidate
        refusal = attempt(candidate.inputs).refusal
        if not refusal:
            continue
        corrected = Candidate({**candidate.inputs, **learned}, Source.TAUGHT, dict(candidate.inputs))
        if learned and is_instance(schema, dict(corrected.inputs), profile=WEBHOOK):
            yield corrected
        for guess in _guesses(schema, candidate.inputs, refusal, attempt, refusals):
            yield guess
            if attempt(guess.inputs).reached and not learned:
                given = candidate.inputs
                learned = {key: value for key, value in guess.inputs.items() if given.get(key, _NOTHING) != value}


def _guesses(
    schema: Json, inputs: Mapping[str, Json], refusal: str, attempt: Attempt, known: set[str]
) -> Iterator[Candidate]:
    """What a refusal asks for, and what is asked for then; each refusal is heeded once, and few of them."""
    if refusal in known or len(known) >= LESSONS:
        return
    known.add(refusal)
    for guess in lessons(schema, inputs, refusal):
        yield guess
        further = attempt(guess.inputs).refusal
        if further:
            yield from _guesses(schema, guess.inputs, further, attempt, known)


def _with_halves(
    schema: Json, candidates: Iterable[Candidate], attempt: Attempt, ahead: Lookahead
) -> Iterator[Candidate]:
    """Candidates, each that was refused followed by its halves: one value that is refused hides what others do."""
    for candidate in ahead(candidates):
        yield candidate
        if len(candidate.changes) > 1 and not attempt(candidate.inputs).reached:
            yield from _with_halves(schema, halves(schema, candidate), attempt, ahead)


def _size(candidate: Candidate) -> int:
    return sum(1 for _ in leaves(dict(candidate.inputs)))


def _bounded(fails: Callable[[Mapping[str, Json]], bool], allowed: Callable[[Json], bool]) -> Callable[[Json], bool]:
    """The same for documents that are allowed, until the budget for shrinking is spent; then no document fails."""
    left, end = SHRINKS, time.monotonic() + SHRINK_SECONDS

    def still_fails(document: Json) -> bool:
        nonlocal left
        if left <= 0 or time.monotonic() > end or not isinstance(document, dict) or not allowed(document):
            return False
        left -= 1
        return fails(document)

    return still_fails
