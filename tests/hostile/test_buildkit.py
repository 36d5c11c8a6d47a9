"""Builds by BuildKit: what a Dockerfile can only ask of it is held to the promises of every build.

The first half stands a program in for docker's plugin, and needs neither; the second needs the plugin and a daemon.
"""

from __future__ import annotations

import os
import select
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.hostile.test_builds import FETCHES, failure
from validator.sandbox import buildkit
from validator.sandbox.daemon import Daemon
from validator.sandbox.model import ImageSource, SourceKind

DAEMON = Daemon(None, "", "", "linux/amd64", 1, {"DOCKER_HOST": "unix:///nowhere"})


def events(tmp_path, monkeypatch, program, **facts):
    """What a program says when it stands in for the plugin, with an archive of a few bytes."""
    stand_in = tmp_path / "docker-buildx"
    stand_in.write_text(f"#!{sys.executable}\nimport os, signal, sys\n{program}\n")
    stand_in.chmod(stand_in.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setattr(buildkit, "plugin", lambda: str(stand_in))
    source = ImageSource(SourceKind.BUILD, str(tmp_path), **facts)
    with (tmp_path / "context").open("w+b") as archive:
        archive.write(b"the context")
        archive.flush()
        return list(buildkit.events(DAEMON, source, archive, "Dockerfile", "tag"))


def say(text: str) -> str:
    return f"print({text!r}, file=sys.stderr, flush=True)"


BEGIN = say("#1 [1/1] RUN make")


def test_the_plugin_sees_no_variable_of_ours(tmp_path, monkeypatch):
    monkeypatch.setenv("TOKEN", "marker")
    monkeypatch.setenv("SSH_AUTH_SOCK", "/marker")
    program = f'{BEGIN}\nfor name in sorted(os.environ): print("#1", name, file=sys.stderr)'
    _, *told = events(tmp_path, monkeypatch, program)
    assert {each["stream"] for each in told} - {"LC_CTYPE"} == {
        *("BUILDX_CONFIG", "DOCKER_CONFIG", "DOCKER_HOST", "HOME", "PATH"),
    }


def test_the_plugin_gets_the_context_and_what_was_asked_for(tmp_path, monkeypatch):
    program = f'{BEGIN}\nfor word in [sys.stdin.read(), *sys.argv[1:]]: print("#1 0.1", word, file=sys.stderr)'
    facts = {"target": "last", "platform": "linux/arm64", "build_args": {"A": "b", "BUILDKIT_CACHE_MOUNT_NS": "x"}}
    _, context, *words = [each["stream"] for each in events(tmp_path, monkeypatch, program, **facts)]
    assert context == "the context"
    assert {"--network=none", "--target=last", "--platform=linux/arm64", "--build-arg=A=b"} <= set(words)
    assert [word for word in words if "CACHE_MOUNT" in word] == ["--build-arg=BUILDKIT_CACHE_MOUNT_NS=tag"]
    words = [each["stream"] for each in events(tmp_path, monkeypatch, program, network=True)]
    assert "--network=default" in words
    assert not [word for word in words if word.startswith(("--allow", "--secret", "--ssh"))]


def test_the_step_that_fails_is_told_with_its_words(tmp_path, monkeypatch):
    said = [
        "#1 [internal] load build definition from Dockerfile",
        "#4 [stage-1 1/3] FROM base",
        "#4 CACHED",
        "#5 [stage-1 2/3] RUN --mount=type=cache,target=/c make",
        "#6 [other 1/2] RUN sleep 1",
        "#5 0.321 the reason",
        "#5 ERROR: exit code: 3",
        "------",
        "ERROR: failed to solve: exit code: 3",
    ]
    *told, last = events(tmp_path, monkeypatch, "\n".join(map(say, said)) + "\nsys.exit(1)")
    assert last == {"error": "failed to solve: exit code: 3"}
    assert told[-2:] == [
        {"stream": "the reason", "step": "RUN --mount=type=cache,target=/c make"},
        {"stream": "ERROR: exit code: 3", "step": "RUN --mount=type=cache,target=/c make"},
    ]


def test_a_line_without_end_is_read_in_pieces(tmp_path, monkeypatch):
    told = events(tmp_path, monkeypatch, BEGIN + '\nsys.stderr.write("#1 " + "x" * (1 << 20))')
    assert len(told) == 2
    assert 0 < max(len(each["stream"]) for each in told) <= buildkit.LONGEST


@pytest.mark.parametrize(
    "program",
    ["signal.pause()", "signal.signal(signal.SIGTERM, signal.SIG_IGN)\nwhile True: signal.pause()"],
    ids=["obedient", "deaf"],
)
def test_a_plugin_that_does_not_end_is_ended(tmp_path, monkeypatch, program):
    monkeypatch.setattr(buildkit, "GRACE", 0.5)
    started = time.monotonic()
    noted = f'open({str(tmp_path / "pid")!r}, "w").write(str(os.getpid()))\n'
    with pytest.raises(TimeoutError):
        events(tmp_path, monkeypatch, noted + program, seconds=1.0)
    assert time.monotonic() - started < 60
    assert not Path("/proc", (tmp_path / "pid").read_text()).exists()


MOUNT = "--mount=type=cache,target=/cache"
"""What only BuildKit understands."""


@pytest.fixture
def plugin(docker_daemon):
    """The plugin, which this machine may be without."""
    if not (found := buildkit.plugin()):
        pytest.skip("docker's plugin buildx is not installed here")
    return found


def source(folder, text, **facts):
    (folder / "Dockerfile").write_text(text)
    return ImageSource(SourceKind.BUILD, str(folder), buildkit=True, **facts)


@pytest.mark.docker
def test_without_a_word_of_the_caller_it_is_told(building, tmp_path):
    error = failure(building, tmp_path, f"FROM scratch\nRUN {MOUNT} make\n")
    assert "line 2" in error.message
    assert "no limit of memory and CPUs" in error.message
    assert "--buildkit" in error.message


@pytest.mark.docker
def test_without_the_plugin_it_is_told(building, tmp_path, monkeypatch):
    monkeypatch.setattr(buildkit, "PLACES", ())
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))
    error = failure(building, tmp_path, f"FROM scratch\nRUN {MOUNT} make\n", buildkit=True)
    assert "docker's plugin buildx is not installed here" in error.message


