"""Holes 8, 16 and 21: a Dockerfile fetches nothing, sees no credentials of the checkout, and ends in its time."""

from __future__ import annotations

import os
import subprocess
import time

import pytest

from validator.rules import sandbox as rules
from validator.sandbox import builds
from validator.sandbox.model import ImageSource, SandboxError, SourceKind

pytestmark = pytest.mark.docker


def failure(building, folder, text, **facts):
    (folder / "Dockerfile").write_text(text)
    with pytest.raises(SandboxError) as raised:
        building.resolve(ImageSource(SourceKind.BUILD, str(folder), **facts))
    assert raised.value.rule is rules.BUILD_FAILED
    return raised.value


FETCHES = [
    "ADD {url}/x /x",
    "ARG WHERE={url}\nADD $WHERE/x /x",
    "ONBUILD ADD {url}/x /x\nFROM first",
    "ADD \\\n  # nothing to see\n  {url}/x /x",
    "RUN cat <<EOF\nADD {url}/x /x\nEOF",
]


@pytest.mark.parametrize("text", FETCHES)
def test_nothing_is_fetched(building, tmp_path, server, text):
    url, asked = server
    failure(building, tmp_path, "FROM scratch AS first\n" + text.format(url=url))
    assert asked == []


def test_nothing_is_fetched_for_the_image_below(building, tmp_path, server):
    url, asked = server
    name = f"{builds.BUILT}:trigger"
    built = f"FROM scratch\nLABEL a=b\nONBUILD ADD {url}/x /x\n"
    subprocess.run(["docker", "build", "-q", "-t", name, "-"], input=built, text=True, check=True, capture_output=True,
                   env={**os.environ, "DOCKER_BUILDKIT": "0"})  # fmt: skip
    error = failure(building, tmp_path, f"FROM {name}\nLABEL c=d\n")
    assert "ONBUILD ADD" in error.message
    assert asked == []


def test_what_is_fetched_with_a_network_is(building, tmp_path, server):
    url, asked = server
    (tmp_path / "Dockerfile").write_text(f'FROM scratch\nADD {url}/x /x\nENTRYPOINT ["/x"]\n')
    building.resolve(ImageSource(SourceKind.BUILD, str(tmp_path), network=True))
    assert asked


def test_the_checkouts_own_folder_stays_out(building, python_slim, tmp_path):
    for place in (".git", "sub/.git"):
        (tmp_path / place).mkdir(parents=True)
        (tmp_path / place / "config").write_text("token")
    (tmp_path / ".dockerignore").write_text("!.git\n!sub/.git\n")
    (tmp_path / ".gitignore").write_text("")
    (tmp_path / "Dockerfile").write_text(
        f"FROM {python_slim}\nCOPY . /c\nRUN test ! -e /c/.git && test ! -e /c/sub/.git && test -e /c/.gitignore\n"
        'ENTRYPOINT ["/x"]\n'
    )
    building.resolve(ImageSource(SourceKind.BUILD, str(tmp_path)))


@pytest.mark.parametrize("name", ["Dockerfile", ".dockerignore"])
@pytest.mark.parametrize("target", ["../marker", ".git/config", "/proc/self/mountinfo", "inner"])
def test_files_of_a_context_are_not_read_through_links_that_lead_out(building, tmp_path, name, target):
    context = tmp_path / "context"
    (context / ".git").mkdir(parents=True)
    for place in (tmp_path / "marker", context / ".git" / "config", context / "inner"):
        place.write_text('FROM scratch\nENTRYPOINT ["/x"]\nMARKER\n' if place.name != "inner" else "FROM scratch\n")
    (context / "Dockerfile").write_text('FROM scratch\nENTRYPOINT ["/x"]\n')
    (context / name).unlink(missing_ok=True)
    (context / name).symlink_to(target)
    try:
        building.resolve(ImageSource(SourceKind.BUILD, str(context)))
    except SandboxError as error:
        told = error.message
    else:
        told = ""
    assert ("is a link that leads out" in told) is (target != "inner"), told
    assert "MARKER" not in told


@pytest.mark.parametrize("step", ["sleep 1000", "python3 -c 'while True: print(1)'"], ids=["silent", "noisy"])
def test_a_build_ends_in_its_time(building, python_slim, tmp_path, step):
    started = time.monotonic()
    error = failure(building, tmp_path, f"FROM {python_slim}\nRUN {step}\n", seconds=4.0)
    assert time.monotonic() - started < 60
    assert "after 4 seconds" in error.message
    assert "RUN" in error.message


def marked(mark):
    """All images of a mark, also those without a name: other tests build on this daemon at the same time."""
    listed = ["docker", "images", "--all", "--quiet", "--no-trunc", f"--filter=label=mark={mark}"]
    return set(subprocess.run(listed, capture_output=True, text=True, check=True).stdout.split())


@pytest.mark.parametrize(
    ("end", "facts"),
    [("exit 1", {}), ("sleep 1000", {"seconds": 5.0}), ("echo ' ---> {kept}'; exit 1", {})],
    ids=["a step fails", "its time is over", "a step names an image"],
)
def test_a_build_that_fails_leaves_no_image_and_takes_none(building, python_slim, tmp_path, end, facts):
    mark = os.urandom(8).hex()  # no step is cached from another run
    begin = f"FROM {python_slim}\nLABEL mark={mark}\nENV MARK={mark}\n"
    (tmp_path / "Dockerfile").write_text(f'{begin}FROM scratch\nENTRYPOINT ["/x"]\n')
    building.resolve(ImageSource(SourceKind.BUILD, str(tmp_path)))
    there = marked(mark)
    assert len(there) == 2
    kept = min(there).removeprefix("sha256:")[:12]
    failure(building, tmp_path, f"{begin}RUN echo one\nRUN echo two\nRUN {end.format(kept=kept)}\n", **facts)
    assert marked(mark) == there
    subprocess.run(["docker", "rmi", *there], capture_output=True, check=False)  # one goes with the other


def test_a_step_has_limits(building, python_slim, tmp_path, monkeypatch):
    monkeypatch.setattr(builds, "MEMORY", 64 << 20)
    (tmp_path / "Dockerfile").write_text(f'FROM {python_slim}\nRUN python3 -c "print(len(bytearray(1 << 30)))"\n')
    error = failure(building, tmp_path, (tmp_path / "Dockerfile").read_text())
    assert "137" in error.message


def test_helpers_that_fail_cost_a_build_nothing(building, tmp_path, monkeypatch):
    (tmp_path / "config.json").write_text('{"credsStore": "is-not-there", "credHelpers": {"a.example": "neither"}}')
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    (tmp_path / "Dockerfile").write_text('FROM scratch\nENTRYPOINT ["/x"]\n')
    assert building.resolve(ImageSource(SourceKind.BUILD, str(tmp_path))).command == ("/x",)
