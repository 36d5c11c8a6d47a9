"""Bubblewrap around local processes: no network but the harness's loopback, a read-only root, nothing else running.

The harness gets a network namespace of its own; every engram joins it and gets namespaces of its own for the rest.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

UID = 65532
"""What an engram runs as, in an image and here."""
SYSTEM = ("/usr", "/opt", "/nix/store")
"""Folders that programs may need, read-only. Homes, /run (with the Docker socket), /etc and /var stay out of sight."""
BUSY = ("/var", "/run")
"""Folders in which a Docker daemon keeps mounts of its containers."""
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
class Confinement:
    """How to start confined programs here: the two tools by their full paths."""

    bwrap: str
    nsenter: str
    stricter: tuple[str, ...] = ()
    """What only newer bubblewraps know: an engram cannot make namespaces either."""

    def harness(self, command: Iterable[str]) -> list[str]:
        """The harness with a loopback of its own. It is our own code, so it sees nearly all of the machine."""
        own = ["--unshare-user", "--unshare-net"]
        # Port 53 of that loopback, to answer for names.
        may = ["--cap-add", "CAP_NET_BIND_SERVICE"]
        return [self.bwrap, *own, *may, *_machine(), "--chdir", "/", "--", *command]

    def engram(
        self,
        command: Iterable[str],
        *,
        harness: int,
        program: Iterable[str],
        readable: Iterable[str],
        writable: Iterable[str],
        tmpfs: int,
        status_fd: int,
    ) -> list[str]:
        """An engram in the network namespace of the process `harness`; `status_fd` gets bubblewrap's JSON lines.

        The folders of its `program` are shown without credentials.
        """
        enter = [self.nsenter, "--target", str(harness), "--user", "--net", "--preserve-credentials", "--"]
        wrap = [self.bwrap, "--unshare-user", *self.stricter, "--uid", str(UID), "--gid", str(UID)]
        wrap += ["--unshare-pid", "--as-pid-1", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try"]
        wrap += ["--json-status-fd", str(status_fd)]
        for path in SYSTEM + ETC:
            wrap += ["--ro-bind-try", path, path]
        for path in LINKED:
            link = Path(path)
            wrap += ["--symlink", str(link.readlink()), path] if link.is_symlink() else ["--ro-bind-try", path, path]
        # Where root runs this, the kernel's settings below /proc would be its to change, in whatever namespace.
        wrap += ["--proc", "/proc", "--remount-ro", "/proc", "--dev", "/dev"]
        for path in MEMORY:
            wrap += ["--size", str(tmpfs), "--tmpfs", path]
        wrap += ["--remount-ro", "/dev"]
        sealed = ["/"]
        for path in program:
            wrap += ["--ro-bind-try", path, path]
            for hidden in _credentials_in(Path(path)):
                if hidden.is_dir():
                    wrap += ["--tmpfs", str(hidden)]
                    sealed.append(str(hidden))
                else:
                    wrap += ["--ro-bind", os.devnull, str(hidden)]
        for path in readable:
            wrap += ["--ro-bind-try", path, path]
        for path in writable:
            wrap += ["--bind", path, path]
        for path in sealed:
            wrap += ["--remount-ro", path]
        return [*enter, *wrap, "--cap-drop", "ALL", "--chdir", "/", "--", *command]


def _credentials_in(folder: Path) -> Iterator[Path]:
    """What of a folder may hold credentials, and checkouts in it."""
    for path in (*(folder / name for name in CREDENTIALS), *folder.glob("*/.git")):
        if not path.is_symlink() and (path.is_dir() or path.is_file()):
            yield path


def _machine() -> list[str]:
    """The machine's folders, without those where a Docker daemon mounts and unmounts.

    Bubblewrap goes through every mount below what it binds, and fails when one of them goes away meanwhile.
    """
    shown: list[str] = []
    for entry in sorted(Path("/").iterdir()):
        if entry.is_symlink():
            shown += ["--symlink", str(entry.readlink()), str(entry)]
        elif str(entry) not in BUSY:
            shown += ["--dev-bind", str(entry), str(entry)]
    for path in (tempfile.gettempdir(), sys.prefix, sys.base_prefix, str(Path(__file__).parents[3])):
        if path.startswith(tuple(f"{folder}/" for folder in BUSY)):
            shown += ["--dev-bind", path, path]
    return shown


def find() -> tuple[Confinement | None, str]:
    """How to confine here, or why not. Tries it for real: tools may be there and the kernel may refuse."""
    if not sys.platform.startswith("linux"):
        return None, "bubblewrap needs Linux"
    bwrap, nsenter = shutil.which("bwrap"), shutil.which("nsenter")
    if bwrap is None or nsenter is None:
        return None, f"{'bwrap' if bwrap is None else 'nsenter'} is not installed"
    refusal = ""
    for stricter in (("--disable-userns",), ()):
        confinement = Confinement(bwrap, nsenter, stricter)
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
    holder = subprocess.Popen(
        confinement.harness(["/bin/sh", "-c", "echo $$; exec cat"]),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with holder:
        assert holder.stdout is not None
        assert holder.stderr is not None
        number = holder.stdout.readline().strip()
        if not number:
            return _last_line(holder.stderr.read())
        with Path(os.devnull).open("w", encoding="utf-8") as null:
            joined = confinement.engram(
                [true],
                harness=int(number),
                program=(),
                readable=(),
                writable=(),
                tmpfs=1 << 20,
                status_fd=null.fileno(),
            )
            tried = subprocess.run(
                joined, capture_output=True, text=True, timeout=10, check=False, pass_fds=(null.fileno(),)
            )
    return _last_line(tried.stderr) if tried.returncode else ""


def _last_line(text: str) -> str:
    return next(reversed(text.strip().splitlines()), "it gave no reason")


def folders_of(command: Iterable[str]) -> list[str]:
    """Folders that a local program plainly needs: its own, those of files among its arguments, this interpreter's."""
    folders: dict[str, None] = {}
    for word in command:
        path = Path(word)
        if path.is_absolute() and path.exists():
            for form in (path, path.resolve()):
                folders[str(form if form.is_dir() else form.parent)] = None
    for prefix in (sys.prefix, sys.base_prefix):
        folders[prefix] = None
    return [folder for folder in folders if folder != "/" and not folder.startswith(("/usr/", "/opt/"))]
