"""What tests of the real thing share: a Docker daemon, and the fixture engrams as binaries and as images.

A test that needs one of them asks for the fixture (or carries the mark) and is skipped, with the reason, where it
cannot be had. `ENGRAM_VALIDATE_REQUIRE=docker,go` makes such a skip a failure: CI has no excuse.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Collection, Iterator
from functools import cache
from pathlib import Path
from typing import NoReturn

import pytest
from hypothesis import HealthCheck, settings

from tests.depth import NIGHTLY, examples
from tests.runner import Runner, runner

# A busy machine is no reason to fail: how long an example takes is measured in benchmarks/, never in tests.
settings.register_profile(
    "engram-validate", deadline=None, suppress_health_check=[HealthCheck.too_slow], max_examples=examples(100)
)
settings.load_profile("engram-validate")

ROOT = Path(__file__).resolve().parent.parent
ENGRAMS = ROOT / "tests" / "fixtures" / "engrams"
BINARIES = ROOT / ".cache" / "fixtures" / "bin"
FIXTURE_TAG = os.environ.get("ENGRAM_VALIDATE_FIXTURE_TAG") or "test"
"""Of the fixture images, as scripts/fixtures.py has it."""

NEEDS = {
    "docker_daemon": "docker",
    "python_slim": "docker",
    "action_image": "docker",
    "dind_image": "docker",
    "fixture_images": "docker",
    "fixture_binaries": "go",
}
"""Fixture -> the mark of a test that uses it."""

REAL = ("docker", "go", "browser")
"""Marks of tests that need more than Python."""

REMOVED = {"python_slim", "action_image", "dind_image"}
"""Fixtures that remove their image at the end: who uses them stays in one process."""


GROUPS = {
    "sandbox/streaming": "streaming",
    "explore": "searches",
    "promotion": "searches",
    "hostile/test_hostile_traffic.py": "traffic",
    "suite/realtime": "realtime",
    "test_conversation.py": "images",  # it builds on the image that those remove
    "schemas": "oracles",
    "templates": "oracles",
}
"""Folders and modules of tests that run beside others: they have pods of their own, or none, and open them seldom, and
they count nothing on this machine. Those who watch it stay together."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--fast", action="store_true", help="only quick tests that need no image, Docker, Go or browser")


@pytest.hookimpl(tryfirst=True)  # pytest-xdist reads the groups in the same hook
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    for item in items:
        for fixture in getattr(item, "fixturenames", ()):
            if fixture in NEEDS:
                item.add_marker(NEEDS[fixture])
            if fixture == "fixture_images":
                item.add_marker("go")
        if (parameters := getattr(item, "callspec", None)) and "docker" in parameters.params.values():
            item.add_marker("docker")  # a test for each kind of sandbox
        if name := group(item):
            item.add_marker(pytest.mark.xdist_group(name))
    if not any("::" in each for each in config.args):
        check_daily_rows(items)
    fast = config.getoption("--fast")
    named = {each.split("::", 1)[-1] for each in config.args if "::" in each}
    left_out = {item for item in items if is_nightly(item, named) or (fast and not is_fast(item))}
    if left_out:
        config.hook.pytest_deselected(items=list(left_out))
        items[:] = [item for item in items if item not in left_out]
    items.sort(key=lambda item: not is_long(item))


def is_real(item: pytest.Item) -> bool:
    """Whether a test needs more than Python."""
    return any(item.get_closest_marker(mark) for mark in REAL)


def is_fast(item: pytest.Item) -> bool:
    """Whether a test needs no more than Python, and little time."""
    return not is_real(item) and item.get_closest_marker("slow") is None


def is_nightly(item: pytest.Item, named: Collection[str] = ()) -> bool:
    """Whether a test runs each night only (tests/depth.py), and nobody has named it.

    Long ones do whose parts other tests see, and in Docker rows of a table that does not depend on the sandbox.
    """
    if NIGHTLY:
        return False
    if item.get_closest_marker("nightly"):
        return not {item.name, item.name.partition("[")[0]} & set(named)
    mark, parameters = item.get_closest_marker("docker_by_day"), getattr(item, "callspec", None)
    if mark is None or parameters is None or "docker" not in parameters.params.values():
        return False
    return row(parameters.id) not in mark.args


def is_long(item: pytest.Item) -> bool:
    """Whether a test belongs at the beginning: one that starts as the last keeps one process busy and no other."""
    return item.get_closest_marker("slow") is not None and item.get_closest_marker("xdist_group") is None


def row(identifier: str) -> str:
    """The row of a table, from the id of its test in Docker."""
    return identifier.removeprefix("docker-")


def check_daily_rows(items: list[pytest.Item]) -> None:
    """Fail where a mark names a row that its table has no more."""
    tables: dict[tuple[str, ...], set[str]] = {}
    for item in items:
        if (mark := item.get_closest_marker("docker_by_day")) and (parameters := getattr(item, "callspec", None)):
            tables.setdefault(mark.args, set()).add(row(parameters.id))
    unknown = [name for names, rows in tables.items() for name in names if name not in rows]
    if unknown:
        raise pytest.UsageError(f"docker_by_day: no rows {unknown}")


