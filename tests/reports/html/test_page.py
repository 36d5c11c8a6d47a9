from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from report_samples import GOOD, MIXED, TOTAL, TRIAGE, case, hostile, hostile_lines, lines, many

from validator.reports import html
from validator.reports.html import findings, markup, stories
from validator.suite.results import Outcome, Report, StoryEdge, StoryGraph, StoryStep, Verdict

ELEMENTS = {
    *("html", "head", "meta", "link", "title", "style", "body", "a", "header", "main", "section", "h1", "h2", "h3"),
    *("aside", "i", "p", "b", "span", "code", "pre", "details", "summary", "ul", "li", "div", "meter", "script"),
    *("input", "select", "option", "fieldset", "legend", "label", "output", "button"),
    *("table", "thead", "tbody", "tr", "th", "td", "svg", "g", "rect", "path", "circle", "text"),
}
VOID = {"meta", "link", "input"}


class Page(HTMLParser):
    """Fails on what is not closed; keeps the elements with their attributes, and the text of each element."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[tuple[str, str]] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append((self.open[-1] if self.open else "", data))


def headings(text: str) -> list[str]:
    return [data for tag, data in Page(text).texts if tag == "h2"]


def test_the_verdict_comes_first_and_everything_has_its_place() -> None:
    text = html.render(MIXED, lines)
    assert headings(text) == [
        "Findings",
        "Stories",
        "Every template with every other",
        "Who was checked for what",
        "Tested images",
        "Cases",
        "Could not be checked: neither passed nor failed",
        "Suppressed",
        "Times",
    ]
    assert text.index("failed</h1>") < text.index("Findings</h2>")
    for told in ("chanels", "^^^^^^^", "witness in full", "sha256:0123456789abcdef", "panic: no", "counted elsewhere"):
        assert told in text


def test_what_is_empty_is_left_out() -> None:
    assert headings(html.render(GOOD, lines)) == [
        "Findings",
        "Who was checked for what",
        "Tested images",
        "Cases",
        "Times",
    ]
    assert headings(html.render(Report(), lines)) == ["Findings"]


def test_a_table_that_would_be_too_large_is_missed_in_its_place() -> None:
    page = Page(html.render(replace(GOOD, no_pairs="There are <61> templates."), lines))
    where = page.texts.index(("h2", "Every template with every other"))
    assert page.texts[where + 1] == ("p", "There are <61> templates.")


@pytest.mark.parametrize("report", [MIXED, hostile(3)], ids=["mixed", "hostile"])
def test_nothing_that_others_wrote_is_markup(report: Report) -> None:
    text = html.render(report, hostile_lines)
    page = Page(text)
    assert {name for name, _ in page.elements} <= ELEMENTS
    scripts = [attributes.get("type", "") for name, attributes in page.elements if name == "script"]
    assert scripts == ["application/json", ""], "the data of the table, and the page's own"
    names = {name for _, attributes in page.elements for name in attributes}
    assert not any(name.startswith("on") for name in names)
    links = {value for _, attributes in page.elements for name, value in attributes.items() if name in {"href", "src"}}
    assert links == {"data:,", "#findings-section"}
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\ud800-\udfff]", text)


def test_only_the_pages_own_script_may_run() -> None:
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', html.render(MIXED, lines))
    assert policy is not None
    assert "default-src 'none'" in policy[1]
    assert re.search(r"script-src 'sha256-[\w+/]{43}='", policy[1])
    assert "unsafe-inline" not in policy[1].split("script-src")[1]


def test_places_of_the_page_in_texts_stay_texts() -> None:
    text = html.render(Report(findings=(replace(TOTAL, message="{{script}} {{style}} {{main}}"),)), lines)
    assert "{{script}} {{style}} {{main}}" in text
    assert text.count("</script>") == 1


def test_a_transcript_is_told_in_full_where_the_excerpt_has_its_end() -> None:
    transcript = "\n".join(f"{number} engram -> hub packet" for number in range(40))
    text = html.render(Report(findings=(replace(TOTAL, evidence={"transcript": transcript}),)), lines)
    assert "transcript in full" in text
    assert text.count("\n3 engram -&gt; hub packet") == 1
    short = replace(TOTAL, evidence={"transcript": "a\nb\nc"})
    assert "in full" not in html.render(Report(findings=(short,)), lines)


def test_what_is_too_much_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(findings, "MOST_FINDINGS", 20)
    text = html.render(many(30), lines)
    assert text.count('class="finding ') == 20
    assert "10 findings more, none worse than these." in text
    assert 'class="finding error' in text
    assert 'class="finding note' not in text


def test_ten_thousand_cases_stay_a_page() -> None:
    report = Report(cases=tuple(case(str(number), Outcome.PASSED, stdout="x" * 5_000) for number in range(10_000)))
    text = html.render(report, lines)
    assert "5,000 more cases, none worse than these." in text
    assert len(text) < 6_000_000


def test_elements_escape_their_text_and_attributes() -> None:
    made = markup.tag("a", "<b>", markup.tag("i", "&"), class_='"x"', data_rule="\x1b", open=True, hidden=False, id="")
    assert made == '<a class="&quot;x&quot;" data-rule="\\x1b" open>&lt;b&gt;<i>&amp;</i></a>'
    assert markup.tag("input", type="search") == '<input type="search">'
    assert markup.message("a `<b>` c") == "a <code>&lt;b&gt;</code> c"
    assert markup.message("a ` b") == "a ` b"


def graph(steps: str, *edges: str) -> StoryGraph:
    return StoryGraph(
        "a",
        "a",
        tuple(StoryStep(name, "", Verdict.PASSED) for name in steps),
        tuple(StoryEdge(edge[0], edge[1], Verdict.PASSED) for edge in edges),
    )


@pytest.mark.parametrize(
    ("story", "columns"),
    [
        (graph("abc", "ab", "bc"), {"a": 0, "b": 1, "c": 2}),
        (graph("abc", "ab", "bc", "ac"), {"a": 0, "b": 1, "c": 2}),
        (graph("cba", "ab", "bc"), {"c": 2, "b": 1, "a": 0}),
        (graph("ab"), {"a": 0, "b": 0}),
        (graph("ab", "ab", "ba"), {"a": 0, "b": 1}),
        (graph("ab", "aa", "xb"), {"a": 0, "b": 0}),
    ],
)
def test_steps_stand_behind_what_leads_to_them(story: StoryGraph, columns: dict[str, int]) -> None:
    assert stories.columns_of(story) == columns
    html.render(Report(stories=(story,)), lines)


def test_an_edge_passes_a_column_in_a_lane_of_its_own() -> None:
    text = html.render(Report(stories=(TRIAGE,)), lines)
    (path,) = re.findall(r"list → notify: fails</title><path d=\"([^\"]+)\"", text)
    lanes = [int(y) for y in re.findall(r" L\d+,(\d+)", path)]
    assert len(lanes) == 1
    assert lanes[0] > stories.MARGIN + stories.STEP[1], "it runs below the step of that column"
