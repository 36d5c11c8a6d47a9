"""Whatever an engram or a manifest says, in whichever field: no output lets it do anything but be read.

Each text stands in every field that others can fill: messages, evidence, names, files, logs, suggestions, transcripts,
pairs, images, reasons, steps, and the lines of the sources.
"""

from __future__ import annotations

import io
import json
import re
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator, Sequence
from html.parser import HTMLParser
from typing import Any

import pytest

from tests.reports.page_text import everything
from tests.reports.report_samples import HOSTILE_TEXT, hostile
from validator.findings import Location, Subject
from validator.reports import check_run, comment, console, document, github, html, junit, review, sarif, summary
from validator.reports import links as links_to
from validator.reports.writers import GROUP, Outputs, write
from validator.suite.results import Report

TEXTS = {
    "markup": "</script><script>alert(1)</script><img src=x onerror=alert(1)>\"'&amp;<!-- --> ]]> <![CDATA[ <details>",
    "markdown": "# h\n```\n[a](javascript:x) ![b](http://evil.example/b) @octocat #1 **b** | <b> `` ` ~~~ \n> q\n---",
    "control characters": "".join(map(chr, [*range(32), *range(127, 160)])) + "\x1b[2J\x1b]0;owned\x07\x1b[31mred",
    "workflow commands": "::error::owned\n  ::add-mask::x\n##[add-mask]y\r::set-output name=a::b%0A::debug::z\n::",
    "a very long line": "long " * 60_000 + "\n" + "x" * 300_000,
    "right-to-left and bidi": "\u202eexe.gnp\u202c \u2066a\u2069 \u200f\u061c שלום عربى \u200b\ufeff\U000e0041",
    "surrogates and non-characters": "\ud800 \udfff\ud83d \ufffe\uffff \U0001f600",
    "templates": "{{script}} {{data}} {0} %s ${{ github.token }} $(id) \\u202e",
    "all at once": HOSTILE_TEXT,
}
HARMFUL = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2028\u2029\u2066-\u2069\ufeff\ufffe\uffff\ud800-\udfff"
    "\U000e0000-\U000e0fff]"
)
ENTITY = re.compile(r"&#\d+;")


@pytest.fixture(params=list(TEXTS.values()), ids=list(TEXTS), scope="module")
def text(request: pytest.FixtureRequest) -> str:
    found: str = request.param
    return found


@pytest.fixture(scope="module")
def report(text: str) -> Report:
    return hostile(3, text)


@pytest.fixture(scope="module")
def source(text: str) -> Callable[[str], Sequence[str]]:
    lines = [*re.split(r"\r\n|\n|\r", text), "", "", "", ""]
    return lambda file: lines


