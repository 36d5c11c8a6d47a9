"""The page in a real browser: it loads nothing, complains about nothing, filters, is driven by keys, and scrolls."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import axe_core_python
import pytest

from tests.reports import chromium
from tests.reports.report_samples import CHANELS, MIXED, hostile, hostile_lines, lines, many
from validator.findings import Location
from validator.reports import html
from validator.reports.excerpts import Lines
from validator.reports.html import matrix
from validator.reports.links import SITE, Origin
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
    assert browser.value(AXE) == []
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
    choose(browser, "rule", "EV302")
    assert browser.value(VISIBLE) == 1
    assert browser.complaints == []


def choose(browser: chromium.Browser, name: str, value: str) -> None:
    browser.value(f"{name}.value = '{value}'; {name}.dispatchEvent(new Event('input', {{bubbles: true}}))")
    browser.value(FRAME)


def test_what_was_chosen_stands_in_the_address(browser: chromium.Browser, tmp_path: Path) -> None:
    show(browser, tmp_path, MIXED)
    choose(browser, "by", "file")
    choose(browser, "sort", "place")
    choose(browser, "text", "slack")
    browser.value("document.querySelector('input[value=note]').click()")
    browser.value(FRAME)
    browser.value("document.querySelector('.finding').open = false")
    browser.value(FRAME)
    browser.value("document.querySelector('.finding').open = true")
    browser.value(FRAME)
    address = browser.value("location.hash")
    chosen = browser.value("document.querySelector('.finding').id").removeprefix("f-")
    assert address == f"#q=slack&by=file&sort=place&hide=note&f={chosen}"
    browser.call("Page.navigate", url="about:blank")
    browser.open(tmp_path / "report.html", fragment=address)
    assert browser.value("text.value + by.value + sort.value") == "slackfileplace"
    assert browser.value(VISIBLE) == 1
    assert browser.value(f"document.getElementById('f-{chosen}').open")


@pytest.mark.parametrize(
    ("by", "titles"),
    [
        ("subject", ["engram slack", "story triage", "template slack"]),
        ("rule", ["EV401 wrong-output", "EV201 unknown-field", "EV302 may-be-missing", "EV110 open-object"]),
        ("file", ["catalog/slack.yaml", "stories/triage.yaml"]),
    ],
)
def test_groups(browser: chromium.Browser, tmp_path: Path, by: str, titles: list[str]) -> None:
    show(browser, tmp_path, MIXED)
    choose(browser, "by", by)
    assert browser.value("[...document.querySelectorAll('.group > summary > b')].map(one => one.textContent)") == titles


def test_equal_findings_are_told_once_with_their_places(browser: chromium.Browser, tmp_path: Path) -> None:
    places = [Location("stories/triage.yaml", line, 1, line, 5) for line in range(1, 6)]
    findings = tuple(replace(CHANELS, location=place, anchor=(place.line,)) for place in places)
    show(browser, tmp_path, Report(findings=findings))
    assert browser.value(VISIBLE) == 1
    assert browser.value("document.querySelector('.where').textContent") == "stories/triage.yaml:1:1 and 4 more"
    assert browser.value("shown.value") == "5 shown"
    browser.value("[...document.querySelectorAll('.finding > details')].at(-1).open = true")
    browser.value(FRAME)
    assert browser.value("[...document.querySelectorAll('.other > summary')].map(one => one.textContent)") == [
        f"stories/triage.yaml:{line}:1" for line in range(2, 6)
    ]
    browser.value("document.querySelector('.other').open = true")
    browser.value(FRAME)
    assert "metadata: {name: triage}" not in browser.value("document.querySelector('.other pre').textContent")
    assert "kind: Story" in browser.value("document.querySelector('.other pre').textContent")


def test_details_lead_to_the_rule_and_to_the_line(browser: chromium.Browser, tmp_path: Path) -> None:
    file = tmp_path / "report.html"
    file.write_text(html.render(MIXED, lines, Origin(files="https://host/blob/1")), encoding="utf-8")
    browser.open(file)
    browser.value(FRAME)
    links = browser.value("[...document.querySelectorAll('.finding .rule a')].map(one => one.getAttribute('href'))")
    assert links[:4] == [
        f"{SITE}/rules/EV401/",
        "https://host/blob/1/catalog/slack.yaml#L8",
        f"{SITE}/rules/EV201/",
        "https://host/blob/1/stories/triage.yaml#L11",
    ]
    assert "https://host/blob/1/stories/triage.yaml#L12-L15" in links
    assert browser.value("document.querySelector('.again code').textContent") == (
        "engram-validate run --case 'picks the channel id'"
    )


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


def test_what_is_folded_is_made_when_it_is_unfolded(browser: chromium.Browser, tmp_path: Path) -> None:
    show(browser, tmp_path, MIXED)
    assert browser.value("document.querySelectorAll('#unchecked li').length") == 0
    browser.value("for (const one of document.querySelectorAll('#unchecked details')) one.open = true")
    browser.value(FRAME)
    assert browser.value("document.querySelectorAll('#unchecked li').length") == 3


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
    assert browser.value(VISIBLE) == 4, "its filters are its own"
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


def test_five_thousand_findings_are_a_small_page(browser: chromium.Browser, tmp_path: Path) -> None:
    show(browser, tmp_path, many(5_000), lambda file: ["x" * 20] * 6_000)
    assert (tmp_path / "report.html").stat().st_size < 3_000_000
    assert browser.value("document.querySelectorAll('*').length") < 20_000
    assert browser.value("shown.value") == "5,000 shown"
    choose(browser, "text", "field4999")
    assert browser.value(VISIBLE) == 1
    assert browser.complaints == []


def test_five_thousand_findings_are_shown_and_filtered_in_a_moment(browser: chromium.Browser, tmp_path: Path) -> None:
    """In seconds of the page's own thread, which the load of the machine does not lengthen."""
    browser.call("Performance.enable", timeDomain="threadTicks")
    show(browser, tmp_path, many(5_000), lambda file: ["x" * 20] * 6_000)
    assert worked(browser) < 1.5
    filtered = []
    for word in ("field1", "engram-05", "field4999"):
        before = worked(browser)
        choose(browser, "text", word)
        filtered.append(worked(browser) - before)
    assert browser.value("shown.value") == "1 shown"
    assert sorted(filtered)[1] < 0.1, filtered