def group(item: pytest.Item) -> str:
    """Which tests run in one process, where there are several: those that look at what is left on this machine."""
    if REMOVED & set(getattr(item, "fixturenames", ())):
        return "images"
    if not is_real(item):
        return ""
    if item.get_closest_marker("browser"):
        return "browser"
    for folder, name in GROUPS.items():
        if item.path.is_relative_to(ROOT / "tests" / folder):
            return name
    return "sandboxes"


def pytest_runtest_setup(item: pytest.Item) -> None:
    if item.get_closest_marker("docker") and (reason := no_docker()):
        absent("docker", reason)
    if item.get_closest_marker("go") and (reason := no_go()):
        absent("go", reason)


def absent(what: str, reason: str) -> NoReturn:
    """Skip the test that needs `what`, or fail it where the run is told to have it."""
    if what in os.environ.get("ENGRAM_VALIDATE_REQUIRE", "").split(","):
        pytest.fail(f"{reason}, and this run requires {what}", pytrace=False)
    pytest.skip(reason)


@cache
def no_docker() -> str:
    """Why there is no Docker daemon; empty when one answers."""
    if not shutil.which("docker"):
        return "no docker command"
    try:
        told = subprocess.run(["docker", "version"], capture_output=True, text=True, timeout=20, check=False)
    except subprocess.TimeoutExpired:
        return "the Docker daemon does not answer"
    return told.stderr.strip().splitlines()[-1] if told.returncode else ""


@cache
def no_go() -> str:
    """Why the fixture engrams cannot be built; empty when they can."""
    return "" if shutil.which("go") else "no Go toolchain"


def build_fixtures(what: str) -> None:
    done = subprocess.run(
        [sys.executable, ROOT / "scripts" / "fixtures.py", what], capture_output=True, text=True, check=False
    )
    if done.returncode:
        pytest.fail(f"the fixture engrams cannot be built:\n{done.stdout}{done.stderr}", pytrace=False)


@pytest.fixture(scope="session")
def docker_daemon(pytestconfig: pytest.Config) -> None:
    """A Docker daemon answers."""
    assert not pytestconfig.getoption("--fast"), "a test that asks for this fixture late carries the mark `docker`"
    if reason := no_docker():
        absent("docker", reason)


@pytest.fixture(scope="session")
def python_slim(docker_daemon: None) -> Iterator[str]:
    """`python:3.12-slim`, or a stand-in under that name: an action takes no build arguments."""
    name, stand_in = "python:3.12-slim", "engram-validate-base:local"
    if docker("image", "inspect", name):
        yield name
        return
    if not docker("image", "inspect", stand_in):
        done = subprocess.run(
            [ROOT / "scripts" / "base-image"], env=os.environ | {"TAG": stand_in}, capture_output=True, check=False
        )
        if done.returncode:
            absent("docker", f"no {name} here, and no stand-in can be made: {done.stderr.decode().strip()}")
    docker("tag", stand_in, name)
    yield name
    docker("rmi", name)


@pytest.fixture(scope="session")
def action_image(python_slim: str) -> Iterator[str]:
    """The image of the action, as a release would have it."""
    name = f"engram-validate-act:{FIXTURE_TAG}"
    build_image(name, "Dockerfile", f"BASE_IMAGE={python_slim}")
    yield name
    docker("rmi", name)


@pytest.fixture(scope="session")
def dind_image(action_image: str) -> Iterator[str]:
    """The image with a Docker daemon in it, as a release would have it."""
    name = f"engram-validate-dind:{FIXTURE_TAG}"
    build_image(name, "Dockerfile.dind", f"IMAGE={action_image}")
    yield name
    docker("rmi", name)


def build_image(name: str, dockerfile: str, argument: str) -> None:
    """Build an image of this checkout."""
    build = ["docker", "build", "--quiet", "--file", ROOT / dockerfile, "--build-arg", argument, "--tag", name, ROOT]
    done = subprocess.run(build, env=os.environ | {"DOCKER_BUILDKIT": "0"}, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.fail(f"{dockerfile} cannot be built:\n{done.stdout}{done.stderr}", pytrace=False)


@pytest.fixture
def github(python_slim: str, action_image: str, tmp_path: Path) -> Iterator[Runner]:
    """Runs workflows with the action and the reusable workflows of this checkout as `v1`."""
    with runner(python_slim, action_image, tmp_path) as made:
        yield made


def docker(*arguments: str) -> bool:
    """Whether the docker command went well."""
    return subprocess.run(["docker", *arguments], capture_output=True, check=False).returncode == 0


@pytest.fixture(scope="session")
def fixture_binaries(pytestconfig: pytest.Config) -> Path:
    """The folder of the fixture engrams' binaries, each under its name."""
    assert not pytestconfig.getoption("--fast"), "a test that asks for this fixture late carries the mark `go`"
    if reason := no_go():
        absent("go", reason)
    build_fixtures("binaries")
    return BINARIES


@pytest.fixture(scope="session")
def fixture_images(docker_daemon: None) -> Callable[[str], str]:
    """From the name of a fixture engram to the reference of its image."""
    if reason := no_go():
        absent("go", reason)
    build_fixtures("images")
    return f"engram-validate-fixture/{{}}:{FIXTURE_TAG}".format