def strings(value: Any) -> Iterator[str]:
    """All texts of a document, names of members included."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for item in value:
            yield from strings(item)
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from strings(key)
            yield from strings(item)


def no_commands(text: str) -> None:
    for line in text.split("\n"):
        assert not line.lstrip().startswith("::")
        assert "##[" not in line


def test_the_console_has_lines_and_nothing_else(report: Report, source: Any) -> None:
    shown = console.render(report, source, console.Look(width=100, verbose=True))
    assert not HARMFUL.search(shown)
    assert max(map(len, shown.split("\n"))) < 5_000


def sections(log: str) -> tuple[list[str], list[str]]:
    """Lines in which GitHub takes no command, each part ended by a word that nothing else has, and the rest."""
    quiet: list[str] = []
    heard: list[str] = []
    end = ""
    for line in log.removesuffix("\n").split("\n"):
        begin = re.fullmatch(r"::stop-commands::([0-9a-f]{32})", line)
        if end:
            end = "" if line == f"::{end}::" else end
            quiet += [line] if end else []
        elif begin:
            end = begin[1]
            assert log.count(end) == 2
        else:
            heard.append(line)
    assert not end
    return quiet, heard


def test_in_githubs_log_only_our_own_commands_are_commands(report: Report, source: Any) -> None:
    out, err = io.StringIO(), io.StringIO()
    assert write(report, Outputs(form="github", verbose=True), source, out=out, err=err, environ={})
    inside, lines = sections(out.getvalue())
    no_commands("\n".join(inside))
    lines = [line for line in lines if line not in (f"::group::{GROUP}", "::endgroup::")]
    for line in lines:
        command = re.fullmatch(
            r"::(error|warning|notice) ((?:file|line|endLine|col|endColumn|title)=[^\n]*?)::(.*)", line
        )
        assert command is not None
        assert all(re.fullmatch(r"\w+=[^:,]*", pair) for pair in command[2].split(","))
        assert not re.search(r"%(?!25|0A|0D|3A|2C)", line)
        assert not HARMFUL.search(line)
        assert len(command[3]) < 3 * github.MESSAGE_LIMIT + 100
    assert len(lines) == 3


def test_the_json_is_ascii_and_comes_back_as_it_was(report: Report) -> None:
    rendered = document.render(report)
    assert rendered.isascii()
    assert not HARMFUL.search(rendered)
    no_commands(rendered)
    assert document.parse(rendered) == report


def test_the_junit_is_xml_with_our_elements_only(report: Report, source: Any) -> None:
    rendered = junit.render(report, source)
    assert not HARMFUL.search(rendered)
    root = ET.fromstring(rendered.encode())
    known = {"testsuites", "testsuite", "testcase", "failure", "error", "skipped", "system-out", "system-err"}
    assert {element.tag for element in root.iter()} <= known | {"properties", "property"}


def test_the_sarif_is_json_without_anything_invisible(report: Report) -> None:
    rendered = sarif.render(report)
    assert not HARMFUL.search(rendered)
    assert not [one for one in strings(json.loads(rendered)["runs"][0]["results"]) if HARMFUL.search(one)]


class Elements(HTMLParser):
    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def test_the_page_has_the_elements_of_any_page(report: Report, source: Any) -> None:
    page = html.render(report, source)
    found = Elements(page).found
    plain = Elements(html.render(hostile(3, "plain\nx" * 40), lambda file: ["plain"] * 9)).found
    assert {tag for tag, _ in found} <= {tag for tag, _ in plain}
    assert {name for _, attributes in found for name in attributes} <= {name for _, attrs in plain for name in attrs}
    assert [attributes for tag, attributes in found if tag == "script"] == [
        {"type": "application/json", "id": "findings-index"},
        {"type": "text/plain", "id": "findings-details"},
        {"type": "application/json", "id": "data"},
        {},
    ]
    links = {str(attributes.get("href")) for tag, attributes in found if tag == "a"}
    assert {link for link in links if not link.startswith(links_to.SITE)} == {"#findings"}
    assert not HARMFUL.search(everything(page))
    data = re.search(r'id="data">(.*?)</script>', page, re.DOTALL)
    assert data is not None
    assert not [one for one in strings(json.loads(data[1])) if HARMFUL.search(one)]


def prose(text: str) -> str:
    """What of GitHub Markdown is no code block; fails on a block that does not end."""
    kept, fence = [], ""
    for line in text.split("\n"):
        if fence:
            fence = "" if line == fence else fence
        elif mark := re.match(r"`{3,}", line):
            fence = mark[0]
        else:
            kept.append(line)
    assert not fence
    return "\n".join(kept)


def harmless(text: str) -> None:
    """GitHub Markdown in which only what is ours is markup."""
    assert not HARMFUL.search(text)
    shown = prose(text)
    ours = r"(?m)^> Not shown here|</?(?:details|summary|code)>|<!-- engram-validate [a-z]+(?: [0-9a-f]{16})? -->"
    left = ENTITY.sub("", re.sub(ours, "", shown))
    assert not re.search(r"[<>`\[\]~$@!&]", left)
    assert not re.search(r"://|\bwww\.", left)
    assert not re.search(r"[@#]\w", re.sub(r"&#(\d+);", lambda match: chr(int(match[1])), shown).replace("\u200b", " "))


def test_the_summary_is_ours_to_the_last_mark(report: Report, source: Any) -> None:
    rendered = summary.render(report, source)
    assert rendered.startswith("## ❌ engram-validate: failed\n")
    assert len(rendered.encode()) <= summary.LIMIT
    harmless(rendered)


def test_the_comment_and_the_review_are_ours_to_the_last_mark(report: Report, source: Any) -> None:
    harmless(comment.body(report, source))
    for one in review.proposals(report, source):
        assert one.body.count("\n") < review.MOST_LINES + 10
        harmless(one.body)


def test_the_check_run_shows_everything_and_no_more_than_it_takes(report: Report, source: Any) -> None:
    notes = check_run.annotated(report, source)
    told = check_run.output(report, source, len(notes))
    assert not [one for one in strings([notes, told]) if HARMFUL.search(one)]
    for note in notes:
        assert all(len(str(note[name]).encode()) <= 64 * 1024 for name in ("message", "raw_details", "title"))
        assert len(str(note["title"])) <= 255
    assert len(str(told["summary"]).encode()) < 65_535
    harmless(str(told["summary"]))


def test_the_seven_outputs_tell_what_was_said(text: str) -> None:
    """Escaped is not swallowed: a word of the message is in each of them."""
    from tests.reports.report_samples import WRONG_OUTPUT

    finding = WRONG_OUTPUT.at(Location("a.yaml"), Subject("engram", "e"), message=f"telltale {text}")
    told = Report(findings=(finding,), checked=1)

    def lines(file: str) -> Sequence[str]:
        return ()

    outputs = [
        console.render(told, lines, console.Look(width=100)),
        document.render(told),
        junit.render(told, lines),
        sarif.render(told),
        everything(html.render(told, lines)),
        summary.render(told, lines),
        github.render(told),
        json.dumps(check_run.annotated(told, lines)),
        comment.body(told, lines),
    ]
    assert all("telltale" in output for output in outputs)