def worked(browser: chromium.Browser) -> float:
    """How long the page's thread has worked since the page was opened."""
    metrics = browser.call("Performance.getMetrics")["metrics"]
    return float(next(metric["value"] for metric in metrics if metric["name"] == "TaskDuration"))


def test_what_fits_the_filter_as_before_stays_as_it_is(browser: chromium.Browser, tmp_path: Path) -> None:
    show(browser, tmp_path, many(300))
    browser.value("document.querySelector('.group').dataset.seen = 'yes'")
    choose(browser, "text", "engram")
    assert browser.value("document.querySelector('.group').dataset.seen") == "yes"
    choose(browser, "text", "field7")
    assert not browser.value("document.querySelector('.group').dataset.seen")


@pytest.mark.parametrize(("name", "width"), [("desk", 1280), ("phone", 390)])
def test_layout(browser: chromium.Browser, tmp_path: Path, name: str, width: int) -> None:
    """What stands where, in percent of the window: in this order from the top, two percent more or less.

    `UPDATE_GOLDEN=1` writes the expectation anew: look at a screenshot first.
    """
    browser.call("Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=False)
    try:
        show(browser, tmp_path, MIXED)
        found = browser.value(OUTLINE)
    finally:
        browser.call("Emulation.clearDeviceMetricsOverride")
    golden = Path(__file__).parents[2] / "golden" / "reports" / f"layout-{name}.txt"
    if os.environ.get("UPDATE_GOLDEN"):
        golden.write_text("".join(f"{part} {left:.0f} {wide:.0f}\n" for part, left, wide in found), encoding="utf-8")
    expected = [line.rsplit(" ", 2) for line in golden.read_text(encoding="utf-8").splitlines()]
    assert [part for part, *_ in found] == [part for part, *_ in expected]
    for (part, *here), (_, *there) in zip(found, expected, strict=True):
        assert [float(number) for number in there] == pytest.approx(here, abs=2), part


def test_five_thousand_findings_of_one_story_come_in_parts(browser: chromium.Browser, tmp_path: Path) -> None:
    one = tuple(replace(finding, subject=CHANELS.subject) for finding in many(5_000).findings)
    show(browser, tmp_path, Report(findings=one))
    assert browser.value(VISIBLE) == 30
    assert browser.value("document.querySelector('.more').textContent") == "Show 200 of 4,970 more"
    browser.value("document.querySelector('.more').click()")
    assert browser.value(VISIBLE) == 230


def test_a_matrix_of_forty_by_forty_can_be_read(browser: chromium.Browser, tmp_path: Path) -> None:
    """All columns stand side by side on a laptop, and no name of a usual length is cut."""
    names = [f"a-usual-engram-name-{number}@1.{number}.0" for number in range(40)]
    cells = [{"outcome": "never"} for _ in range(1_600)]
    document = {"templates": [{"name": name} for name in names], "outcomes": {"never": 1_600}, "cells": cells}
    file = tmp_path / "matrix.html"
    file.write_text(matrix.render(document), encoding="utf-8")
    browser.open(file)
    assert browser.complaints == []
    assert browser.value("document.querySelectorAll('tbody td').length") == 1_600
    assert browser.value("(box => box.scrollWidth - box.clientWidth)(document.querySelector('.scroll'))") <= 0
    cut = "[...document.querySelectorAll('thead span, tbody th')].filter(one => %s).map(one => one.textContent)"
    assert browser.value(cut % "one.scrollWidth > one.clientWidth + 1 || one.scrollHeight > one.clientHeight + 1") == []


OUTLINE = """(() => {
  const parts = ["header", "h1", ".numbers", "main", "section", "h2", "#filters", "#text", "#groups", ".group",
    ".group > summary", ".finding", ".finding > summary", ".finding pre"];
  const share = (length) => 100 * length / document.documentElement.clientWidth;
  const name = (node) => node.localName + (node.id && !node.id.startsWith("f-") ? `#${node.id}` : "")
    + (node.className ? `.${node.className.replaceAll(" ", ".")}` : "");
  return [...document.querySelectorAll(parts.join())].filter((node) => node.checkVisibility())
    .map((node) => [node, node.getBoundingClientRect()])
    .sort(([, a], [, b]) => Math.round(a.top - b.top) || Math.round(b.height - a.height))
    .map(([node, box]) => [name(node), share(box.left), share(box.width)]);
})()"""
"""Names of the parts of the page from the top, each with its left edge and its width in percent of the window."""

AXE = f"""{(Path(axe_core_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")};
axe.run().then(found => found.violations.map(one => `${{one.id}}: ${{one.nodes.map(node => node.html).join(" ")}}`))"""
"""What axe-core has to say of the page."""

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
