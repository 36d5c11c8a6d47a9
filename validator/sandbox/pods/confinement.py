"""Bubblewrap around local processes: no network but the harness's loopback, a read-only root, nothing else running.

The harness gets a network namespace of its own; every engram joins it and gets namespaces of its own for the rest. Both
see an explicit list of folders, and nsenter and bubblewrap themselves never run with an engram's environment.
"""

from __future__ import annotations

import contextlib
import functools
import itertools
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from validator.sandbox import elf
from validator.sandbox.pods import seccomp

ENV: Mapping[str, str] = {"PATH": os.defpath}
"""What sh, nsenter and bubblewrap run with: nothing that an engram, or a file under test, has a say in."""
UID = 65532
"""What an engram runs as, in an image and here."""
SYSTEM = ("/usr", "/opt", "/nix/store")
"""Folders that programs may need, read-only. Homes, /run (with the Docker socket), /etc and /var stay out of sight."""
LINKED = ("/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32")
MEMORY = ("/tmp", "/dev/shm")  # noqa: S108 - the engram's own
"""Folders in memory that an engram may write into: bounded, and gone with it."""
CREDENTIALS = (
    *(".git", ".git-credentials", ".netrc", ".ssh", ".gnupg", ".docker", ".kube", ".aws", ".azure", ".config"),
    *(".npmrc", ".pypirc"),
)
"""What is not shown of a program's folder, should it be a checkout (whose .git may hold the job's token) or a home."""
ETC = (
    "/etc/ssl",
    "/etc/pki",
    "/etc/ca-certificates",
    "/etc/ld.so.cache",
    "/etc/alternatives",
    "/etc/passwd",
    "/etc/group",
    "/etc/localtime",
    "/etc/mime.types",
)


@dataclass(frozen=True, slots=True)
class View:
    """What an engram sees of the folders of its program, for bubblewrap."""

    options: tuple[str, ...] = ()
    sealed: tuple[str, ...] = ()
    """Folders to make read-only in the end."""


