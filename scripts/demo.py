"""Set up and run the main job on the example: `engram-validate run` on examples/greeter.

    python3 scripts/demo.py             the example as it is, with the mistake that it hides
    python3 scripts/demo.py --fixed     the example with that mistake mended

The engram runs in Docker where a daemon answers, and as a local process where none does. Ends with status 0 when the
verdict is the expected one. Further arguments go to `engram-validate run`.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from environment import ROOT, ready
from progress import Progress, follow, say
from usage import answer_help

EXAMPLE = ROOT / "examples" / "greeter"
BASE = "python:3.12-slim"
STAND_IN = "engram-validate-base:local"
IMAGE = "engram-validate-example/greeter"
MISTAKE = ("marks and len(marks)", "len(marks)")
PULL_SECONDS = 120
BUILD_SECONDS = 600
NO_SANDBOX = 3
STEP = re.compile(r"Step \d+/\d+ :")
LAYER = re.compile(r"[0-9a-f]{12}: (Download|Pull) complete")
PROCESS = ["--sandbox", "process", "--allow-unisolated"]
"""The example is ours, so that it may run where nothing confines it."""


def main() -> int:
    arguments = sys.argv[1:]
    fixed = "--fixed" in arguments
    arguments = [argument for argument in arguments if argument != "--fixed"]
    validate = ready("runtime").parent / "engram-validate"
    chosen = any(argument.startswith("--sandbox") for argument in arguments)
    with tempfile.TemporaryDirectory() as folder:
        example = mended(Path(folder) / "greeter") if fixed else EXAMPLE
        report = Path(folder) / "report.json"
        ways = [[]] if chosen else [sandbox(example), PROCESS]
        for way in ways:
            shown = ["--root", "examples/greeter", *way, *arguments]
            say(f"$ engram-validate run {' '.join(shown)}")
            command: list[str | Path] = [validate, "run", "--root", example, "--json", report, *way, *arguments]
            status = subprocess.run(command, check=False).returncode
            if status != NO_SANDBOX or way == ways[-1]:
                break
            say("this sandbox does not work here: the engram runs as a local process")
        verdict = json.loads(report.read_text(encoding="utf-8"))["result"] if report.exists() else "error"
    expected = "passed" if fixed else "failed"
    if verdict != expected:
        say(f"the verdict is `{verdict}` (exit status {status}), not `{expected}` as this example should get")
        return status or 1
    if not fixed:
        say("That is the mistake the example hides: examples/greeter/README.md shows how to mend it.")
        say("`python3 scripts/demo.py --fixed` shows it mended.")
    return 0


def mended(copy: Path) -> Path:
    """A copy of the example without its mistake."""
    shutil.copytree(EXAMPLE, copy)
    engram = copy / "greeter.py"
    text = engram.read_text(encoding="utf-8")
    if MISTAKE[0] not in text:
        raise SystemExit("the example has been mended already")
    engram.write_text(text.replace(*MISTAKE), encoding="utf-8")
    return copy


def sandbox(example: Path) -> list[str]:
    """Docker where it works, with its base image or a stand-in for it; else a local process. Says which and why."""
    if reason := no_docker():
        say(f"{reason}: the engram runs as a local process")
        return PROCESS
    base = BASE
    here = quiet("docker", "image", "inspect", base)
    if not here and (reason := pull(base)):
        say(f"{BASE} cannot be pulled: {reason}")
        say("making a stand-in for it from this machine's own packages …")
        base = STAND_IN
        if not quiet("docker", "image", "inspect", base):
            quiet(ROOT / "scripts" / "base-image", TAG=base)
    # Under a name of its own, whatever folder it lies in: the next demo replaces it.
    image = f"{IMAGE}:{'demo' if example == EXAMPLE else 'fixed'}"
    say(f"building {image} …")
    build = ["docker", "build", "--build-arg", f"BASE_IMAGE={base}", "--tag", image, str(example)]
    if reason := shown(build, STEP, BUILD_SECONDS, DOCKER_BUILDKIT="0"):
        say(f"it cannot be built: {reason}")
        say("the engram runs as a local process")
        return PROCESS
    return ["--sandbox", "docker", "--image", f"greeter={image}"]


def pull(image: str) -> str:
    """Pull an image, and show how far it is; why it cannot be had, or nothing."""
    say(f"pulling {image} …")
    if sys.stderr.isatty():  # Docker draws its own bars there, layer by layer
        try:
            result = subprocess.run(["docker", "pull", image], stdout=sys.stderr, timeout=PULL_SECONDS, check=False)
        except subprocess.TimeoutExpired:
            return f"not done in {PULL_SECONDS} s"
        return "see above" if result.returncode else ""
    return shown(["docker", "pull", image], LAYER, PULL_SECONDS)


def no_docker() -> str:
    """Why Docker cannot be used; empty when a daemon answers."""
    if not shutil.which("docker"):
        return "no docker command here"
    return "" if quiet("docker", "version", timeout=20) else "no Docker daemon answers"


def shown(command: list[str], line: re.Pattern[str], seconds: float, **variables: str) -> str:
    """Run a command, and show those lines of its output that say how far it is; why it failed, or nothing."""
    progress = Progress()

    def receive(text: str) -> None:
        if line.match(text.strip()):
            progress.show(f"  {text.strip()}")

    status, lines = follow(command, receive, seconds, **variables)
    progress.end()
    last = next((each.strip() for each in reversed(lines) if each.strip()), f"status {status}")
    return last if status else ""


def quiet(*command: str | Path, timeout: float | None = None, **variables: str) -> bool:
    """Run a command without a word; whether it went well."""
    try:
        environment = os.environ | variables
        result = subprocess.run(command, capture_output=True, timeout=timeout, env=environment, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return result.returncode == 0


if __name__ == "__main__":
    answer_help(__doc__)
    sys.exit(main())
