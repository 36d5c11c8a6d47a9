"""What the sandbox costs beside the bare machinery, measured in one run, interleaved, ratios side by side.

    python benchmarks/sandbox.py [--cases 20] [--rounds 3] [--workers 4]
    python benchmarks/sandbox.py --beside HEAD~1      that commit too, in turns with this tree

- docker: N batch cases in a pod, against N bare locked-down `docker run --network none` of the same image that do
  nothing (the fixture's `--list`). Aim: at most 0.80.
- process: N batch cases in a pod, against N bare spawns of the same binary on a prepared API. Aim: at most 1.5. Also in
  CPU time, which other work on the machine hardly moves; it counts the driver, the harness and all that they start.
- start-up: `--help` (aim: under 0.08 s) and a static run on the example.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from validator.sandbox import environment  # noqa: E402
from validator.sandbox.batch import run_batch  # noqa: E402
from validator.sandbox.model import DEFAULT_LIMITS, BatchCase, ImageSource, SandboxError, SourceKind  # noqa: E402
from validator.sandbox.pods import Pod  # noqa: E402
from validator.sandbox.sandbox import open_sandbox  # noqa: E402

IMAGE = "engram-validate-fixture/conforming:test"
BINARY = ROOT / ".cache" / "fixtures" / "bin" / "conforming"
BARE = [
    *("docker", "run", "--rm", "--network", "none", "--read-only", "--cap-drop", "ALL"),
    *("--security-opt", "no-new-privileges", "--user", "65532:65532"),
    *("--memory", str(DEFAULT_LIMITS.memory), "--memory-swap", str(DEFAULT_LIMITS.memory)),
    *("--pids-limit", str(DEFAULT_LIMITS.pids), "--cpus", str(DEFAULT_LIMITS.cpus)),
    *("--ulimit", f"nofile={DEFAULT_LIMITS.nofile}", "--tmpfs", "/tmp", IMAGE, "--list"),
]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=int, default=20)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--workers", type=int, default=2 * (os.cpu_count() or 1))
    parser.add_argument("--beside", metavar="REV", help="a commit that is measured in turns with this tree")
    options = parser.parse_args()
    if options.beside:
        beside(options.beside, options.rounds, ["--cases", str(options.cases), "--workers", str(options.workers)])
        return
    subprocess.run([sys.executable, ROOT / "scripts" / "fixtures.py"], check=True)
    start_up()
    contained(options.cases, options.rounds, options.workers)
    local(options.cases, options.rounds, options.workers)


def beside(revision: str, rounds: int, arguments: list[str]) -> None:
    """Measure a commit and this tree in turns, a round each: the lines of both, one under the other."""
    with tempfile.TemporaryDirectory(prefix="benchmark-") as name:
        other = Path(name, "tree")
        git = ["git", "-C", str(ROOT), "worktree"]
        subprocess.run([*git, "add", "--quiet", "--detach", str(other), revision], check=True)
        try:
            (other / ".cache").symlink_to(ROOT / ".cache")
            for _ in range(rounds):
                told = [measured(tree, arguments) for tree in (other, ROOT)]
                for theirs, ours in zip(*told, strict=False):
                    print(f"{revision:>12}  {theirs}\n{'this tree':>12}  {ours}", flush=True)
        finally:
            subprocess.run([*git, "remove", "--force", str(other)], check=True)


def measured(tree: Path, arguments: list[str]) -> list[str]:
    """What the benchmark of a tree prints of its medians and of its start."""
    program = [sys.executable, str(tree / "benchmarks" / "sandbox.py"), "--rounds", "1", *arguments]
    done = subprocess.run(program, cwd=tree, stdout=subprocess.PIPE, text=True, check=True)
    return [line for line in done.stdout.splitlines() if "median" in line or line.startswith(("--help", "static"))]


def start_up() -> None:
    program = [sys.executable, "-m", "validator"]
    example = next(iter(sorted((ROOT / "examples").glob("*/"))), None)
    print(f"--help                    {best(lambda: quiet([*program, '--help'])):.3f} s   (aim: < 0.080 s)")
    if example:
        print(f"static run on {example.name:11} {best(lambda: quiet([*program, 'check', str(example)])):.3f} s")


def contained(cases: int, rounds: int, workers: int) -> None:
    try:
        with open_sandbox("docker") as sandbox:
            image = sandbox.resolve(ImageSource(SourceKind.IMAGE, IMAGE))
            began = time.monotonic()
            with sandbox.pod(image) as pod:
                print(f"docker pod up             {time.monotonic() - began:.3f} s")
                compare("docker", rounds, cases, workers, case_in(pod), lambda _: quiet(BARE), aim=0.8)
    except SandboxError as error:
        print(f"docker                    not measured: {error.message}")


def local(cases: int, rounds: int, workers: int) -> None:
    with open_sandbox("process") as sandbox:
        image = sandbox.resolve(ImageSource(SourceKind.PROCESS, str(BINARY)))
        print(f"process sandbox           {sandbox.reason}")
        began = time.monotonic()
        with sandbox.pod(image) as pod:
            print(f"process pod up            {time.monotonic() - began:.3f} s")
        # A bare spawn cannot enter the network of a confined pod: the API is prepared in one that is not.
        with sandbox.pod(image) as pod, bare_pod() as open_pod:
            compare("process", rounds, cases, workers, case_in(pod), bare_spawn(open_pod), aim=1.5)
            processor("process", rounds, cases, workers, (pod, case_in(pod)), (open_pod, bare_spawn(open_pod)))
            compare("process, unisolated", rounds, cases, workers, case_in(open_pod), bare_spawn(open_pod), aim=1.5)


def bare_pod() -> AbstractContextManager[Pod]:
    """A pod without confinement."""
    from validator.sandbox import binaries
    from validator.sandbox.owner import current
    from validator.sandbox.pods.process import process_pod

    image = binaries.resolve(ImageSource(SourceKind.PROCESS, str(BINARY)))
    return process_pod(image, DEFAULT_LIMITS, None, current(), folders=[])


def case_in(pod: Pod) -> Callable[[int], None]:
    def run(number: int) -> None:
        ran = run_batch(pod, BatchCase(id=f"case-{number}", inputs={"text": "one two three"}))
        assert ran.succeeded, ran

    return run


def bare_spawn(pod: Pod) -> Callable[[int], None]:
    """A StepRun is there beforehand; what is measured is the spawn of the binary and its end."""
    opened = iter([pod.harness.call("batch.open", steprun=f"bare-{n}", namespace="sandbox") for n in range(2000)])

    def run(number: int) -> None:
        held = next(opened)
        case = BatchCase(id="x", inputs={"text": "one two three"})
        env = environment.batch(case, steprun=held["steprun"], home=held["home"])
        subprocess.run([BINARY], env=env, capture_output=True, check=True)

    return run


def compare(
    name: str,
    rounds: int,
    cases: int,
    workers: int,
    ours: Callable[[int], None],
    bare: Callable[[int], None],
    aim: float,
) -> None:
    """Both alike, in turns, so that whatever else the machine does meets both."""
    for warm in (ours, bare):
        warm(-1)
    for count in sorted({1, workers}):
        ratios = []
        turns = max(1, cases // (2 * count))
        for _ in range(rounds):
            mine = theirs = 0.0
            for _ in range(turns):
                mine += timed(ours, 2 * count, count)
                theirs += timed(bare, 2 * count, count)
            ratios.append(mine / theirs)
            done = turns * 2 * count
            each = f"{mine / done:.3f} s a case, bare {theirs / done:.3f} s"
            print(f"{name:20} {count} workers  {each}: {mine / theirs:.2f}")
        print(f"{name:20} {count} workers  median ratio {statistics.median(ratios):.2f}   (aim: <= {aim})")


def processor(
    name: str,
    rounds: int,
    cases: int,
    workers: int,
    ours: tuple[Pod, Callable[[int], None]],
    bare: tuple[Pod, Callable[[int], None]],
) -> None:
    """CPU time a case, both in turns."""
    ratios = []
    for _ in range(rounds):
        mine, theirs = (spent(*each, cases, workers) / cases for each in (ours, bare))
        ratios.append(mine / theirs)
        print(f"{name:20} {workers} workers  {mine:.3f} s of CPU a case, bare {theirs:.3f} s: {mine / theirs:.2f}")
    print(f"{name:20} {workers} workers  median ratio {statistics.median(ratios):.2f} of CPU   (aim: <= 1.35)")


def spent(pod: Pod, work: Callable[[int], None], cases: int, workers: int) -> float:
    """Seconds of CPU of this process, of what it started, and of the pod's harness."""

    def now() -> float:
        stat = Path(f"/proc/{pod.harness.ready()['pid']}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        return sum(os.times()[:4]) + (int(stat[11]) + int(stat[12])) / os.sysconf("SC_CLK_TCK")

    began = now()
    timed(work, cases, workers)
    return now() - began


def timed(work: Callable[[int], None], cases: int, workers: int) -> float:
    began = time.monotonic()
    if workers == 1:
        for number in range(cases):
            work(number)
    else:
        with ThreadPoolExecutor(workers) as pool:
            list(pool.map(work, range(cases)))
    return time.monotonic() - began


def best(work: Callable[[], None], times: int = 7) -> float:
    return min(timed(lambda _: work(), 1, 1) for _ in range(times))


def quiet(command: list[str]) -> None:
    subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False, cwd=ROOT)


if __name__ == "__main__":
    main()
