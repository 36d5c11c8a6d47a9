"""Holes 8, 16 and 21: a Dockerfile fetches nothing, sees no credentials of the checkout, and ends in its time."""

from __future__ import annotations

import http.server
import os
import subprocess
import threading
import time

import pytest

from validator.rules import sandbox as rules
from validator.sandbox import builds
from validator.sandbox.model import ImageSource, SandboxError, SourceKind
from validator.sandbox.sandbox import open_sandbox

pytestmark = pytest.mark.docker


@pytest.fixture(scope="module")
def sandbox(docker_daemon):
    with pytest.MonkeyPatch.context() as patch, open_sandbox("docker") as sandbox:
        patch.setattr(builds, "BUILT", f"{builds.BUILT}-hostile-{os.getpid()}")
        yield sandbox
        listed = ["docker", "images", "--format", "{{.Repository}}:{{.Tag}}", builds.BUILT]
        if built := subprocess.run(listed, capture_output=True, text=True, check=True).stdout.split():
            subprocess.run(["docker", "rmi", *built], capture_output=True, check=True)


@pytest.fixture
def server():
    """A server on the loopback of this machine, which no build should reach; with what was asked of it."""
    asked: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_):
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Handler) as listening:
        threading.Thread(target=listening.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{listening.server_port}", asked
        listening.shutdown()


def failure(sandbox, folder, text, **facts):
    (folder / "Dockerfile").write_text(text)
    with pytest.raises(SandboxError) as raised:
        sandbox.resolve(ImageSource(SourceKind.BUILD, str(folder), **facts))
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
def test_nothing_is_fetched(sandbox, tmp_path, server, text):
    url, asked = server
    failure(sandbox, tmp_path, "FROM scratch AS first\n" + text.format(url=url))
    assert asked == []


def test_nothing_is_fetched_for_the_image_below(sandbox, tmp_path, server):
    url, asked = server
    name = f"{builds.BUILT}:trigger"
    built = f"FROM scratch\nLABEL a=b\nONBUILD ADD {url}/x /x\n"
    subprocess.run(["docker", "build", "-q", "-t", name, "-"], input=built, text=True, check=True, capture_output=True,
                   env={**os.environ, "DOCKER_BUILDKIT": "0"})  # fmt: skip
    error = failure(sandbox, tmp_path, f"FROM {name}\nLABEL c=d\n")
    assert "ONBUILD ADD" in error.message
    assert asked == []


def test_what_is_fetched_with_a_network_is(sandbox, tmp_path, server):
    url, asked = server
    (tmp_path / "Dockerfile").write_text(f'FROM scratch\nADD {url}/x /x\nENTRYPOINT ["/x"]\n')
    sandbox.resolve(ImageSource(SourceKind.BUILD, str(tmp_path), network=True))
    assert asked


def test_the_checkouts_own_folder_stays_out(sandbox, python_slim, tmp_path):
    for place in (".git", "sub/.git"):
        (tmp_path / place).mkdir(parents=True)
        (tmp_path / place / "config").write_text("token")
    (tmp_path / ".dockerignore").write_text("!.git\n!sub/.git\n")
    (tmp_path / ".gitignore").write_text("")
    (tmp_path / "Dockerfile").write_text(
        f"FROM {python_slim}\nCOPY . /c\nRUN test ! -e /c/.git && test ! -e /c/sub/.git && test -e /c/.gitignore\n"
        'ENTRYPOINT ["/x"]\n'
    )
    sandbox.resolve(ImageSource(SourceKind.BUILD, str(tmp_path)))


@pytest.mark.parametrize("name", ["Dockerfile", ".dockerignore"])
@pytest.mark.parametrize("target", ["../marker", ".git/config", "/proc/self/mountinfo", "inner"])
def test_files_of_a_context_are_not_read_through_links_that_lead_out(sandbox, tmp_path, name, target):
    context = tmp_path / "context"
    (context / ".git").mkdir(parents=True)
    for place in (tmp_path / "marker", context / ".git" / "config", context / "inner"):
        place.write_text('FROM scratch\nENTRYPOINT ["/x"]\nMARKER\n' if place.name != "inner" else "FROM scratch\n")
    (context / "Dockerfile").write_text('FROM scratch\nENTRYPOINT ["/x"]\n')
    (context / name).unlink(missing_ok=True)
    (context / name).symlink_to(target)
    try:
        sandbox.resolve(ImageSource(SourceKind.BUILD, str(context)))
    except SandboxError as error:
        told = error.message
    else:
        told = ""
    assert ("is a link that leads out" in told) is (target != "inner"), told
    assert "MARKER" not in told


@pytest.mark.parametrize("step", ["sleep 1000", "python3 -c 'while True: print(1)'"], ids=["silent", "noisy"])
def test_a_build_ends_in_its_time(sandbox, python_slim, tmp_path, step):
    started = time.monotonic()
    error = failure(sandbox, tmp_path, f"FROM {python_slim}\nRUN {step}\n", seconds=4.0)
    assert time.monotonic() - started < 60
    assert "after 4 seconds" in error.message
    assert "RUN" in error.message


def test_a_step_has_limits(sandbox, python_slim, tmp_path, monkeypatch):
    monkeypatch.setattr(builds, "MEMORY", 64 << 20)
    (tmp_path / "Dockerfile").write_text(f'FROM {python_slim}\nRUN python3 -c "print(len(bytearray(1 << 30)))"\n')
    error = failure(sandbox, tmp_path, (tmp_path / "Dockerfile").read_text())
    assert "137" in error.message


def test_helpers_that_fail_cost_a_build_nothing(sandbox, tmp_path, monkeypatch):
    (tmp_path / "config.json").write_text('{"credsStore": "is-not-there", "credHelpers": {"a.example": "neither"}}')
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    (tmp_path / "Dockerfile").write_text('FROM scratch\nENTRYPOINT ["/x"]\n')
    assert sandbox.resolve(ImageSource(SourceKind.BUILD, str(tmp_path))).command == ("/x",)
