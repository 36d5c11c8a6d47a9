"""The story engine on random stories: time of one, the longest, crashes; then twenty steps with an hour of sleep.

    python benchmarks/stories.py [--stories N] [--seed FIRST] [--limit SECONDS] [--images docker|process] [--times N]

With `--images` a story of real images runs as well, N times (3 by default), and each of its images by itself: how long
the story takes beside its longest chain of images. Exit status 1 when a story crashes the engine, when one takes longer
than the limit (of the processor, 50 ms by default), or when the story of images takes more than 1.15 times that chain.
"""

from __future__ import annotations

import argparse
import collections
import json
import resource
import shutil
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "scripts")]

import fixtures  # noqa: E402

from tests.stories.engine.random_stories import question  # noqa: E402
from validator.engine.options import Options  # noqa: E402
from validator.stories.runs.performers import Task  # noqa: E402
from validator.stories.simulation import answer  # noqa: E402
from validator.suite.overrides import from_argument  # noqa: E402

if TYPE_CHECKING:
    from validator.engine.stories.images import Images
    from validator.sources.manifests import Step, Story

STEPS = 20
MOST = 1.15
"""Times its longest chain of images that a story may take."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--stories", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--limit", type=float, default=0.05)
    parser.add_argument("--images", choices=("docker", "process"))
    parser.add_argument("--times", type=int, default=3)
    asked = parser.parse_args()
    ends: collections.Counter[str] = collections.Counter()
    times: list[tuple[float, int]] = []
    answer(question(asked.seed))  # what is imported late is no part of a story's time
    for seed in range(asked.seed, asked.seed + asked.stories):
        story = question(seed)
        took, end = timed(story)
        if took > asked.limit:  # on a busy machine one story in 50,000 is slow by chance
            took = min(took, timed(story)[0])
        if end.startswith("crash"):
            print(f"seed {seed}: {end}")
        ends[end] += 1
        times.append((took, seed))
    longest, seed = max(times)
    print(f"{sum(1 for one, _ in times if one > asked.limit)} took longer than {1000 * asked.limit:g} ms")
    total = sum(one for one, _ in times)
    print(f"{asked.stories} stories in {total:.2f} s, {1000 * total / asked.stories:.2f} ms each")
    print(f"longest {1000 * longest:.1f} ms (seed {seed})")
    print(", ".join(f"{name} {count}" for name, count in ends.most_common()))
    began = time.process_time()
    answer(long_story())
    print(f"{STEPS} steps and an hour of sleep: {1000 * (time.process_time() - began):.1f} ms")
    print(f"memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MiB")
    share = real_images(asked.images, asked.times) if asked.images else 0.0
    return int(longest > asked.limit or share > MOST or any(name.startswith("crash") for name in ends))


def real_images(sandbox: str, times: int) -> float:
    """Run a story with uneven branches, and its images alone; the best run beside the longest chain of bare runs."""
    from validator.engine.preparation import prepare
    from validator.engine.stories.cases import StoryRunner, StoryTask
    from validator.engine.stories.images import images
    from validator.stories.runs.running import RunRequest
    from validator.stories.schemas import SchemaReader

    with tempfile.TemporaryDirectory() as name:
        prepared = prepare(workspace(Path(name, "w"), sandbox))
        (story,) = prepared.workspace.stories
        schemas = SchemaReader(prepared.workspace)
        with images(prepared) as real:
            chains: list[float] = []
            wholes: list[float] = []
            for number in range(times + 1):
                bare = {step.name: alone(real, story, step) for step in story.steps}
                began = time.monotonic()
                trace = StoryRunner(schemas, real).run(StoryTask(story, RunRequest(story))).trace
                whole = time.monotonic() - began
                assert trace is not None
                assert trace.succeeded, trace.message
                assert str(trace.evidence) == "real", trace.evidence
                if number:  # the first run pulls and unpacks
                    wholes.append(whole)
                    chains.append(max(bare["slow"] + bare["join"], bare["quick"] + bare["next"] + bare["join"]))
    share = min(wholes) / min(chains)
    print(
        f"a story of 4 images in {sandbox}: {min(wholes):.2f} s, longest chain {min(chains):.2f} s, {share:.2f} times"
    )
    return share


def alone(real: Images, story: Story, step: Step) -> float:
    """Seconds of one image by itself, in a pod of its own."""
    began = time.monotonic()
    future = real.submit(Task(story, step, 1, {"text": "Hello"}, {}, "bare", step.name))
    assert future is not None
    assert future.result().phase == "Succeeded"
    return time.monotonic() - began


def workspace(folder: Path, sandbox: str) -> Options:
    """A story of fixture images whose branches are uneven."""
    steps = [runs("slow", "slow"), runs("quick", "conforming"), runs("next", "slow", ["quick"])]
    steps.append(runs("join", "conforming", ["slow", "next"]))
    kinds: list[tuple[str, str, dict[str, Any]]] = [("Story", "uneven", {"steps": steps})]
    kinds += [("Engram", name, {"templateRef": {"name": name}}) for name in ("slow", "conforming")]
    folder.mkdir()
    for kind, name, spec in kinds:
        manifest = {"apiVersion": "bubustack.io/v1alpha1", "kind": kind, "metadata": {"name": name}, "spec": spec}
        (folder / f"{kind}-{name}.json").write_text(json.dumps(manifest), encoding="utf-8")
    overrides = []
    for name in ("slow", "conforming"):
        shutil.copy(ROOT / "tests/fixtures/engrams" / name / "Engram.yaml", folder / f"{name}.yaml")
        program = ROOT / ".cache/fixtures/bin" / name
        source = f"process:{program}" if sandbox == "process" else f"engram-validate-fixture/{name}:{fixtures.TAG}"
        overrides.append(from_argument(f"{name}={source}"))
    return Options(root=folder, images=tuple(overrides), sandbox=sandbox)


def runs(name: str, engram: str, needs: list[str] | None = None) -> dict[str, Any]:
    return {"name": name, "ref": {"name": engram}, "needs": needs or [], "with": {"text": "Hello"}}


def timed(story: dict[str, Any]) -> tuple[float, str]:
    """Seconds of the processor that one story takes, and how it ends."""
    began = time.process_time()
    try:
        end = end_of(answer(story))
    except Exception as error:  # noqa: BLE001 - that is what is looked for
        end = f"crash: {error!r}"
    return time.process_time() - began, end


def end_of(answered: dict[str, Any]) -> str:
    if "final" in answered:
        return str(answered["final"]["quiescent"])
    return "unsupported" if "unsupported" in answered else "error"


def long_story() -> dict[str, Any]:
    steps: list[dict[str, Any]] = [{"name": "nap", "type": "sleep", "with": {"duration": "1h"}}]
    for number in range(STEPS):
        before = "nap" if number == 0 else f"s{number - 1}"
        given = {} if number == 0 else {"with": {"v": f"{{{{ steps.{before}.output.x }}}}"}}
        steps.append({"name": f"s{number}", "ref": {"name": "e"}, "needs": [before]} | given)
    script = {f"s{number}": {"after": 1, "phase": "Succeeded", "output": {"x": number}} for number in range(STEPS)}
    return {"kind": "batch", "story": {"steps": steps}, "engrams": {"e": {}}, "script": script}


if __name__ == "__main__":
    sys.exit(main())
