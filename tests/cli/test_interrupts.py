"""Ctrl-C at the worst of times: in the middle of an import, where libraries make something else of it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from validator.cli.interrupts import Interrupted, Interrupts

ROOT = Path(__file__).parents[2]
STRIKES = """
import os, signal, sys
class Finder:
    def find_spec(self, name, path=None, target=None):
        if name == os.environ["AT"]:
            sys.meta_path.remove(self)
            try:
                os.kill(os.getpid(), signal.SIGINT)
                for _ in range(3): pass
            except BaseException:
                raise RuntimeError("half a module")
sys.meta_path.insert(0, Finder())
"""


@pytest.mark.parametrize(
    "module",
    ["validator.cli.check", "validator.cli.arguments", "validator.engine.engine", "validator.checks.manifests.crds"],
)
def test_an_interrupt_in_an_import_is_no_mistake_of_ours(tmp_path: Path, module: str) -> None:
    (tmp_path / "sitecustomize.py").write_text(STRIKES)
    (tmp_path / "Engram.yaml").write_text((ROOT / "examples/greeter/Engram.yaml").read_text())
    surroundings = {"PYTHONPATH": f"{tmp_path}:{ROOT}", "AT": module}
    done = subprocess.run(
        [sys.executable, "-m", "validator", "check"],
        cwd=tmp_path, env={**os.environ, **surroundings}, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 130, done.stdout + done.stderr
    assert "interrupted" in done.stderr + done.stdout
    assert "mistake" not in done.stderr + done.stdout


@pytest.fixture
def importable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Writes modules that can be imported, and forgets them."""
    monkeypatch.syspath_prepend(tmp_path)
    names: list[str] = []

    def write(**modules: str) -> None:
        for name, text in modules.items():
            names.append(name)
            (tmp_path / f"{name}.py").write_text(text)

    yield write
    for name in names:
        sys.modules.pop(name, None)


FIRST = """
import sys
class Finder:
    def find_spec(self, name, path=None, target=None):
        if name == "click":
            raise KeyboardInterrupt
sys.meta_path.insert(0, Finder())
from validator.__main__ import run
run()
"""


def test_an_interrupt_of_the_first_imports_has_no_traceback() -> None:
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", FIRST], env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "engram-validate: interrupted\n")


def test_an_import_is_finished_before_its_interrupt(importable: Any) -> None:
    importable(
        struck="import os, signal\nos.kill(os.getpid(), signal.SIGTERM)\nfor _ in range(3): pass\nwhole = True\n",
        around="try:\n    import struck\nexcept BaseException:\n    struck = None\nwhole = True\n",
    )
    trace = sys.gettrace()
    reached = []

    def work() -> None:
        import around  # type: ignore[import-not-found]  # noqa: F401

        reached.append("the line after")

    with Interrupts().handled(), pytest.raises(Interrupted) as raised:
        work()
    sys.settrace(trace)
    assert (raised.value.signal, reached) == (signal.SIGTERM, [])
    assert sys.modules["struck"].whole
    assert sys.modules["around"].whole


def test_elsewhere_an_interrupt_comes_at_once() -> None:
    with Interrupts().handled(), pytest.raises(Interrupted):
        os.kill(os.getpid(), signal.SIGINT)
