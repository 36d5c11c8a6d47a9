"""A workspace of one fixture engram, run with a search: as a process or in Docker."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import yaml

from validator.engine.engine import run
from validator.engine.options import Options
from validator.findings import Json
from validator.suite.cases import EXPLORED, Search
from validator.suite.results import CaseResult, Report

ENGRAMS = Path(__file__).parent.parent / "fixtures" / "engrams"
PATIENT = Search(inputs=50, seconds=300.0)
"""As many inputs as `--explore quick`. Time is no matter here: a busy machine must not change what is found."""


@dataclass(frozen=True)
class Workspaces:
    """Makes and runs them, all in one folder."""

    folder: Path
    binaries: Path
    images: Callable[[], Callable[[str], str]]
    """Asked only where an image is wanted."""

    def explore(self, name: str, kind: str, cases: Json, check: str, search: Search = PATIENT, **more: Path) -> Report:
        """Run the fixture of this name; `cases` as the configuration has them."""
        shutil.copy(ENGRAMS / name / "Engram.yaml", self.folder)
        image: dict[str, str]
        if kind == "docker":
            image = {"image": self.images()(name), "pull": "never"}
        else:
            shutil.copy(self.binaries / name, self.folder)
            image = {"process": f"./{name}"}
        written = {"images": {name: image}, "cases": {name: cases}}
        (self.folder / "engram-validate.yaml").write_text(yaml.safe_dump(written), encoding="utf-8")
        return run(Options(root=self.folder, sandbox=kind, checks=(check,), explore=search, **more))  # type: ignore[arg-type]


def explored(report: Report) -> CaseResult:
    """The case that explored."""
    (case,) = [case for case in report.cases if case.subject.case == EXPLORED]
    return case
