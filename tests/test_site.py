"""The site of the documentation: MkDocs builds it without a warning, and every page can be reached and found."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
LINK = re.compile(r'href="([^":#?]+/)(?:#[^"]*)?"')


# One process builds the site, once.
pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("site")]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--quiet", "--strict", "--site-dir", folder],
        cwd=ROOT,
        env=os.environ | {"NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "WARNING" not in done.stderr
    return folder


def test_every_page_is_linked_from_the_first(site: Path) -> None:
    pages = {page.resolve() for page in site.rglob("index.html")}
    reached: set[Path] = set()
    ahead = [(site / "index.html").resolve()]
    while ahead:
        page = ahead.pop()
        if page in reached:
            continue
        reached.add(page)
        targets = {(page.parent / link / "index.html").resolve() for link in LINK.findall(page.read_text("utf-8"))}
        ahead += targets & pages

    assert sorted(str(page.relative_to(site)) for page in pages - reached) == []


def test_every_rule_is_in_the_search(site: Path) -> None:
    entries = json.loads((site / "search" / "search_index.json").read_text("utf-8"))["docs"]
    found = {entry["location"].split("/")[1] for entry in entries if entry["location"].startswith("rules/EV")}

    assert found == {page.stem for page in (ROOT / "validator/rules/pages").glob("EV*.md")}


@pytest.mark.parametrize("code", ["EV190", "EV401", "EV417"])
def test_examples_of_a_rule_are_labelled_and_highlighted(site: Path, code: str) -> None:
    page = (site / "rules" / code / "index.html").read_text("utf-8")

    for verdict in ("fails", "passes"):
        assert re.search(
            rf'<p>This {verdict}:</p>\s*<div class="highlight"><pre><span></span><code><span class="', page
        )


def test_no_page_asks_another_host_for_anything(site: Path) -> None:
    loads = re.compile(
        r'<(?:script|img|iframe)[^>]*\ssrc="(?:https?:)?//|<link[^>]*rel="stylesheet"[^>]*href="(?:https?:)?//'
    )

    assert [page for page in site.rglob("*.html") if loads.search(page.read_text("utf-8"))] == []
