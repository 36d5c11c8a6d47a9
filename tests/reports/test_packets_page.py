"""The page of a realtime story: every way is there, nothing in it is markup, and it needs no script."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

from tests.suite.realtime.rooms import STORY, play
from validator.reports.packets_page import render

EVIL = "<script>alert(1)</script><!-- cases -->"


class Reader(HTMLParser):
    """What a browser makes of the page."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.labels: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.labels += [value or "" for name, value in attrs if name == "aria-label"]


def test_each_way_is_a_row_and_nothing_is_markup(tmp_path: Path) -> None:
    sent = [
        {"from": "mic", "id": EVIL, "payload": {"text": EVIL}},
        {"from": "mic", "id": "ok", "payload": {"text": "x"}},
    ]
    ran = play(tmp_path, {"send": sent}, STORY.replace("{{ packet.text }}!", "{{ packet.txt }}"))
    page = render([ran])
    reader = Reader()
    reader.feed(page)
    assert "script" not in reader.tags
    assert reader.tags.count("details") == 4
    assert [label.rpartition(" from ")[2] for label in reader.labels] == [
        "mic to think: delivered",
        "think to show: stream closed",
        "mic to think: delivered",
        "think to show: stream closed",
    ]
    assert "EV762" in page
    assert "stories.yaml:11:" in page
    assert page.count("&lt;script&gt;alert(1)") > 3
    assert re.search(r"<dt>template</dt><dd><pre>\{\s*&quot;text&quot;: &quot;\{\{ packet.text \}\}&quot;", page)
    assert "default-src 'none'" in page
