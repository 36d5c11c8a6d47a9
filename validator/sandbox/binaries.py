"""Local executables as images of the sandbox `process`."""

from __future__ import annotations

import hashlib
import os
import shlex
import sys
from pathlib import Path

from validator.rules import sandbox as rules
from validator.sandbox import elf, gobinary
from validator.sandbox.model import Image, ImageSource, SandboxError, SourceKind


def resolve(source: ImageSource) -> Image:
    """The binary that a source names. Raises SandboxError (EV909, EV913, EV914)."""
    if source.kind is not SourceKind.PROCESS:
        raise SandboxError(rules.NEEDS_DOCKER, reference=source.value, provenance=source.provenance)
    file = Path(source.value)
    problem = _problem(file)
    if problem:
        raise SandboxError(rules.BINARY_NOT_FOUND, file=source.value, reason=problem, provenance=source.provenance)
    file = file.resolve()
    with file.open("rb") as opened:
        digest = "sha256:" + hashlib.file_digest(opened, "sha256").hexdigest()
        opened.seek(0)
        architecture = elf.architecture(opened.read(elf.HEADER))
    if source.digest and source.digest != digest:
        raise SandboxError(
            rules.DIGEST_MISMATCH,
            reference=source.value,
            found=digest,
            expected=source.digest,
            provenance=source.provenance,
        )
    return Image(
        source=source,
        kind="process",
        id=str(file),
        reference=shlex.join([source.value, *source.args]),
        digest=digest,
        platform=f"{sys.platform}/{architecture or elf.host_architecture()}",
        command=(str(file), *source.args),
        size=file.stat().st_size,
        sdk_version=gobinary.sdk_version_of_file(file),
        env={"PATH": os.environ.get("PATH", os.defpath)},
    )


def _problem(file: Path) -> str:
    if not file.exists():
        listed = ", ".join(file.name.split())
        hint = f"; arguments are written as a list, such as `[./{listed}]`" if " " in file.name else ""
        return f"there is no such file{hint}"
    if not file.is_file():
        return "it is not a file"
    if not os.access(file, os.X_OK):
        return "it is not executable (chmod +x)"
    with file.open("rb") as opened:
        head = opened.read(4)
    if head[:2] != b"#!" and head != b"\x7fELF" and sys.platform.startswith("linux"):
        return "it is neither an ELF executable nor a script that begins with #!"
    return ""
