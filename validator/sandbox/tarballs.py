"""A tar with the running Python and what the harness imports, for an image FROM scratch: no network, no base image."""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
import sysconfig
import tarfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO

HOME = "harness/python"
SITE = "harness/site"
LIB = "harness/lib"
SKIPPED = frozenset({
    "test", "tests", "idlelib", "tkinter", "turtledemo", "ensurepip", "lib2to3", "pydoc_data", "site-packages",
    "dist-packages", "venv", "msilib", "sqlite3", "curses", "dbm", "unittest", "distutils", "xmlrpc", "wsgiref",
})  # fmt: skip
"""Parts of the standard library that no harness needs."""
DEPENDENCIES = ("grpc", "google.protobuf", "google._upb", "typing_extensions", "re2")
"""What streaming and patterns of stub services need; left out where it is not installed."""
NATIVE = re.compile(r"\.so(\.[0-9.]+)?$")


def runtime(out: IO[bytes]) -> None:
    """Write the interpreter, its standard library, the dependencies and their shared libraries.

    Raises OSError or subprocess.SubprocessError when this machine's Python cannot be taken apart.
    """
    native: list[Path] = []
    with tarfile.open(fileobj=out, mode="w|") as tar:
        interpreter = Path(sys.executable).resolve()
        _add(tar, interpreter, f"{HOME}/bin/python3")
        native.append(interpreter)
        version = f"python{sys.version_info.major}.{sys.version_info.minor}"
        for source, target in _trees(version):
            for file in _files(source):
                # A module that is one file has its own name at the place of its folder.
                below = file.relative_to(source).as_posix() if source.is_dir() else ""
                _add(tar, file, f"{target}/{below}" if below else f"{Path(target).parent.as_posix()}/{file.name}")
                if NATIVE.search(file.name):
                    native.append(file)
        for name, file in libraries(native).items():
            _add(tar, file, name.lstrip("/") if name.startswith("/") else f"{LIB}/{name}")
        for folder in ("tmp", "pod", "proc", "sys", "dev", "etc"):
            _folder(tar, folder)


def environment() -> dict[str, str]:
    """The variables that make the packed interpreter find its parts."""
    return {"PYTHONHOME": f"/{HOME}", "PYTHONPATH": f"/{SITE}", "LD_LIBRARY_PATH": f"/{LIB}"}


def command() -> list[str]:
    """What runs the packed harness."""
    return [f"/{HOME}/bin/python3", "-m", "validator.sandbox.harness"]


def libraries(files: Iterable[Path]) -> dict[str, Path]:
    """The shared libraries of programs: by file name, the loader by its full path."""
    found: dict[str, Path] = {}
    answer = subprocess.run(
        ["ldd", *map(str, files)], capture_output=True, text=True, check=False, env={"PATH": os.defpath, "LC_ALL": "C"}
    )
    for line in answer.stdout.splitlines():
        if named := re.match(r"\s+(\S+) => (/\S+) \(0x", line):
            found[Path(named[1]).name] = Path(named[2])
        elif loader := re.match(r"\s+(/\S+) \(0x", line):
            found[loader[1]] = Path(loader[1])
    return found


def sources() -> dict[str, bytes]:
    """The harness itself, path in the image -> content."""
    package = Path(__file__).resolve().parents[1]
    files = [package / "__init__.py", package / "sandbox" / "__init__.py"]
    harness = package / "sandbox" / "harness"
    files += sorted([*harness.rglob("*.py"), *harness.rglob("*.json")])
    return {f"{SITE}/validator/{file.relative_to(package).as_posix()}": file.read_bytes() for file in files}


def _trees(version: str) -> Iterator[tuple[Path, str]]:
    stdlib = Path(sysconfig.get_path("stdlib")).resolve()
    yield stdlib, f"{HOME}/lib/{version}"
    dynamic = Path(sysconfig.get_path("platstdlib")).resolve() / "lib-dynload"
    if dynamic.is_dir() and stdlib not in dynamic.parents:
        yield dynamic, f"{HOME}/lib/{version}/lib-dynload"
    for name in DEPENDENCIES:
        spec = importlib.util.find_spec(name.partition(".")[0]) and importlib.util.find_spec(name)
        for place in (spec.submodule_search_locations or [spec.origin or ""]) if spec else ():
            if place:
                yield Path(place).resolve(), f"{SITE}/{name.replace('.', '/')}"


def _files(source: Path) -> Iterator[Path]:
    if source.is_file():
        yield source
        return
    tag = sys.implementation.cache_tag
    for folder, below, names in os.walk(source):
        below[:] = sorted(name for name in below if name not in SKIPPED and not name.startswith("config-"))
        for name in sorted(names):
            stale = name.endswith(".pyc") and f".{tag}.pyc" not in name
            if not stale and not name.endswith((".a", ".pyi", ".h", ".pxd", ".pyx")):
                yield Path(folder, name)


def _add(tar: tarfile.TarFile, file: Path, name: str) -> None:
    """One regular file, links followed, readable for everyone. Its time stays: compiled modules are checked by it."""
    status = file.stat()
    entry = tarfile.TarInfo(name)
    entry.size = status.st_size
    entry.mtime = int(status.st_mtime)
    entry.mode = 0o755 if status.st_mode & 0o100 else 0o644
    with file.open("rb") as opened:
        tar.addfile(entry, opened)


def _folder(tar: tarfile.TarFile, name: str) -> None:
    entry = tarfile.TarInfo(name)
    entry.type = tarfile.DIRTYPE
    entry.mode = 0o1777 if name == "tmp" else 0o755
    tar.addfile(entry)
