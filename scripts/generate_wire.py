"""Compile `transport.proto` into the vendored stubs. `--check` compares instead and says what differs.

The oldest protobuf that the project allows decides about the compiler: generated code runs on the same or a newer
runtime only. So: python -m venv v && v/bin/pip install 'grpcio-tools==1.74.*' && v/bin/python scripts/generate_wire.py
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

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
    if "--check" not in sys.argv[1:]:
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
