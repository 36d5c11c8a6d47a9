from __future__ import annotations

import html
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from validator.reports import escapes

HARMFUL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u2028\u2029\ud800-\udfff]")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain, naïve, 日本語, שלום", "plain, naïve, 日本語, שלום"),
        ("\x1b[31mred\x1b[0m", "\\x1b[31mred\\x1b[0m"),
        ("\u202egnp.exe", "\\u202egnp.exe"),
        ("a\tb\nc", "a\tb\nc"),
        ("a\r\nb\rc", "a\nb\\x0dc"),
        ("\x9b31m", "\\x9b31m"),
        ("\U000e0041hidden", "\\U000e0041hidden"),
        ("\ud800", "\\ud800"),
        ("\U0001f469\u200d\U0001f52c", "\U0001f469\u200d\U0001f52c"),  # a joiner inside an emoji stays
    ],
)
def test_visible(text: str, shown: str) -> None:
    assert escapes.visible(text) == shown


@given(st.text(st.characters()))
def test_nothing_harmful_is_left(text: str) -> None:
    for escape in (escapes.visible, escapes.inline, escapes.markdown, escapes.fenced, escapes.command_property):
        assert not HARMFUL.search(escape(text))


@pytest.mark.parametrize(
    ("text", "calm"),
    [
        ("::error::x", "\\::error::x"),
        ("one\n \t ::add-mask::y", "one\n \t \\::add-mask::y"),
        ("\u200d:\u200d:error::x", "\u200d\\:\u200d:error::x"),  # .NET does not see joiners when it compares
        ("see validator::x", "see validator::x"),
        ("x ##[add-mask]q", "x #\\#[add-mask]q"),
        ("###[x]", "##\\#[x]"),
    ],
)
def test_workflow_log(text: str, calm: str) -> None:
    assert escapes.workflow_log(text) == calm


@given(st.text(st.sampled_from(":#[ \t\n\u200d\u00a0a\\")))
def test_no_line_is_a_workflow_command(text: str) -> None:
    for line in escapes.workflow_log(text).split("\n"):
        seen = "".join(character for character in line if character != "\u200d")  # as the runner compares
        assert not seen.lstrip().startswith("::")
        assert "##[" not in seen


def test_stop_commands_brackets_the_text() -> None:
    text = escapes.without_commands("::error::x\n", "t0ken")
    assert text == "::stop-commands::t0ken\n\\::error::x\n::t0ken::\n"


def test_command_values() -> None:
    assert escapes.command_data("100% a:b,c\r\nd\re") == "100%25 a:b,c%0Ad\\x0de"
    assert escapes.command_property("a:b,c%") == "a%3Ab%2Cc%25"


@pytest.mark.parametrize("text", ["`", "``` x", "a `````` b", "~~~", "x\n```\ny"])
def test_a_fence_holds(text: str) -> None:
    first, *_, last = escapes.fenced(text).split("\n")
    assert first == last
    assert first not in text


@given(st.text(st.sampled_from("`*_[]()<>&|~\\$@#!:/.w-1 \nhtps")))
def test_markdown_leaves_no_markup(text: str) -> None:
    shown = re.sub(r"&#\d+;", "", escapes.markdown(text))
    assert not re.search(r"[`*_\[\]<>|~$@!&]", shown.replace("\\n", ""))
    assert not re.search(r"://|\bwww\.|[@#]\w", html.unescape(escapes.markdown(text)))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("reads `a|b`, not `c`", "reads <code>a&#124;b</code>, not <code>c</code>"),
        ("one ` alone", "one &#96; alone"),
        ("`` empty", " empty"),
        ("`<b>` <b>", "<code>&#60;b&#62;</code> &#60;b&#62;"),
    ],
)
def test_a_message_shows_its_names_as_code(text: str, shown: str) -> None:
    assert escapes.message(text) == shown


def test_tail_counts_what_it_leaves_out() -> None:
    assert escapes.tail("\x1b[31m1\x1b[0m\n2\n3\n4\n", 2) == ["… 2 lines before", "3", "4"]
    assert escapes.tail("x" * 9, 2, width=4) == ["xxxx… (9 characters in all)"]
