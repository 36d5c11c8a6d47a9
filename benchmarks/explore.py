"""What exploring costs beside bare cases of the same image, and how long each planted fault takes to be found.

    python benchmarks/explore.py [--sandbox process] [--rounds 3] [--seeds 20] [--only cost|faults|good]

- cost: an explored input, one after another, against a case in the same pod without the search. Aim: at most 1.15.
- quick: inputs and seconds of a whole quick search of the good fixture, side by side. Aim: about 3 s on two idle cores.
- time to fault: of each planted fault the inputs (of a stream, sessions) and seconds until quick finds it, the median
  over seeds, without shrinking.
- good: engrams in which nothing is to be found.

Exit status 1 when a seed does not find a planted fault, or finds one in a good engram.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import yaml  # noqa: E402

from tests.explore.workspaces import ENGRAMS  # noqa: E402
from validator.engine import exploration, stream_exploration  # noqa: E402
from validator.engine.examiner import Examiner  # noqa: E402
from validator.engine.exploration import searches  # noqa: E402
from validator.engine.options import Options  # noqa: E402
from validator.engine.preparation import prepare  # noqa: E402
from validator.engine.runs import Runs  # noqa: E402
from validator.engine.streaming import StreamingExaminer  # noqa: E402
from validator.findings import Finding, Severity  # noqa: E402
from validator.sandbox.model import DEFAULT_LIMITS  # noqa: E402
from validator.sandbox.sandbox import Sandbox, open_sandbox  # noqa: E402
from validator.suite import plan  # noqa: E402
from validator.suite.cases import EXPLORED, QUICK, Case, Mode, Search  # noqa: E402
from validator.suite.plan import Unit  # noqa: E402
from validator.suite.pool import PodPool  # noqa: E402
from validator.suite.scheduler import workers_that_pay_off  # noqa: E402
from validator.suite.spare import Spare  # noqa: E402

FAULTS = {
    "planted": (
        "normalising",
        "beyond-the-bmp",
        "integer",
        "member",
        "two-options",
        "early-date",
        "list-of-one",
        "null",
    ),
    "stream-planted": ("after-hook", "smaller"),
}
"""Of each fixture its planted faults."""
NONE = "none"
"""What the fixtures of planted faults are configured with to have none."""
GOOD = (
    *FAULTS,
    *("conforming", "derives", "mute", "passes", "picky", "revised", "scribbles"),
    *("stream-innocent", "stream-typed"),
)
"""Fixtures without a fault."""
ONE_BY_ONE = replace(QUICK, seconds=600.0, stale=None)


class FoundError(Exception):
    """A run showed a fault: the search need not go on."""


@dataclass
class Tally:
    """Runs of a search, with those that began before their turn behind it."""

    runs: Runs[Any]
    until_found: bool
    width: int
    tried: list[Case]
    began: float

    def begin(self, case: Case) -> None:
        if self.width:
            self.runs.begin(case)

    def __call__(self, case: Case) -> Any:
        self.tried.append(case)
        run, judged = self.runs(case)
        told = judged if isinstance(judged, tuple) else judged.findings
        if self.until_found and any(isinstance(each, Finding) and each.severity is Severity.ERROR for each in told):
            raise FoundError
        return run, judged

    @property
    def seconds(self) -> float:
        return time.monotonic() - self.began


@dataclass(frozen=True)
class Bench:
    """A fixture with one fault, ready to be explored."""

    unit: Unit
    case: Case
    runs: Callable[[], Runs[Any]]
    explored: Callable[[Case, Any], object]

    def search(self, search: Search, *, until_found: bool = False, width: int = 0) -> tuple[Tally, bool]:
        """A search, and whether it found a fault."""
        assert self.case.search is not None
        wanted = replace(
            self.case.search, inputs=search.inputs, seconds=search.seconds, least=search.least, stale=search.stale
        )
        case = replace(self.case, search=replace(wanted, seed=search.seed))
        with closing(self.runs()) as runs:
            tally = Tally(runs, until_found, width, [], time.monotonic())
            try:
                self.explored(case, tally)
            except FoundError:
                return tally, True
            return tally, False


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sandbox", choices=["process", "docker"], default="process")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--only", choices=["cost", "faults", "good"])
    options = parser.parse_args()
    made = "images" if options.sandbox == "docker" else "binaries"
    subprocess.run([sys.executable, ROOT / "scripts" / "fixtures.py", made], check=True)
    width = workers_that_pay_off()
    right = True
    with open_sandbox(options.sandbox, unisolated=True) as sandbox:
        if options.only in {None, "cost"}:
            with bench(sandbox, "planted", NONE, width) as ready:
                cost(ready, options.rounds)
                whole(ready, width)
        if options.only in {None, "faults"}:
            for name, fault in ((name, fault) for name, faults in FAULTS.items() for fault in faults):
                with bench(sandbox, name, fault, width) as ready:
                    right &= time_to_fault(ready, fault, options.seeds, width) == options.seeds
        if options.only in {None, "good"}:
            for name in GOOD:
                with bench(sandbox, name, NONE if name in FAULTS else "", width) as ready:
                    right &= not time_to_fault(ready, f"good: {name}", options.seeds, width)
    return 0 if right else 1


@contextmanager
def bench(sandbox: Sandbox, name: str, fault: str, width: int) -> Iterator[Bench]:
    """A fixture with a fault, in a workspace as a person has it."""
    batch = not name.startswith("stream-")
    with tempfile.TemporaryDirectory(prefix="benchmark-") as folder:
        unit = unit_of(Path(folder), sandbox.kind, name, fault)
        image = sandbox.resolve(unit.source(sandbox.kind, Path(folder)))
        (case,) = [each for each in unit.cases if each.name == EXPLORED and (each.mode is Mode.BATCH) == batch]
        config = prepare(Options(root=Path(folder))).config
        spare = Spare()
        streaming = StreamingExaminer(config, config.timeout, ("streaming",))
        examiner = Examiner(config, config.timeout, ("conformance",), streaming)
        with ThreadPoolExecutor(width) as threads, closing(PodPool(sandbox, DEFAULT_LIMITS)) as pods:
            spare.lend(threads, pods, width)
            with pods.pod(image) as pod:

                def work(pod: Any, case: Case) -> Any:
                    if batch:
                        return examiner.observed(pod, image, unit, case)
                    return streaming.observed(pod, unit, case)

                def explored(case: Case, run: Any) -> object:
                    module = exploration if batch else stream_exploration
                    return cast("Any", module).explored(unit, image, case, run)

                yield Bench(unit, case, lambda: Runs(work, pod, image, spare), explored)


def unit_of(folder: Path, kind: str, name: str, fault: str) -> Unit:
    """The fixture with a case that explores."""
    (folder / "Engram.yaml").write_text((ENGRAMS / name / "Engram.yaml").read_text(encoding="utf-8"), encoding="utf-8")
    image = {"process": str(ROOT / ".cache" / "fixtures" / "bin" / name)}
    if kind == "docker":
        image = {"image": f"engram-validate-fixture/{name}:test", "pull": "never"}
    config = {"config": {"fault": fault}} if fault else {}
    written = {"images": {name: image}, "cases": {name: {"defaults": config}}}
    (folder / "engram-validate.yaml").write_text(yaml.safe_dump(written), encoding="utf-8")
    ready = prepare(Options(root=folder))
    (unit,) = searches(tuple(plan.units(ready.workspace, ready.config, (name,))), ready.workspace, QUICK)
    return unit


def cost(good: Bench, rounds: int) -> None:
    """An explored input against a bare case, each round both."""
    ratios = []
    for seed in range(rounds):
        tally, _ = good.search(replace(ONE_BY_ONE, seed=seed))
        searched = tally.seconds / len(tally.tried)
        with closing(good.runs()) as runs:
            began = time.monotonic()
            for case in tally.tried:
                runs(case)
            bare = (time.monotonic() - began) / len(tally.tried)
        ratios.append(searched / bare)
        told = f"explored {1 / searched:6.1f} inputs/s   bare {1 / bare:6.1f} cases/s   ratio {ratios[-1]:.2f}"
        print(told, flush=True)
    print(f"median ratio {statistics.median(ratios):.2f} (aim: at most 1.15)", flush=True)


def whole(good: Bench, width: int) -> None:
    """A quick search as a run makes it."""
    tally, _ = good.search(QUICK, width=width)
    rate = len(tally.tried) / tally.seconds
    print(
        f"quick: {len(tally.tried)} runs in {tally.seconds:.2f} s, {rate:.1f} a second, {width} at a time", flush=True
    )


def time_to_fault(ready: Bench, what: str, seeds: int, width: int) -> int:
    """Inputs and seconds until a fault shows; how many seeds show one."""
    found: list[tuple[int, float]] = []
    for seed in range(seeds):
        tally, shown = ready.search(replace(QUICK, seed=seed), until_found=True, width=width)
        if shown:
            found.append((len(tally.tried), tally.seconds))
    print(f"{what:27} found in {len(found):2} of {seeds} seeds{median(found)}", flush=True)
    return len(found)


def median(found: Sequence[tuple[int, float]]) -> str:
    if not found:
        return ""
    inputs, seconds = (statistics.median(values) for values in zip(*found, strict=True))
    return f": {inputs:4.0f} runs, {seconds:.2f} s"


if __name__ == "__main__":
    sys.exit(main())