@dataclass(frozen=True, slots=True)
class Confinement:
    """How to start confined programs here: the two tools by their full paths."""

    bwrap: str
    nsenter: str
    stricter: tuple[str, ...] = ()
    """What only newer bubblewraps know: an engram cannot make namespaces either."""
    filter: bytes = b""
    """The system calls that an engram and its harness may make (`seccomp.program`); empty for all."""

    @contextlib.contextmanager
    def held_filter(self) -> Iterator[int]:
        """A file descriptor of the filter, for one command and while the block runs; -1 without one."""
        if not self.filter:
            yield -1
            return
        fd = memory_file(self.filter)
        try:
            yield fd
        finally:
            os.close(fd)

    def harness(self, command: Iterable[str], writable: Iterable[str] = (), *, filter_fd: int = -1) -> list[str]:
        """The harness with a loopback of its own: it talks with strangers, so that it too sees little and owns less.

        It keeps the machine's process numbers, since it ends engrams whose driver is gone. `filter_fd` holds its
        `filter`, and is negative without one.
        """
        wrap = [self.bwrap, "--unshare-user", "--unshare-net", "--unshare-ipc", "--unshare-uts"]
        # Port 53 of that loopback, to answer for names.
        wrap += ["--cap-drop", "ALL", "--cap-add", "CAP_NET_BIND_SERVICE"]
        wrap += ["--seccomp", str(filter_fd)] if filter_fd >= 0 else []
        wrap += [*_system(), "--ro-bind", "/proc", "/proc", "--dev", "/dev"]
        for path in (*_interpreter(), *_packages(), str(Path(__file__).parents[3])):
            wrap += ["--ro-bind-try", path, path]
        for path in writable:
            wrap += ["--bind", path, path]
        return [*wrap, "--remount-ro", "/", "--chdir", "/", "--", *command]

    def engram(
        self,
        command: Iterable[str],
        *,
        harness: int,
        program: View,
        readable: Iterable[str],
        writable: Iterable[str],
        tmpfs: int,
        status_fd: int,
        settings_fd: int,
        filter_fd: int = -1,
        root: int = 0,
    ) -> list[str]:
        """An engram in the network namespace of the process `harness`; `status_fd` gets bubblewrap's JSON lines.

        `program` is what is shown of its folders. `settings_fd` holds its environment (`settings`),
        `filter_fd` its `filter`, and is negative without one. `root` is how many bytes its root takes; 0 for none.
        """
        enter = [self.nsenter, "--target", str(harness), "--user", "--net", "--preserve-credentials", "--"]
        wrap = [self.bwrap, "--unshare-user", *self.stricter, "--uid", str(UID), "--gid", str(UID)]
        wrap += ["--unshare-pid", "--as-pid-1", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try"]
        wrap += ["--json-status-fd", str(status_fd), "--unsetenv", "PATH", "--args", str(settings_fd)]
        wrap += ["--seccomp", str(filter_fd)] if filter_fd >= 0 else []
        wrap += ["--size", str(root), "--tmpfs", "/"] if root else []
        wrap += _system()
        # Where root runs this, the kernel's settings below /proc would be its to change, in whatever namespace.
        wrap += ["--proc", "/proc", "--remount-ro", "/proc", "--dev", "/dev"]
        for path in MEMORY:
            wrap += ["--size", str(tmpfs), "--tmpfs", path]
        wrap += ["--remount-ro", "/dev"]
        wrap += program.options
        for path in readable:
            wrap += ["--ro-bind-try", path, path]
        for path in writable:
            wrap += ["--bind", path, path]
        for path in (*([] if root else ["/"]), *program.sealed):
            wrap += ["--remount-ro", path]
        return [*enter, *wrap, "--cap-drop", "ALL", "--chdir", "/", "--", *command]


def view(folders: Iterable[str]) -> View:
    """Folders as they are now, without credentials: looked at once for all cases of a program, as it costs a lot."""
    options: list[str] = []
    sealed: list[str] = []
    for path in folders:
        options += ["--ro-bind-try", path, path]
        for hidden in _credentials_in(Path(path)):
            if hidden.is_dir():
                options += ["--tmpfs", str(hidden)]
                sealed.append(str(hidden))
            else:
                options += ["--ro-bind", os.devnull, str(hidden)]
    return View(tuple(options), tuple(sealed))


def _credentials_in(folder: Path) -> Iterator[Path]:
    """What of a folder may hold credentials, and checkouts in it."""
    for path in (*(folder / name for name in CREDENTIALS), *folder.glob("*/.git")):
        if not path.is_symlink() and (path.is_dir() or path.is_file()):
            yield path


def settings(env: Mapping[str, str]) -> bytes:
    """The environment of an engram, as bubblewrap reads it from a file descriptor (bwrap(1), `--args`).

    Variables such as LD_PRELOAD reach the engram alone, and no list of processes shows a secret.
    """
    return b"".join(os.fsencode(f"--setenv\0{name}\0{value}\0") for name, value in env.items())


def memory_file(data: bytes) -> int:
    """A file descriptor that holds data, to be read from its beginning. Raises OSError."""
    fd = os.memfd_create("engram-validate")
    with open(fd, "wb", closefd=False) as file:
        file.write(data)
    os.lseek(fd, 0, os.SEEK_SET)
    return fd


def passable(*fds: int) -> tuple[int, ...]:
    """Those that are open."""
    return tuple(fd for fd in fds if fd >= 0)


@functools.cache
def _system() -> tuple[str, ...]:
    """What every program may need of the machine, read-only."""
    shown: list[str] = []
    for path in SYSTEM + ETC:
        shown += ["--ro-bind-try", path, path]
    for path in LINKED:
        link = Path(path)
        shown += ["--symlink", str(link.readlink()), path] if link.is_symlink() else ["--ro-bind-try", path, path]
    return tuple(shown)


def _interpreter() -> list[str]:
    """The folders of the Python that runs this, where they are not among the system's.

    One that is a link in a folder shown later, such as the checkout, stays a link there: it has to lead somewhere.
    """
    named = (sys.prefix, sys.base_prefix)
    paths = dict.fromkeys((*named, *map(os.path.realpath, named)))
    return [path for path in paths if not path.startswith(("/usr", "/opt/"))]


def _packages() -> list[str]:
    """Where this Python finds what is installed: a virtual environment may lead to packages of another."""
    return [path for path in sys.path if Path(path).name in {"site-packages", "dist-packages"}]


def find() -> tuple[Confinement | None, str]:
    """How to confine here, or why not. Tries it for real: tools may be there and the kernel may refuse."""
    if not sys.platform.startswith("linux"):
        return None, "bubblewrap needs Linux"
    bwrap, nsenter = shutil.which("bwrap"), shutil.which("nsenter")
    if bwrap is None or nsenter is None:
        return None, f"{'bwrap' if bwrap is None else 'nsenter'} is not installed"
    refusal = ""
    filters = dict.fromkeys((seccomp.program(elf.host_architecture()), b""))
    for stricter, calls in itertools.product((("--disable-userns",), ()), filters):
        confinement = Confinement(bwrap, nsenter, stricter, calls)
        try:
            refusal = _refusal(confinement)
        except (OSError, subprocess.TimeoutExpired) as error:
            refusal = str(error)
        if not refusal:
            return confinement, ""
    return None, f"bubblewrap does not work here: {refusal}"


def _refusal(confinement: Confinement) -> str:
    """Why a program cannot join another one's namespaces; empty when it can. Some kernels allow only the first step."""
    true = shutil.which("true") or "/bin/true"
    with confinement.held_filter() as calls:
        holder = subprocess.Popen(
            confinement.harness(["/bin/sh", "-c", "echo $$; exec cat"], filter_fd=calls),
            env=ENV,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            pass_fds=passable(calls),
        )
    with holder:
        assert holder.stdout is not None
        assert holder.stderr is not None
        number = holder.stdout.readline().strip()
        if not number:
            return _last_line(holder.stderr.read())
        with (
            Path(os.devnull).open("wb") as status,
            Path(os.devnull).open("rb") as nothing,
            confinement.held_filter() as calls,
        ):
            joined = confinement.engram(
                [true],
                harness=int(number),
                program=View(),
                readable=(),
                writable=(),
                tmpfs=1 << 20,
                status_fd=status.fileno(),
                settings_fd=nothing.fileno(),
                filter_fd=calls,
            )
            passed = passable(status.fileno(), nothing.fileno(), calls)
            process = subprocess.run(
                joined, env=ENV, capture_output=True, text=True, timeout=10, check=False, pass_fds=passed
            )
    return _last_line(process.stderr) if process.returncode else ""


def _last_line(text: str) -> str:
    return next(reversed(text.strip().splitlines()), "it gave no reason")


def folders_of(command: Sequence[str], repository: str = "") -> list[str]:
    """Folders that a local program plainly needs: its own, those of its arguments in the repository, the interpreter's.

    An argument is a text of the files under test: that a file of this name exists elsewhere gives no right to read it.
    """
    folders = [str(Path(command[0]).resolve().parent)]
    root = Path(repository).resolve() if repository else None
    for path in map(Path, command[1:]):
        if root is None or not path.is_absolute() or not path.exists():
            continue
        # A link may be called by its own name: then where it stands and what it leads to must both be in there.
        for form in (path, path.resolve()):
            folder = form if form.is_dir() else form.parent
            if _is_open(folder.resolve(), root):
                folders.append(str(folder))
    shown = dict.fromkeys((*folders, *_interpreter()))
    return [folder for folder in shown if folder != "/" and not folder.startswith(("/usr/", "/opt/"))]


def _is_open(folder: Path, root: Path) -> bool:
    """Whether a folder is one of the repository's, and none that holds credentials."""
    return folder.is_relative_to(root) and not set(folder.relative_to(root).parts) & set(CREDENTIALS)
