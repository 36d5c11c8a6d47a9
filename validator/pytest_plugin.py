"""For tests of other projects: the fixture `engram_validate`, the Python API below pytest's root directory.

    def test_contract(engram_validate):
        engram_validate.passes(sandbox="process")

pytest loads this module where engram-validate is installed; nothing heavy is imported until a test asks for it.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from validator.api import Report


class Contract:
    """The checks of one workspace."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def check(self, *paths: str, **arguments: Any) -> Report:
        """The report of `validator.api.check` for this workspace."""
        from validator import api

        return api.check(*paths, **{"root": self.root, **arguments})

    def run(self, *paths: str, **arguments: Any) -> Report:
        """The report of `validator.api.run` for this workspace."""
        from validator import api

        return api.run(*paths, **{"root": self.root, **arguments})

    def passes(self, *paths: str, **arguments: Any) -> Report:
        """Run everything, and fail the test with the findings where it does not pass; the report."""
        from validator import api

        report = self.run(*paths, **arguments)
        if report.result != "passed":
            pytest.fail(api.explained(report), pytrace=False)
        return report


@pytest.fixture
def engram_validate(pytestconfig: pytest.Config) -> Contract:
    """The checks of the workspace at pytest's root directory."""
    return Contract(pytestconfig.rootpath)