@pytest.mark.docker
def test_what_needs_buildkit_is_built_with_it(building, plugin, python_slim, tmp_path):
    (tmp_path / "engram").write_text("")
    lines = [f"FROM {python_slim} AS first", f"RUN {MOUNT} touch /cache/x && echo made > /made", "FROM scratch",
             "COPY --from=first /made /made", "COPY --chmod=755 engram /engram", 'ENTRYPOINT ["/engram"]']  # fmt: skip
    told: list[str] = []
    built = building.resolve(source(tmp_path, "\n".join(lines)), told.append)
    assert built.command == ("/engram",)
    assert any("touch /cache/x" in line for line in told)


@pytest.mark.docker
def test_a_step_that_fails_is_told_with_its_last_lines(building, plugin, python_slim, tmp_path):
    text = f"FROM {python_slim}\nRUN {MOUNT} echo the reason; exit 3\n"
    error = failure(building, tmp_path, text, buildkit=True)
    assert "echo the reason; exit 3" in error.message
    assert "the reason" in error.facts["output"]
    assert "--build-network gives it" in error.message


@pytest.mark.docker
@pytest.mark.parametrize("network", [False, True])
def test_a_step_has_a_network_only_if_asked(building, plugin, python_slim, tmp_path, network):
    look = "import os; raise SystemExit(len(os.listdir('/sys/class/net')) == 1)"
    text = f'FROM {python_slim}\nRUN {MOUNT} echo {network}; python3 -c "{look}"\nENTRYPOINT ["/x"]\n'
    if network:
        assert building.resolve(source(tmp_path, text, network=True)).command[0] == "/x"
    else:
        failure(building, tmp_path, text, buildkit=True)


@pytest.mark.docker
@pytest.mark.parametrize(
    "flags",
    [
        *("--network=host", "--security=insecure", "--mount=type=secret,id=x,required=true"),
        *("--mount=type=ssh,required=true", "--network=default"),
    ],
)
def test_a_step_gets_nothing_by_asking(building, plugin, python_slim, tmp_path, monkeypatch, flags):
    monkeypatch.setenv("x", "marker")
    alone = "import os; raise SystemExit(len(os.listdir('/sys/class/net')) == 1)"
    failure(building, tmp_path, f'FROM {python_slim}\nRUN {flags} python3 -c "{alone}"\n', buildkit=True)


