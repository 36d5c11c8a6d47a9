"""The matrix of a catalogue: the page is one safe file, the terminal gets a grid or counts."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from typing import Any

from validator.reports.html.matrix import render
from validator.reports.matrix import SIGNS, overview, verdict


def document(*names: str, outcome: str = "accepted") -> dict[str, Any]:
    problem = {
        "path": "a",
        "problem": "expected a string",
        "witness": {"a": 1},
        "producer": "a:1:1",
        "consumer": "b:1:1",
    }
    details: dict[str, Any] = {"can-fail": {"problems": [problem]}, "unknown": {"unknown": ["no schema"]}}
    cells = [{"outcome": outcome, **details.get(outcome, {})} for _ in range(len(names) ** 2)]
    counts = {one: len(cells) if one == outcome else 0 for one in SIGNS}
    templates = [{"name": name, "version": "1", "file": "a", "line": 1} for name in names]
    return {"version": 1, "templates": templates, "outcomes": counts, "cells": cells}


def data(page: str) -> Any:
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', page, re.DOTALL)
    assert found is not None
    return json.loads(found[1])


def test_the_policy_names_the_only_script() -> None:
    page = render(document("a", "b"))
    scripts = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    checksum = base64.b64encode(hashlib.sha256(scripts[0].encode()).digest()).decode()
    assert len(scripts) == 1
    assert f"script-src 'sha256-{checksum}'" in page
    assert "{{" not in page
    assert "http" not in re.sub(r'http-equiv="Content-Security-Policy"', "", page), "nothing comes from elsewhere"


def test_one_cell_can_be_reached_with_tab() -> None:
    page = render(document("a", "b", "c"))
    assert page.count('tabindex="0"') == 1
    assert page.count('tabindex="-1"') == 8
    assert page.count('aria-label="everything is accepted"') == 9


def test_details_are_told_once() -> None:
    held = data(render(document("a", "b", outcome="can-fail")))
    assert held["texts"] == ["a", "expected a string", '{\n "a": 1\n}', "a:1:1", "b:1:1"]
    assert held["cells"]["3"] == {"problems": [[0, 1, 2, 3, 4]], "unknown": []}
    assert data(render(document("a", outcome="unknown")))["texts"] == ["no schema"]


def test_names_are_harmless() -> None:
    name = '</script><script>alert(1)</script>\x1b[2J\u202e&"'
    page = render(document(name))
    assert "<script>alert" not in page
    assert not set("\x1b\u202e") & set(page)
    assert data(page)["names"] == ['</script><script>alert(1)</script>\\x1b[2J\\u202e&"']
    assert not set("\x1b\u202e") & set(overview(document(name)))


def test_a_terminal_gets_a_grid_or_counts() -> None:
    assert "1 first  ! !\n2 second ! !\n" in overview(document("first", "second", outcome="can-fail"))
    wide = overview(document(*(f"t{number:02}" for number in range(41))))
    assert " 1 t00 ✓ 41  !  0  ✕  0  ?  0\n" in wide


def test_the_verdict_tells_the_newest_from_all() -> None:
    templates = [{"name": "a", "label": "a@1"}, {"name": "a", "label": "a@2"}, {"name": "b", "label": "b"}]
    outcomes = ["never", "can-fail", "unknown", "accepted", "accepted", "accepted", "accepted", "can-fail", "accepted"]
    document = {"templates": templates, "cells": [{"outcome": outcome} for outcome in outcomes]}

    assert verdict(document) == (
        "newest with newest: 3 of 4 pairs hold, 1 can fail; "
        "each with each: 5 of 9 pairs hold, 2 can fail, 1 never accepted, 1 unknown"
    )
    assert verdict({**document, "templates": [{"name": name} for name in "abc"]}).startswith("each with each")
