"""The script behind a release: what it refuses, and the one line of action.yml that it changes."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from validator.sandbox.harness_image import PUBLISHED

ROOT = Path(__file__).resolve().parent.parent
DIGEST = f"sha256:{'0123456789abcdef' * 4}"
CHANGELOG = "# Changelog\n\n## Unreleased\n\n## 1.2.0 (2026-11-28)\n\n- More.\n\n## 1.1.0\n\n- Some.\n"


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """What the script reads, of a project that is about to release 1.2.0."""
    for folder in ("scripts", "validator"):
        (tmp_path / folder).mkdir()
    for file in (
        "action.yml",
        "scripts/release.py",
        "scripts/environment.py",
        "scripts/progress.py",
        "scripts/usage.py",
    ):
        shutil.copy(ROOT / file, tmp_path / file)
    (tmp_path / "validator" / "__init__.py").write_text('__version__ = "1.2.0"\n', encoding="utf-8")
    (tmp_path / "CHANGELOG.md").write_text(CHANGELOG, encoding="utf-8")
    subprocess.run(["git", "init", "--quiet", tmp_path], check=True)
    return tmp_path


def release(checkout: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    script = [sys.executable, checkout / "scripts" / "release.py", *arguments]
    return subprocess.run(script, capture_output=True, text=True, check=False)


def tag(checkout: Path, *names: str) -> None:
    git = ["git", "-C", str(checkout), "-c", "user.name=test", "-c", "user.email=test@example.invalid"]
    subprocess.run([*git, "commit", "--quiet", "--allow-empty", "--message", "x"], check=True)
    for name in names:
        subprocess.run([*git, "tag", name], check=True)


@pytest.mark.parametrize(
    ("existing", "moving"),
    [
        pytest.param((), "v1", id="the first"),
        pytest.param(("v1.1.9", "v1", "v0.9.0"), "v1", id="the newest"),
        pytest.param(("v1.10.0", "v1"), "", id="a fix of an old version leaves the moving tag where it is"),
        pytest.param(("v2.0.0", "v2", "v1.9", "v1.3.0-rc.1", "version"), "v1", id="other tags say nothing"),
    ],
)
def test_the_moving_tag_never_goes_back(checkout: Path, existing: tuple[str, ...], moving: str) -> None:
    tag(checkout, *existing)

    done = release(checkout, "check")

    assert done.stdout == f"version=1.2.0\ntag=v1.2.0\nmoving={moving}\n", done.stderr


@pytest.mark.parametrize(
    ("version", "changelog", "existing", "complaint"),
    [
        ("1.2.0", CHANGELOG, ("v1.2.0",), "v1.2.0 is out already"),
        ("1.3.0", CHANGELOG, (), "CHANGELOG.md says nothing of 1.3.0"),
        ("1.1.0", "## 1.1.0\n\n## 1.0.0\n\n- x\n", (), "CHANGELOG.md says nothing of 1.1.0"),
        ("1.2.0rc1", CHANGELOG, (), "must be MAJOR.MINOR.PATCH"),
        ("1.2", CHANGELOG, (), "must be MAJOR.MINOR.PATCH"),
        ("01.2.0", CHANGELOG, (), "must be MAJOR.MINOR.PATCH"),
        ('1.2.0"\\nmoving=v9', CHANGELOG, (), "must be MAJOR.MINOR.PATCH"),
    ],
)
def test_what_cannot_be_released_is_refused(
    checkout: Path, version: str, changelog: str, existing: tuple[str, ...], complaint: str
) -> None:
    (checkout / "validator" / "__init__.py").write_text(f'__version__ = "{version}"\n', encoding="utf-8")
    (checkout / "CHANGELOG.md").write_text(changelog, encoding="utf-8")
    tag(checkout, *existing)

    done = release(checkout, "check")

    assert (done.returncode, done.stdout) == (1, "")
    assert complaint in done.stderr


def test_notes_are_the_section_of_the_version(checkout: Path) -> None:
    assert release(checkout, "notes").stdout == "- More.\n"


def test_the_released_action_differs_in_its_image_alone(checkout: Path) -> None:
    done = release(checkout, "pin", DIGEST)

    assert done.returncode == 0, done.stderr
    before = (ROOT / "action.yml").read_text(encoding="utf-8")
    after = (checkout / "action.yml").read_text(encoding="utf-8")
    changed = [(old, new) for old, new in zip(before.splitlines(), after.splitlines(), strict=True) if old != new]
    image = f"docker://{PUBLISHED.partition(':')[0]}@{DIGEST}"
    assert changed == [("  image: Dockerfile", f"  image: {image} # v1.2.0")]
    action = yaml.safe_load(before)
    assert yaml.safe_load(after) == action | {"runs": {"using": "docker", "image": image}}


@pytest.mark.parametrize(
    "digest",
    ["", "sha256:", DIGEST[:-1], DIGEST + "0", DIGEST.upper(), DIGEST.replace("sha256", "md5"), f"{DIGEST}\nargs: [x]"],
)
def test_what_is_no_digest_leaves_the_action_as_it_is(checkout: Path, digest: str) -> None:
    done = release(checkout, "pin", digest)

    assert done.returncode == 1
    assert "expected the digest of an image" in done.stderr
    assert (checkout / "action.yml").read_bytes() == (ROOT / "action.yml").read_bytes()


def test_an_action_is_pinned_once(checkout: Path) -> None:
    release(checkout, "pin", DIGEST)

    again = release(checkout, "pin", DIGEST.replace("0", "1"))

    assert again.returncode == 1
    assert "releases are made from main" in again.stderr


@pytest.mark.parametrize("arguments", [(), ("publish",), ("pin",), ("pin", DIGEST, "more")])
def test_anything_else_is_wrong_usage(checkout: Path, arguments: tuple[str, ...]) -> None:
    assert release(checkout, *arguments).returncode == 2
