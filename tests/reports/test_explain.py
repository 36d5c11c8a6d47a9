from __future__ import annotations

import json
import re

import pytest
from click.testing import CliRunner

from validator import rules
from validator.cli import main


def explain(*arguments: str, **environ: str) -> tuple[int, str]:
    result = CliRunner(env={"NO_COLOR": None, "FORCE_COLOR": None, **environ}).invoke(main, ["explain", *arguments])
    return result.exit_code, result.output


@pytest.mark.parametrize("wanted", ["EV190", "ev190", "unused-suppression"])
def test_the_page_of_a_rule(wanted: str) -> None:
    status, text = explain(wanted)
    rule = rules.find("EV190")
    assert rule is not None
    assert (status, text) == (0, rules.page(rule))


@pytest.mark.parametrize("code", ["EV190", "EV401", "EV417"], ids=["yaml", "go", "dockerfile"])
def test_a_page_is_set_for_a_terminal(code: str) -> None:
    status, text = explain(code, FORCE_COLOR="1")
    assert status == 0
    assert "\x1b[" in text
    assert "```" not in text
    assert "This fails:" in text
    assert "This passes:" in text


def test_code_is_not_wrapped_where_there_is_room() -> None:
    shown = re.sub(r"\x1b\[[\d;]*m", "", explain("EV401", FORCE_COLOR="1", COLUMNS="160")[1])
    code = re.findall(r"(?m)^func .*$", rules.page(rules.catalogue()["EV401"]))
    assert len(code) == 2
    assert all(line in shown for line in code)


def test_the_catalogue() -> None:
    status, text = explain()
    assert status == 0
    assert "EV190  unused-suppression" in text
    assert [line.split()[0] for line in text.split("\n") if line] == list(rules.catalogue())


@pytest.mark.parametrize("wanted", ["EV19", "ev19"])
def test_the_beginning_of_a_code_lists_what_begins_so(wanted: str) -> None:
    status, text = explain(wanted)
    assert status == 0
    assert [line.split()[0] for line in text.split("\n") if line] == [
        code for code in rules.catalogue() if code.startswith("EV19")
    ]


def test_for_programs() -> None:
    assert [each["code"] for each in json.loads(explain("--format", "json")[1])] == list(rules.catalogue())
    one = json.loads(explain("EV190", "--format", "json")[1])
    assert one["name"] == "unused-suppression"
    assert one["page"].startswith("# EV190 unused-suppression\n")


@pytest.mark.parametrize("wanted", ["EV199", "unused-supression", "Unused_Suppression"])
def test_an_unknown_rule_names_the_nearest(wanted: str) -> None:
    status, text = explain(wanted)
    assert status == 2
    assert f"there is no rule {wanted!r}; the nearest are " in text
    assert "EV19" in text or "unused-suppression" in text


def test_nothing_near() -> None:
    status, text = explain("☃")
    assert status == 2
    assert "there is no rule '☃' ('engram-validate explain' lists all)" in text
