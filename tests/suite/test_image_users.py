"""The `USER` of an image: a number is fine, root and names are told where nobody else names a user."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.manifests import engram_template
from validator.findings import Severity
from validator.sandbox.model import Image, ImageSource, SourceKind
from validator.sources.workspace import load
from validator.suite import image_users, plan
from validator.suite.config import Config

IMAGE = Image(
    ImageSource(SourceKind.IMAGE, "greeter:1"), "docker", "sha256:1", "greeter:1", "sha256:2", "linux/amd64", ("/g",)
)


@pytest.mark.parametrize(
    ("user", "says"),
    [
        ("", "is root"),
        ("root", "is root"),
        ("0", "is root"),
        ("0:0", "is root"),
        ("00", "is root"),
        ("root:65532", "is root"),
        ("app", "is the name 'app'"),
        ("app:app", "is the name 'app'"),
        ("nonroot", "is the name 'nonroot'"),
        ("١٢", "is the name '١٢'"),
        ("9" * 5000, "is the name"),
        ("65532", ""),
        ("65532:65532", ""),
        ("1000:0", ""),
        ("1000:staff", ""),
    ],
)
def test_root_and_names_are_told(tmp_path: Path, user: str, says: str) -> None:
    (tmp_path / "Engram.yaml").write_text(engram_template("greeter"), encoding="utf-8")
    [unit] = plan.units(load(tmp_path), Config(base=tmp_path))
    found = list(image_users.findings(unit, replace(IMAGE, user=user)))
    assert [(each.rule.code, each.severity) for each in found] == ([("EV931", Severity.NOTE)] if says else [])
    assert all(says in each.message for each in found)
    chosen = replace(IMAGE, user=user, source=replace(IMAGE.source, user=1000))
    assert not list(image_users.findings(unit, chosen))
    assert not list(image_users.findings(unit, replace(IMAGE, user=user, kind="process")))
