"""May the candidate replace the released image? An answer for each aspect, with its reason and its evidence."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from validator.findings import Json
from validator.promotion.observations import ERROR_CLASS, Observation, Trial
from validator.promotion.outputs import ABSENT, Difference, Outputs, Relation, as_json, compare, words

SLOWER = 1.1
"""From this ratio of times on, a candidate is slower."""
MOMENT = 0.01
"""Seconds that are added to both times: of what takes a millisecond, twice as long is nothing."""
SURE, DOUBTFUL = 2.58, 1.64
"""Standard deviations beyond half of all pairs of runs in which a candidate is slower: then it is, or may be (the sign
test, at one in two hundred and one in twenty)."""
ENOUGH = 20
"""Below so many pairs of runs, times tell nothing for sure."""
SHOWN = 5
"""Differences of one aspect that are told with their evidence."""


class Answer(StrEnum):
    """To the question whether the candidate may replace the released image."""

    YES = "yes"
    NO = "no"
    NOT_KNOWN = "not known"


STATUS = {Answer.YES: 0, Answer.NO: 1, Answer.NOT_KNOWN: 4}
"""The exit status of each answer."""


@dataclass(frozen=True, slots=True)
class Aspect:
    """One thing that was compared."""

    name: str
    answer: Answer
    reason: str
    evidence: tuple[Mapping[str, Json], ...] = ()


@dataclass(frozen=True, slots=True)
class Verdict:
    """All aspects together."""

    aspects: tuple[Aspect, ...]

    @property
    def answer(self) -> Answer:
        """No if any aspect says so, else not known if any does, else yes."""
        answers = {aspect.answer for aspect in self.aspects}
        return next((each for each in (Answer.NO, Answer.NOT_KNOWN) if each in answers), Answer.YES)

    @property
    def status(self) -> int:
        """The exit status: 0, 1 or 4."""
        return STATUS[self.answer]


@dataclass(frozen=True, slots=True)
class Terms:
    """What the comparison goes by."""

    allowed: Callable[[Json], bool] | None = None
    """Whether the released outputSchema takes an output; None where there is no such schema."""
    slower: float = SLOWER
    expected: frozenset[str] = field(default_factory=frozenset)
    """Paths of the output that are meant to change, as a person writes them."""


def judge(trials: Sequence[Trial], terms: Terms) -> Verdict:
    """The answer from runs alone; whoever knows more adds aspects."""
    return Verdict(
        (
            _reached(trials),
            _phases(trials),
            _errors(trials),
            _faults(trials),
            _outputs(trials, terms),
            *_packets(trials),
            _time(trials, terms),
        )
    )


def _reached(trials: Sequence[Trial]) -> Aspect:
    succeeded = sum(1 for trial in trials if trial.released[0].succeeded)
    summary = f"{succeeded} of {len(trials)} inputs gave an output of the released image"
    return Aspect("inputs", Answer.YES if succeeded else Answer.NOT_KNOWN, summary)


def _phases(trials: Iterable[Trial]) -> Aspect:
    """The candidate has to do what the released image does. What only the candidate can do is no loss."""
    losses, doubtful, gains = [], [], 0
    for trial in trials:
        before, now = _phase(trial.released), _phase(trial.candidate)
        if before is None or now is None:
            doubtful.append(_of(trial))
        elif trial.released[0].succeeded and not trial.candidate[0].succeeded:
            losses.append(_of(trial))
        else:
            gains += not trial.released[0].succeeded and trial.candidate[0].succeeded
    if losses:
        summary = f"the candidate fails for {_count(losses, 'input')} that the released image takes"
        return Aspect("phases", Answer.NO, summary, tuple(losses[:SHOWN]))
    if doubtful:
        summary = f"the phase varies from run to run for {_count(doubtful, 'input')}"
        return Aspect("phases", Answer.NOT_KNOWN, summary, tuple(doubtful[:SHOWN]))
    more = f"; it takes {gains} that the released image fails for" if gains else ""
    return Aspect("phases", Answer.YES, f"the candidate takes all that the released image takes{more}")


def _phase(runs: Sequence[Observation]) -> str | None:
    """The phase of all runs; None where it varies."""
    return runs[0].phase if len({run.phase for run in runs}) == 1 else None


def _errors(trials: Iterable[Trial]) -> Aspect:
    """Errors of inputs that both fail for: stories retry, or do not, by their class."""
    both = [trial for trial in trials if not (trial.released[0].succeeded or trial.candidate[0].succeeded)]
    changed, doubtful = [], 0
    for trial in both:
        before = {repr(run.error_class) for run in trial.released}
        now = {repr(run.error_class) for run in trial.candidate}
        if before != now and len(before) == len(now) == 1:
            changed.append(_of(trial))
        else:
            doubtful += before != now
    if changed:
        summary = f"another class of error ({', '.join(ERROR_CLASS)}) for {_count(changed, 'input')}"
        return Aspect("errors", Answer.NO, summary, tuple(changed[:SHOWN]))
    if doubtful:
        return Aspect("errors", Answer.NOT_KNOWN, f"the class of the error varies for {doubtful} inputs")
    return Aspect("errors", Answer.YES, f"the same class for {_count(both, 'input')} that both refuse")


def _faults(trials: Sequence[Trial]) -> Aspect:
    """Promises that the candidate breaks and the released image keeps."""
    known = {cause for trial in trials for run in trial.released for cause in run.faults}
    new: dict[str, Mapping[str, Json]] = {}
    for trial in trials:
        for run in trial.candidate:
            for cause, message in run.faults.items():
                if cause not in known:
                    new.setdefault(cause, {"rule": cause.split(" ")[0], "message": message, "inputs": trial.inputs})
    if new:
        first = next(iter(new.values()))
        summary = f"the candidate breaks what the released image keeps: {first['rule']} {first['message']}"
        return Aspect("contract", Answer.NO, summary, tuple(new.values())[:SHOWN])
    more = f" ({len(known)} faults that the released image has as well)" if known else ""
    return Aspect("contract", Answer.YES, f"the candidate breaks no promise that the released image keeps{more}")


def _outputs(trials: Sequence[Trial], terms: Terms) -> Aspect:
    pairs = [
        Outputs(trial.released[0].output, trial.released[-1].output, trial.candidate[0].output, trial.inputs)
        for trial in trials
        if all(run.succeeded for run in (*trial.released, *trial.candidate))
    ]
    differences, random = compare(pairs)
    aside = f"; {', '.join(map(_place, random))} vary from run to run" if random else ""
    left = [each for each in differences if each.place not in terms.expected]
    if not left:
        meant = ", all of them expected" if differences else ""
        summary = f"{len(differences)} differences{meant}" if differences else "equal"
        return Aspect("outputs", Answer.YES, f"{summary} for {_count(pairs, 'input')}{aside}", _shown(differences))
    answers = [(_of_difference(each, pairs, terms), each) for each in left]
    worst = min(answers, key=lambda one: (Answer.NO, Answer.NOT_KNOWN, Answer.YES).index(one[0][0]))
    (answer, why), each = worst
    more = f"; {len(left) - 1} more paths differ" if len(left) > 1 else ""
    return Aspect("outputs", answer, f"`{each.place}` is {each.relation}: {why}{more}{aside}", _shown(left))


def _of_difference(each: Difference, pairs: Sequence[Outputs], terms: Terms) -> tuple[Answer, str]:
    """Whether a consumer of the released image can be surprised."""
    summary = f"the released image emits {words(each.released)}, the candidate {words(each.candidate)}"
    if each.relation is Relation.NARROWED:
        return Answer.YES, summary
    declared = terms.allowed is not None and all(
        terms.allowed(pair.candidate) or not terms.allowed(pair.released) for pair in pairs
    )
    if each.released == (ABSENT,) and (declared or terms.allowed is None):
        return Answer.YES, f"the candidate emits {words(each.candidate)} where the released image emits nothing"
    if each.released == each.candidate:
        return Answer.NOT_KNOWN, "other values for the same inputs; whether that is meant, only people know"
    if declared:
        return Answer.NOT_KNOWN, f"{summary}, which outputSchema allows"
    return Answer.NO, summary


def _packets(trials: Sequence[Trial]) -> Iterator[Aspect]:
    """How many packets come out, and how many the engram is done with."""
    streams = [trial for trial in trials if trial.released[0].packets is not None]
    if not streams:
        return
    counts = [
        (_of(trial), [run.packets or 0 for run in trial.released], [run.packets or 0 for run in trial.candidate])
        for trial in streams
    ]
    fewer = [name for name, before, now in counts if max(now) < min(before)]
    more = [name for name, before, now in counts if min(now) > max(before)]
    unreceived = [_of(trial) for trial in streams if _fewer_receipts(trial)]
    if unreceived:
        summary = f"the candidate is not done with packets of {_count(unreceived, 'session')}"
        yield Aspect("packets", Answer.NO, summary, tuple(unreceived[:SHOWN]))
    elif fewer:
        summary = f"fewer packets come out in {_count(fewer, 'session')}"
        yield Aspect("packets", Answer.NO, summary, tuple(fewer[:SHOWN]))
    elif more:
        summary = f"more packets come out in {_count(more, 'session')}"
        yield Aspect("packets", Answer.NOT_KNOWN, summary, tuple(more[:SHOWN]))
    else:
        yield Aspect("packets", Answer.YES, f"as many packets and receipts in {_count(streams, 'session')}")


def _fewer_receipts(trial: Trial) -> bool:
    """Whether the candidate is done with fewer packets than the released image ever was."""
    return max(run.receipts for run in trial.candidate) < min(run.receipts for run in trial.released)


def ratio(trials: Iterable[Trial]) -> float | None:
    """The candidate's time as a multiple of the released image's: the median of pairs; None where there is none.

    A pair ran one right after the other, so that a busy machine slows both.
    """
    ratios = [(now + MOMENT) / (before + MOMENT) for before, now in _times(trials)]
    return statistics.median(ratios) if ratios else None


def _times(trials: Iterable[Trial]) -> list[tuple[float, float]]:
    return [
        (before.seconds, now.seconds)
        for trial in trials
        for before, now in zip(trial.released, trial.candidate, strict=True)
        if before.succeeded and now.succeeded
    ]


def _time(trials: Sequence[Trial], terms: Terms) -> Aspect:
    found, pairs = ratio(trials), _times(trials)
    if found is None:
        return Aspect("time", Answer.YES, "no input that both take, so no times are compared")
    slower = sum(now > before for before, now in pairs)
    deviation = (slower - len(pairs) / 2) / (math.sqrt(len(pairs)) / 2)
    evidence: dict[str, Json] = {"ratio": round(found, 3), "limit": terms.slower, "pairs of runs": len(pairs)}
    summary = f"{found:.2f} times as long as the released image, in {len(pairs)} pairs of runs"
    if found <= terms.slower or deviation < DOUBTFUL:
        return Aspect("time", Answer.YES, summary, (evidence,))
    if len(pairs) >= ENOUGH and deviation >= SURE:
        return Aspect("time", Answer.NO, f"{summary}; it is slower in {slower} of them", (evidence,))
    return Aspect("time", Answer.NOT_KNOWN, f"{summary}, which is too few or too uneven to be sure", (evidence,))


def _of(trial: Trial) -> Mapping[str, Json]:
    """What a trial showed, for people."""
    return {"case": trial.case, "inputs": trial.inputs, "released": _end(trial.released[0])} | {
        "candidate": _end(trial.candidate[0])
    }


def _end(run: Observation) -> Json:
    summary: dict[str, Json] = {"phase": run.phase}
    if run.error:
        summary["error"] = dict(run.error)
    if run.packets is not None:
        summary |= {"packets": run.packets, "receipts": run.receipts}
    return summary


def _shown(differences: Iterable[Difference]) -> tuple[Mapping[str, Json], ...]:
    return tuple(as_json(each) for each in list(differences)[:SHOWN])


def _place(path: Sequence[str | int]) -> str:
    return ".".join(map(str, path)) or "the output"


def _count(items: Sequence[object], noun: str) -> str:
    return f"{len(items)} {noun}{'' if len(items) == 1 else 's'}"
