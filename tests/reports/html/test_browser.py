"""The page in a real browser: it loads nothing, complains about nothing, filters, is driven by keys, and scrolls."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

import chromium
import pytest
from report_samples import MIXED, hostile, hostile_lines, lines, many

from validator.reports import html
from validator.reports.excerpts import Lines
from validator.suite.results import Report

pytestmark = pytest.mark.browser

VISIBLE = "[...document.querySelectorAll('.finding')].filter(one => one.checkVisibility()).length"
FRAME = "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(true))))"


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[chromium.Browser]:
    if not chromium.program():
        if "browser" in os.environ.get("ENGRAM_VALIDATE_REQUIRE", "").split(","):
            pytest.fail("no Chromium, and this run requires browser", pytrace=False)
        pytest.skip("no Chromium")
    with chromium.browser(tmp_path_factory.mktemp("profile")) as opened:
        yield opened


def show(browser: chromium.Browser, folder: Path, report: Report, source: Lines = lines, *, dark: bool = False) -> None:
    file = folder / "report.html"
    file.write_text(html.render(report, source), encoding="utf-8")
    browser.open(file, dark=dark)
    assert browser.value(FRAME)


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize(
    ("report", "source"),
    [(MIXED, lines), (hostile(3), hostile_lines), (Report(), lines)],
    ids=["mixed", "hostile", "none"],
)
def test_it_loads_nothing_and_complains_about_nothing(
    browser: chromium.Browser, tmp_path: Path, report: Report, source: Lines, dark: bool
) -> None:
    show(browser, tmp_path, report, source, dark=dark)
    assert browser.complaints == []
    assert [url for url in browser.requests if not url.startswith("data:")] == [(tmp_path / "report.html").as_uri()]
    assert browser.value("[...document.scripts].filter(one => !one.type).length") == 1
    assert browser.value("document.documentElement.scrollWidth <= innerWidth"), "the page itself scrolls sideways"


def test_it_is_dark_where_the_reader_is(browser: chromium.Browser, tmp_path: Path) -> None:
    color = "getComputedStyle(document.body).backgroundColor"
    show(browser, tmp_path, MIXED)
    assert browser.value(color) == "rgb(255, 255, 255)"
    show(browser, tmp_path, MIXED, dark=True)
    assert browser.value(color) == "rgb(13, 17, 23)"


@pytest.mark.parametrize("dark", [False, True])
def test_every_text_can_be_read(browser: chromium.Browser, tmp_path: Path, dark: bool) -> None:
    show(browser, tmp_path, MIXED, dark=dark)
    assert browser.value(CONTRAST) == []


def test_filters(browser: chromium.Browser, tmp_path: Path) -> None:
    show(browser, tmp_path, MIXED)
    assert browser.value(VISIBLE) == 4
    browser.press("/")
    for key in "CHANEL":
        browser.press(key)
    browser.value(FRAME)
    assert browser.value(VISIBLE) == 1
    assert browser.value("shown.value") == "1 shown"
    browser.press("Escape")
    assert browser.value(VISIBLE) == 4
    browser.value("document.querySelector('input[value=error]').click()")
    browser.value(FRAME)
    assert browser.value(VISIBLE) == 2
    browser.value("rule.value = 'EV302'; rule.dispatchEvent(new Event('input', {bubbles: true}))")
    browser.value(FRAME)
    assert browser.value(VISIBLE) == 1
    assert browser.complaints == []


def test_keys(browser: chromium.Browser, tmp_path: Path) -> None:
    show(browser, tmp_path, MIXED)
    rule = "document.activeElement.closest('.finding').dataset.rule"
    went = []
    for key in "jjjkj":
        browser.press(key)
        went.append(browser.value(rule))
    assert went == ["EV401", "EV201", "EV302", "EV201", "EV302"]
    browser.press("Enter")
    assert browser.value("document.activeElement.parentNode.open") is False
    show(browser, tmp_path, MIXED)
    browser.press("Tab")
    assert browser.value("document.activeElement.className") == "skip"
    browser.press("Tab")
    assert browser.value("document.activeElement.id") == "text"


def test_the_table_of_pairs_is_walked_with_keys_and_tells_why(browser: chromium.Browser, tmp_path: Path) -> None:
    show(browser, tmp_path, MIXED)
    browser.value("document.querySelector('#matrix td').focus()")
    detail = "document.getElementById('detail').textContent"
    assert "outputSchema of `http` is not declared" in browser.value(detail)
    browser.press("ArrowDown")
    assert "slack → http" in browser.value(detail)
    browser.press("ArrowRight")
    assert "is required and never there" in browser.value(detail)
    assert "catalog/slack.yaml:9:3" in browser.value(detail)
    browser.value("document.querySelector('#matrix input[value=never]').click()")
    assert browser.value("document.querySelectorAll('#matrix td.dim').length") == 1
    assert browser.value("document.querySelectorAll('.finding:not([hidden])').length") == 4, "its filters are its own"
    assert browser.complaints == []


def test_a_story_is_drawn_inside_its_frame(browser: chromium.Browser, tmp_path: Path) -> None:
    show(browser, tmp_path, MIXED)
    outside = """[...document.querySelectorAll('svg .step, svg .edge')].filter(part => {
      const [inner, outer] = [part.getBoundingClientRect(), part.closest('svg').getBoundingClientRect()];
      return inner.left < outer.left || inner.top < outer.top
        || inner.right > outer.right || inner.bottom > outer.bottom;
    }).length"""
    assert browser.value("document.querySelectorAll('svg .edge').length") == 4
    assert browser.value(outside) == 0


def test_five_thousand_findings_scroll(browser: chromium.Browser, tmp_path: Path) -> None:
    started = time.monotonic()
    show(browser, tmp_path, many(5_000), lambda file: ["x" * 20] * 6_000)
    loaded = time.monotonic() - started
    assert browser.value(VISIBLE) == 5_000
    started = time.monotonic()
    for part in range(10):
        browser.value(f"scrollTo(0, document.documentElement.scrollHeight * {part / 10}); {FRAME}")
    scrolled = time.monotonic() - started
    browser.value("text.value = 'field4999'; text.dispatchEvent(new Event('input', {bubbles: true}))")
    browser.value(FRAME)
    assert browser.value(VISIBLE) == 1
    assert browser.complaints == []
    assert loaded < 20
    assert scrolled < 10, f"ten screens took {scrolled:.1f} s"


CONTRAST = """(() => {
  const parse = (color) => color.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => [r, g, b].map((part) => part / 255)
    .map((part) => part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4)
    .reduce((sum, part, index) => sum + part * [0.2126, 0.7152, 0.0722][index], 0);
  const back = (node) => {
    for (let one = node; one; one = one.parentElement) {
      const color = parse(getComputedStyle(one).backgroundColor);
      if (color.length === 3 || color[3] > 0) return color;
    }
    return [255, 255, 255];
  };
  const poor = new Set();
  for (const node of document.querySelectorAll("body *:not(svg *):not(option):not(script)")) {
    const own = [...node.childNodes].some((child) => child.nodeType === 3 && child.data.trim());
    if (!own || !node.checkVisibility()) continue;
    const [one, two] = [light(parse(getComputedStyle(node).color)), light(back(node))].sort();
    const ratio = (Math.max(one, two) + 0.05) / (Math.min(one, two) + 0.05);
    if (ratio < 4.5) poor.add(`${node.tagName}.${node.className} ${ratio.toFixed(2)}`);
  }
  return [...poor];
})()"""