@pytest.mark.docker
@pytest.mark.parametrize(
    "text", [*FETCHES, "RUN <<A\nFROM scratch\nA\nADD {url}/x /x", "RUN <<'#'\n\\\n#\nADD {url}/x /x"]
)
def test_nothing_is_fetched(building, plugin, python_slim, tmp_path, server, text):
    url, asked = server
    text = f"FROM {python_slim} AS first\nRUN {MOUNT} true\n" + text.format(url=url)
    failure(building, tmp_path, text, buildkit=True)
    assert asked == []


@pytest.mark.docker
def test_the_checkouts_own_folder_and_what_is_ignored_stay_out(building, plugin, python_slim, tmp_path):
    for place in (".git", "sub/.git"):
        (tmp_path / place).mkdir(parents=True)
        (tmp_path / place / "config").write_text("token")
    for name in ("ignored", "ignored-otherwise"):
        (tmp_path / name).write_text("")
    (tmp_path / ".dockerignore").write_text("ignored-otherwise\n")
    (tmp_path / "Dockerfile.dockerignore").write_text("ignored\n!.git\n")
    seen = "test ! -e /c/.git && test ! -e /c/sub/.git && test ! -e /c/ignored && test -e /c/ignored-otherwise"
    text = f'FROM {python_slim}\nCOPY . /c\nRUN {MOUNT} {seen}\nENTRYPOINT ["/x"]\n'
    building.resolve(source(tmp_path, text))


@pytest.mark.docker
def test_caches_of_other_builds_are_not_seen(building, plugin, python_slim, tmp_path):
    cache = f"--mount=type=cache,id=shared-{os.getpid()},target=/cache"
    write = f'FROM {python_slim}\nRUN {cache} echo poison > /cache/x\nENTRYPOINT ["/x"]\n'
    building.resolve(source(tmp_path, write))
    read = f"FROM {python_slim}\nRUN {cache} test ! -e /cache/x\n"
    subprocess.run([plugin, "build", "--progress=plain", "-"], input=read, text=True, capture_output=True, check=True)


def outliving(mark: str) -> list[int]:
    """Processes whose arguments hold a mark, apart from our own."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            words = (folder / "cmdline").read_bytes()
        except OSError:
            continue
        if mark.encode() in words and b"sleep" in words and int(folder.name) != os.getpid():
            found.append(int(folder.name))
    return found


def ends(pid: int, within: float = 60.0) -> bool:
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([handle], [], [], within)[0])
    finally:
        os.close(handle)


@pytest.mark.docker
@pytest.mark.parametrize("noise", ["", "yes & "], ids=["silent", "noisy"])
def test_a_build_ends_in_its_time_and_so_do_its_steps(building, plugin, python_slim, tmp_path, noise):
    mark = f"1{time.time_ns()}"
    started = time.monotonic()
    text = f"FROM {python_slim}\nRUN {MOUNT} {noise}exec sleep {mark}\n"
    error = failure(building, tmp_path, text, buildkit=True, seconds=20.0)
    assert time.monotonic() - started < 150
    assert "after 20 seconds" in error.message
    assert "FROM" not in error.message, "what is done is not what took so long"
    assert all(map(ends, outliving(mark)))


BUILDING = """
import sys
from validator.sandbox.model import ImageSource, SourceKind
from validator.sandbox.sandbox import open_sandbox
with open_sandbox("docker") as sandbox:
    sandbox.resolve(ImageSource(SourceKind.BUILD, sys.argv[1], buildkit=True), lambda line: print(line, flush=True))
"""


@pytest.mark.docker
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_a_build_ends_with_the_validator(plugin, python_slim, tmp_path, number):
    mark = f"1{time.time_ns()}"
    (tmp_path / "Dockerfile").write_text(f"FROM {python_slim}\nRUN {MOUNT} echo begun; exec sleep {mark}\n")
    holder = subprocess.Popen(
        [sys.executable, "-c", BUILDING, str(tmp_path)],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
    )
    with holder:
        assert holder.stdout is not None
        assert any(line.strip().endswith("begun") for line in holder.stdout)
        steps = outliving(mark)
        holder.send_signal(number)
        holder.wait(60)
    assert steps
    assert all(map(ends, steps))
