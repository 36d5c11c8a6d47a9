"""What exploring costs beside bare cases of the same image, and how long each planted fault takes to be found.

    python benchmarks/explore.py [--inputs 50] [--rounds 3] [--seeds 20]

- cost: an explored input against a case in the same pod without the search, in turns. Aim: at most 1.15.
- time to fault: of each planted fault the inputs and seconds until it shows, the median over seeds, without shrinking.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from validator.explore.budget import Budget  # noqa: E402
from validator.explore.chance import random_inputs  # noqa: E402
from validator.explore.search import Observation, explore  # noqa: E402
from validator.findings import Json  # noqa: E402
from validator.sandbox.batch import run_batch  # noqa: E402
from validator.sandbox.model import BatchCase, ImageSource, SourceKind  # noqa: E402
from validator.sandbox.pods import Pod  # noqa: E402
from validator.sandbox.sandbox import open_sandbox  # noqa: E402
from validator.sources.workspace import load  # noqa: E402

FIXTURE = ROOT / "tests" / "fixtures" / "engrams" / "planted" / "Engram.yaml"
BINARY = ROOT / ".cache" / "fixtures" / "bin" / "planted"
FAULTS = (
    "normalising",
    "beyond-the-bmp",
    "integer",
    "member",
    "two-options",
    "early-date",
    "list-of-one",
    "null",
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--inputs", type=int, default=50)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seeds", type=int, default=20)
    options = parser.parse_args()
    subprocess.run([sys.executable, ROOT / "scripts" / "fixtures.py", "binaries"], check=True)
    schema = schema_of_fixture()
    with open_sandbox("process", unisolated=True) as sandbox:
        image = sandbox.resolve(ImageSource(SourceKind.PROCESS, str(BINARY)))
        with sandbox.pod(image) as pod:
            cost(pod, schema, options.inputs, options.rounds)
            for fault in FAULTS:
                time_to_fault(pod, schema, fault, options.inputs, options.seeds)


def schema_of_fixture() -> Json:
    """The inputSchema of the planted engram."""
    with tempfile.TemporaryDirectory(prefix="benchmark-") as name:
        shutil.copy(FIXTURE, name)
        (template,) = load(Path(name)).templates
    assert template.input_schema is not None
    return template.input_schema.value


def case(inputs: Mapping[str, Json], fault: str) -> BatchCase:
    return BatchCase(id="explore", inputs=dict(inputs), config={"fault": fault})


def cost(pod: Pod, schema: Json, count: int, rounds: int) -> None:
    """An explored input against a bare case, each round both."""
    ratios = []
    for seed in range(rounds):
        tried: list[Mapping[str, Json]] = []
        began = time.monotonic()
        search(pod, schema, "none", count, seed, lambda inputs, _, tried=tried: tried.append(inputs))  # type: ignore[misc]
        searched = (time.monotonic() - began) / len(tried)
        began = time.monotonic()
        for inputs in tried:
            run_batch(pod, case(inputs, "none"))
        bare = (time.monotonic() - began) / len(tried)
        ratios.append(searched / bare)
        told = f"explored {1 / searched:6.1f} inputs/s   bare {1 / bare:6.1f} cases/s   ratio {ratios[-1]:.2f}"
        print(told, flush=True)
    print(f"median ratio {statistics.median(ratios):.2f} (aim: at most 1.15)", flush=True)


def time_to_fault(pod: Pod, schema: Json, fault: str, count: int, seeds: int) -> None:
    """Inputs and seconds until a planted fault shows."""
    found = [first_fault(pod, schema, fault, count, seed) for seed in range(seeds)]
    shown = [each for each in found if each is not None]
    told = "never"
    if shown:
        inputs, seconds = (statistics.median(values) for values in zip(*shown, strict=True))
        told = f"{inputs:4.0f} inputs, {seconds:.2f} s"
    print(f"{fault:16} found in {len(shown)} of {seeds} seeds: {told}", flush=True)


def first_fault(pod: Pod, schema: Json, fault: str, count: int, seed: int) -> tuple[int, float] | None:
    """The number of the first input that shows a fault, and the seconds until then."""
    tried = 0
    first: list[tuple[int, float]] = []
    began = time.monotonic()

    def seen(_: Mapping[str, Json], output: Json) -> None:
        nonlocal tried
        tried += 1
        if not first and not (isinstance(output, dict) and isinstance(output.get("size"), int)):
            first.append((tried, time.monotonic() - began))

    search(pod, schema, fault, count, seed, seen, lambda: bool(first))
    return first[0] if first else None


def search(
    pod: Pod,
    schema: Json,
    fault: str,
    count: int,
    seed: int,
    seen: Callable[[Mapping[str, Json], Json], None],
    enough: Callable[[], bool] = lambda: False,
) -> None:
    """Explore, and hand on each input with its output, until enough was seen."""

    def probe(inputs: Mapping[str, Json]) -> Observation:
        if enough():
            return Observation(reached=False)
        run = run_batch(pod, case(inputs, fault))
        seen(inputs, run.output if run.succeeded else None)
        return Observation(run.completed)

    explore(schema, probe, chance=lambda: random_inputs(schema, count, seed), budget=Budget(count, 600.0))


if __name__ == "__main__":
    main()
