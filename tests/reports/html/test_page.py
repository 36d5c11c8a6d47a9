from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from tests.reports.page_text import details, everything, index
from tests.reports.report_samples import CHANELS, GOOD, MIXED, TOTAL, TRIAGE, case, hostile, hostile_lines, lines, many
from validator.findings import Finding, Location, Subject
from validator.reports import html
from validator.reports.html import coverage, environment, findings, stories
from validator.reports.links import SITE, Origin
from validator.rules.stories import NOT_AS_EXPECTED
from validator.suite.results import Outcome, Report, StoryEdge, StoryGraph, StoryStep, Verdict

ELEMENTS = {
    *("html", "head", "meta", "link", "title", "style", "body", "a", "header", "main", "section", "h1", "h2", "h3"),
    *("aside", "i", "p", "b", "span", "code", "pre", "details", "summary", "ul", "li", "div", "meter", "script"),
    *("input", "select", "option", "fieldset", "legend", "label", "output"),
    *("dl", "dt", "dd", "template", "noscript"),
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
        "Not checked",
        "Checks by engram and story",
        "Reached by exploring",
        "Tested images",
        "Cases",
        "Suppressed",
        "Times",
    ]
    assert text.index("failed</h1>") < text.index("Findings</h2>")
    for told in ("chanels", "^^^^^^^", "witness in full", "sha256:0123456789abcdef", "panic: no", "counted elsewhere"):
        assert told in everything(text)


def test_what_is_empty_is_left_out() -> None:
    assert headings(html.render(GOOD, lines)) == [
        "Findings",
        "Checks by engram and story",
        "Tested images",
        "Cases",
        "Times",
    ]
    assert headings(html.render(Report(), lines)) == ["Findings"]


def test_a_table_that_would_be_too_large_is_missed_in_its_place() -> None:
    page = Page(html.render(replace(GOOD, no_pairs="There are <61> templates."), lines))
    told = [text for text in page.texts if text[1].strip()]
    where = told.index(("h2", "Every template with every other"))
    assert told[where + 1] == ("p", "There are <61> templates.")


@pytest.mark.parametrize("report", [MIXED, hostile(3)], ids=["mixed", "hostile"])
def test_nothing_that_others_wrote_is_markup(report: Report) -> None:
    text = html.render(report, hostile_lines)
    page = Page(text)
    assert {name for name, _ in page.elements} <= ELEMENTS
    scripts = [attributes.get("type", "") for name, attributes in page.elements if name == "script"]
    assert scripts == ["application/json", "text/plain", "application/json", ""], "findings, the table, the page's own"
    names = {name for _, attributes in page.elements for name in attributes}
    assert not any(name.startswith("on") for name in names)
    links = {value for _, attributes in page.elements for name, value in attributes.items() if name in {"href", "src"}}
    assert {link for link in links if not str(link).startswith(f"{SITE}/rules/EV")} == {"data:,", "#findings"}
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\ud800-\udfff]", text)


def test_only_the_pages_own_script_may_run() -> None:
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', html.render(MIXED, lines))
    assert policy is not None
    assert "default-src 'none'" in policy[1]
    assert re.search(r"script-src 'sha256-[\w+/]{43}='", policy[1])
    assert "unsafe-inline" not in policy[1].split("script-src")[1]


def test_places_of_the_page_in_texts_stay_texts() -> None:
    text = html.render(Report(findings=(replace(TOTAL, message="{{script}} {% x %} {{main}}"),)), lines)
    assert index(text)["findings"][0][4] == "{{script}} {% x %} {{main}}"
    assert text.count("</script>") == 3


def test_a_transcript_is_told_in_full_where_the_excerpt_has_its_end() -> None:
    transcript = "\n".join(f"{number} engram -> hub packet" for number in range(40))
    ((styled, full, _),) = details(
        html.render(Report(findings=(replace(TOTAL, evidence={"transcript": transcript}),)), lines)
    )
    assert full == [["transcript", transcript]]
    assert len(styled) < 20
    short = replace(TOTAL, evidence={"transcript": "a\nb\nc"})
    assert details(html.render(Report(findings=(short,)), lines))[0][1] == []


