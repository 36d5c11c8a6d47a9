"""Sequence diagrams of realtime stories, in the page of a run and that of `story run`: by keyboard, for everybody."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.reports import chromium
from tests.reports.html.test_browser import AXE, CONTRAST, browser
from tests.suite.realtime.rooms import STORY, play
from validator.reports import html, packets_page
from validator.stories.hub.outcomes import HopStatus
from validator.suite.realtime.conversation import Conversation, LogLine, Way, conversation
from validator.suite.results import Report

__all__ = ["browser"]
LOST = STORY.replace("{{ packet.text }}!", "{{ packet.txt }}")
SENT = {"send": [{"from": "mic", "id": "one", "payload": {"text": "<i>one</i>"}}]}


def many(count: int) -> Conversation:
    """Packets that arrive, each with a line of a log; every tenth is lost."""
    rows: list[Way | LogLine] = []
    for number in range(count):
        status = HopStatus.DROPPED if number % 10 == 0 else HopStatus.DELIVERED
        rows.append(Way(f"p{number}", "p0", "a", "b", status, number, "EV774" if status is HopStatus.DROPPED else ""))
        rows.append(LogLine("a", number, f"line {number}"))
    return Conversation("room", "many", False, ("a", "b"), tuple(rows), f"{count} deliveries")


def test_a_run_shows_them_below_its_stories(tmp_path: Path) -> None:
    ran = play(tmp_path, SENT, LOST)
    page = html.render(Report(conversations=(conversation("room", ran),)), lambda file: ())
    assert "Packets of realtime stories" in page
    assert "room, packets: failed, 2 deliveries: 1 delivered, 1 stream closed" in page
    assert "&lt;i&gt;one" in page
    assert "<i>one" not in page
    assert 'id="packets"' not in html.render(Report(), lambda file: ())


def test_many_rows_are_cut(tmp_path: Path) -> None:
    page = html.render(Report(conversations=(many(3_000),)), lambda file: ())
    assert "4000 more rows are not shown." in page


@pytest.mark.browser
@pytest.mark.parametrize("dark", [False, True])
def test_everybody_can_read_them(browser: chromium.Browser, dark: bool, tmp_path: Path) -> None:
    ran = play(tmp_path, SENT, LOST)
    pages = (
        html.render(Report(conversations=(conversation("room", ran), many(20))), lambda file: ()),
        packets_page.render([ran]),
    )
    for page in pages:
        file = tmp_path / "page.html"
        file.write_text(page, encoding="utf-8")
        browser.open(file, dark=dark)
        assert browser.value(AXE) == []
        assert browser.value(CONTRAST) == []
        assert browser.complaints == []


@pytest.mark.browser
def test_thousands_by_keyboard(browser: chromium.Browser, tmp_path: Path) -> None:
    file = tmp_path / "page.html"
    page = packets_page.render([]).replace("<h2>Cases</h2>", "<h2>Cases</h2>" + packets_page.section(many(5_000)))
    file.write_text(page, encoding="utf-8")
    browser.open(file)
    visible = "[...document.querySelectorAll('details')].filter(one => one.checkVisibility()).length"
    assert browser.value(visible) == 5_000
    browser.value("document.querySelector('.only-lost').click()")
    assert browser.value(visible) == 500
    first = "document.querySelector('details:not(.delivered) summary')"
    assert browser.value(f"{first}.focus(), document.activeElement === {first}")
    browser.value(f"{first}.click()")
    assert browser.value("document.querySelector('details[open] dd').checkVisibility()")
