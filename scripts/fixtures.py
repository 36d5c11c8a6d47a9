"""Build the fixture engrams once: binaries with the Go toolchain, and images of them where there is a Docker daemon.

    python3 scripts/fixtures.py              binaries and images
    python3 scripts/fixtures.py binaries     binaries alone

Binaries go to .cache/fixtures/bin/<name>, images are called engram-validate-fixture/<name>:test; two checkouts that
share a daemon tell theirs apart by ENGRAM_VALIDATE_FIXTURE_TAG, which stands for `test`. Whatever is up to date is left
alone. One layer holds all batch engrams (hard links to one file), and each image names its own entrypoint. The engrams
that pages of rules show (tests/page_engrams.py) are one binary under many names, and one image, `pages`.
"""

from __future__ import annotations

import fcntl
import hashlib
import io
import json
import os
import subprocess
import sys
import tarfile
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType

from usage import answer_help, refuse

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests import page_engrams  # noqa: E402

MODULE = ROOT / "tests" / "fixtures" / "engrams"
CACHE = ROOT / ".cache" / "fixtures"
BINARIES = CACHE / "bin"
TAG = os.environ.get("ENGRAM_VALIDATE_FIXTURE_TAG") or "test"
IMAGE = f"engram-validate-fixture/{{}}:{TAG}"
LABEL = "engram-validate-fixture"
USER = "65532:65532"
BUILD = ("go", "build", "-trimpath", "-ldflags", "-s -w")


def main() -> int:
    what = sys.argv[1:] or ["binaries", "images"]
    if unknown := set(what) - {"binaries", "images"}:
        return refuse(__doc__, f"unknown argument {' '.join(sorted(unknown))}; expected binaries or images")
    with alone():
        names = binaries()
        if "images" in what:
            images(names)
    return 0


@contextmanager
def alone() -> Iterator[None]:
    """Hold the cache for ourselves: two test runs in one checkout must not build over each other."""
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def binaries() -> list[str]:
    """Build every command of the module; return the names of the engrams, which are files in BINARIES."""
    started = time.monotonic()
    programs = CACHE / "programs"
    for folder in (programs, BINARIES):
        folder.mkdir(parents=True, exist_ok=True)
    overlay = page_engrams.write(CACHE / "pages")
    names = []
    for command in sorted(path.name for path in (MODULE / "cmd").iterdir()):
        target = programs / command
        foreign = command == "foreign"
        environment = os.environ | {"CGO_ENABLED": "0", "GOARCH": "arm64" if foreign else "amd64", "GOOS": "linux"}
        subprocess.run(
            [*BUILD, "-overlay", overlay, "-o", target, f"./cmd/{command}"], cwd=MODULE, env=environment, check=True
        )
        if foreign:
            link(target, "wrongarch")
            continue
        listed = subprocess.run([target, "--list"], capture_output=True, text=True, check=False)
        for name in listed.stdout.split() if listed.returncode == 0 else [command]:
            link(target, name)
            names.append(name)
    print(f"{len(names) + 1} fixture binaries in {time.monotonic() - started:.1f} s", file=sys.stderr)
    return names


def link(program: Path, name: str) -> None:
    """Give the program this name, unless it has it already."""
    file = BINARIES / name
    if file.exists() and file.samefile(program):
        return
    file.unlink(missing_ok=True)
    file.hardlink_to(program)


def images(names: list[str]) -> None:
    """Make the images that are missing or were made from other binaries."""
    started = time.monotonic()
    count = 0
    programs = {name: (BINARIES / name).stat().st_ino for name in names if not name.startswith("page-")}
    by_program: dict[int, list[str]] = {}
    for name, inode in programs.items():
        by_program.setdefault(inode, []).append(name)
    for group in by_program.values():
        state = digest(BINARIES / group[0])
        if all(label(name) == state for name in group):
            continue
        base = f"engram-validate-fixture-layer/{group[0]}:{TAG}"
        build(base, "FROM scratch\nCOPY . /\n", group)
        for name in group:
            last = f"USER {USER}\nLABEL {LABEL}={state}\n"
            build(IMAGE.format(name), f'FROM {base}\nENTRYPOINT ["/{name}"]\n{last}')
            count += 1
    state = digest(BINARIES / "wrongarch")
    specials = {
        "wrongarch": ("amd64", ["/wrongarch"]),
        "foreignplatform": ("arm64", ["/wrongarch"]),
        "noentrypoint": ("amd64", None),
        "badentrypoint": ("amd64", ["/not/there"]),
    }
    for name, (architecture, entrypoint) in specials.items():
        if label(name) != state:
            config = {"Entrypoint": entrypoint, "User": USER, "Labels": {LABEL: state}}
            load(IMAGE.format(name), architecture, config)
            count += 1
    print(f"{count} fixture images in {time.monotonic() - started:.1f} s", file=sys.stderr)


def digest(file: Path) -> str:
    """What the binary is made of, and how this script wraps it."""
    seen = hashlib.sha256(Path(__file__).read_bytes())
    seen.update(file.read_bytes())
    return seen.hexdigest()[:16]


def label(name: str) -> str:
    """From which state this image was made; empty when there is none."""
    shown = subprocess.run(
        ["docker", "image", "inspect", "-f", f'{{{{index .Config.Labels "{LABEL}"}}}}', IMAGE.format(name)],
        capture_output=True,
        text=True,
        check=False,
    )
    return shown.stdout.strip() if shown.returncode == 0 else ""


def build(tag: str, text: str, files: Iterable[str] = ()) -> None:
    """Build an image from a context in memory: names that are one file stay one file (hard links)."""
    contents = {"Dockerfile": text.encode(), ".dockerignore": b"Dockerfile\n.dockerignore\n"}
    docker(["build", "--quiet", "-t", tag, "-"], archive(files, contents))


def load(tag: str, architecture: str, config: Mapping[str, object]) -> None:
    """Write an image by hand, as `docker save` does: no builder makes one that lies about its platform."""
    layer = archive(["wrongarch"])
    image = {
        "architecture": architecture,
        "os": "linux",
        "config": config,
        "rootfs": {"type": "layers", "diff_ids": [f"sha256:{hashlib.sha256(layer).hexdigest()}"]},
    }
    manifest = [{"Config": "config.json", "RepoTags": [tag], "Layers": ["layer.tar"]}]
    texts = {"config.json": json.dumps(image), "manifest.json": json.dumps(manifest)}
    docker(
        ["load", "--quiet"], archive([], {"layer.tar": layer} | {name: text.encode() for name, text in texts.items()})
    )


def archive(files: Iterable[str], contents: Mapping[str, bytes] = MappingProxyType({})) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        for name, content in contents.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content))
        for name in files:
            tar.add(BINARIES / name, name)
    return packed.getvalue()


def docker(arguments: list[str], stdin: bytes) -> None:
    environment = os.environ | {"DOCKER_BUILDKIT": "0"}
    result = subprocess.run(["docker", *arguments], input=stdin, capture_output=True, env=environment, check=False)
    if result.returncode:
        raise SystemExit(f"docker {' '.join(arguments)} failed:\n{result.stderr.decode(errors='replace')}")


if __name__ == "__main__":
    answer_help(__doc__)
    sys.exit(main())
