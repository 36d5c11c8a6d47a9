"""Compile `transport.proto` into the vendored stubs.

    python scripts/generate_wire.py            write them
    python scripts/generate_wire.py --check    compare them with those that are there, and fail where they differ

The oldest protobuf that the project allows decides about the compiler: generated code runs on the same or a newer
runtime only. So: python -m venv v && v/bin/pip install 'grpcio-tools==1.74.*' && v/bin/python scripts/generate_wire.py
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from usage import answer_help, refuse

WIRE = Path(__file__).resolve().parent.parent / "validator/sandbox/harness/wire"


def compile_to(target: Path) -> None:
    subprocess.run(
        [
            *(sys.executable, "-m", "grpc_tools.protoc", f"-I{WIRE}"),
            *(f"--python_out={target}", f"--pyi_out={target}", "transport.proto"),
        ],
        check=True,
    )


def descriptor(stub: Path) -> str:
    """The serialised descriptor inside a stub: the rest of the text differs between compilers."""
    return next(line for line in stub.read_text(encoding="utf-8").splitlines() if line.startswith("DESCRIPTOR ="))


def main() -> int:
    answer_help(__doc__)
    if sys.argv[1:] not in ([], ["--check"]):
        return refuse(__doc__, f"unknown argument {' '.join(sys.argv[1:])}; expected --check or none")
    if not sys.argv[1:]:
        compile_to(WIRE)
        return 0
    with tempfile.TemporaryDirectory() as folder:
        compile_to(Path(folder))
        if descriptor(Path(folder) / "transport_pb2.py") == descriptor(WIRE / "transport_pb2.py"):
            return 0
    print("the stubs are not what transport.proto says: run scripts/generate_wire.py")
    return 1


if __name__ == "__main__":
    sys.exit(main())