def test_what_is_too_much_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(findings, "MOST_FINDINGS", 20)
    text = html.render(many(30), lines)
    rows = index(text)["findings"]
    assert len(rows) == len(details(text)) == 20
    assert "10 more findings, none more severe." in text
    assert {row[1] for row in rows} == {"error", "warning"}


def of_story(name: str, case: str) -> Finding:
    """A finding about a run of a story."""
    return NOT_AS_EXPECTED.at(Location("c.yaml"), Subject("story", name, case=case), what="x", problem="y")


@pytest.mark.parametrize(
    ("finding", "command"),
    [
        (CHANELS, "engram-validate check --checks resolution"),
        (TOTAL, "engram-validate run --case 'picks the channel id'"),
        (
            replace(TOTAL, subject=Subject("template", "slack", case="picks the channel id")),
            "engram-validate run --template slack --case 'picks the channel id'",
        ),
        (of_story("a b$(id)", "no mail"), "engram-validate story run 'a b$(id)' --case 'no mail'"),
        (of_story("triage", "generated"), "engram-validate story run triage"),
        (of_story("triage", ""), "engram-validate story run triage"),
        (replace(of_story("triage", ""), subject=Subject("config", "c.yaml")), "engram-validate story run"),
        (replace(TOTAL, subject=Subject("story", "triage", case="all")), "engram-validate story run triage --case all"),
    ],
)
def test_a_finding_has_a_line_that_checks_it_again(finding: Finding, command: str) -> None:
    assert details(html.render(Report(findings=(finding,)), lines))[0][2] == command


HOST = Origin(
    "acme/flows",
    "0123456789abcdef",
    "main",
    "https://github.com/acme/flows/actions/runs/1",
    "2026-11-29",
    "https://h/b",
)


def test_it_says_what_it_is_about_and_leads_there() -> None:
    text = html.render(MIXED, lines, HOST)
    for told in ("acme/flows", "branch main", "<code>0123456789ab</code>", 'runs/1">workflow run', "2026-11-29"):
        assert told in text
    assert 'href="https://h/b/catalog/slack.yaml#L8"' in text
    editor = html.render(MIXED, lines, Origin(files="vscode://file/home/me/flows"))
    assert 'href="vscode://file/home/me/flows/catalog/slack.yaml:8:7"' in editor
    assert index(editor)["root"] == "vscode://file/home/me/flows"


def test_ten_thousand_cases_stay_a_page() -> None:
    report = Report(cases=tuple(case(str(number), Outcome.PASSED, stdout="x" * 5_000) for number in range(10_000)))
    text = html.render(report, lines)
    assert "5,000 more cases, none worse than these." in text
    assert len(text) < 6_000_000


def test_a_template_escapes_what_it_writes() -> None:
    made = environment.environment().from_string('<a class="{{ a }}">{{ b }}</a>').render(a='"x"', b="<\x1b&>")
    assert made == '<a class="&#34;x&#34;">&lt;\\x1b&amp;&gt;</a>'
    assert environment.message("a `<b>` c") == "a <code>&lt;b&gt;</code> c"
    assert environment.message("a ` <b>") == "a ` &lt;b&gt;"


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


def test_what_exploring_reached_is_told_in_numbers_and_by_name_the_least_first() -> None:
    found = coverage.view(MIXED.cases)

    assert [(row.schema, row.counts, row.more) for row in found] == [
        ("outputSchema", ("2 of 2", "", "1 of 2"), 0),
        ("inputSchema", ("5 of 6", "2 of 3", ""), 0),
    ]
    text = html.render(MIXED, lines)
    assert "<code>kind</code> = &#34;&lt;b&gt;large&lt;/b&gt;&#34;" in text
    assert "<td>5 of 6</td><td>2 of 3</td><td></td>" in text
    assert headings(html.render(GOOD, lines)).count("Reached by exploring") == 0
