from __future__ import annotations

from pathlib import Path

import pytest

from tests.explore.workspaces import Workspaces


@pytest.fixture
def workspaces(tmp_path: Path, fixture_binaries: Path, request: pytest.FixtureRequest) -> Workspaces:
    """Workspaces of fixture engrams in a folder of the test."""
    return Workspaces(tmp_path, fixture_binaries, lambda: request.getfixturevalue("fixture_images"))
