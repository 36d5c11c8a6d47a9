"""Each loss is told at the line that is behind it: a template, an `if`, a setting, or a keyword of a schema."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.suite.realtime.rooms import STORY, play
from validator.findings import Finding

HELLO: dict[str, Any] = {"from": "mic", "id": "hello", "payload": {"text": "hello", "loud": 1}}
THINK = {"answers": [{"payload": {"text": "{{ packet.text }}", "loud": "{{ packet.loud }}"}}]}
LINES = """\
  - name: show
    ref: {name: show}
    transport: live
    needs: [think]
"""
SHOW = STORY[STORY.index("  - {name: show") :]
LIVE = "{name: live, transportRef: live}"


def told(folder: Path, show: str, story: str = STORY, more: str = "") -> dict[str, list[str]]:
    """The lines of the finding by its rule: that behind the loss, then those that explain it."""
    document = {"send": [HELLO], "steps": {"think": THINK}}
    ran = play(folder, document, story.replace(SHOW, LINES + show), templates={"show": more, "mic": more})
    return {one.rule.code: lines(folder, one) for one in ran.findings}


def lines(folder: Path, finding: Finding) -> list[str]:
    places = (finding.location, *(one.location for one in finding.related))
    return [(folder / one.file).read_text("utf-8").splitlines()[one.line - 1].strip() for one in places]


@pytest.mark.parametrize(
    ("show", "rule", "line"),
    [
        ('    if: "{{ eq packet.loud 1 }}"\n    runtime:\n      a: x\n      b: "{{ packet.no }}"\n', "EV762", "b: "),
        ('    if: "{{ packet.no.more }}"\n    runtime:\n      a: x\n', "EV762", "if: "),
        ('    runtime:\n      a: [x, {b: 1}]\n      c:\n      - d: "{{ packet.no.more }}"\n', "EV762", "- d: "),
        ('    runtime:\n      a: x\n      b: "{{ steps.mic.text }}"\n', "EV763", "b: "),
        ('    if: "{{ steps.mic.text }}"\n', "EV763", "if: "),
        ('    with:\n      a: x\n      b: "{{ inputs.no }}"\n', "EV762", "b: "),
        ('    if: "{{ eq packet.loud 2 }}"\n', "EV764", "if: "),
    ],
)
def test_a_template(show: str, rule: str, line: str, tmp_path: Path) -> None:
    assert told(tmp_path, show)[rule][0].startswith(line)


TAKES = """
  inputSchema:
    type: object
    required: [loud]
    properties:
      loud:
        type: string
"""
GIVES = """
  outputSchema:
    type: object
    properties:
      text: {type: string}
      loud:
        type: string
"""


@pytest.mark.parametrize(
    ("show", "schema", "rule", "expected"),
    [
        (
            '    runtime:\n      a: x\n      loud: "{{ packet.text | len }}"\n',
            TAKES,
            "EV761",
            ["loud: ", "type: string"],
        ),
        ("    runtime:\n      a: x\n", TAKES, "EV761", ["a: x", "required: [loud]"]),
        ("", GIVES, "EV760", ["type: string", "- {name: mic"]),
    ],
)
def test_a_schema(show: str, schema: str, rule: str, expected: list[str], tmp_path: Path) -> None:
    found = told(tmp_path, show, more=schema)[rule]
    assert [one.startswith(start) for one, start in zip(found, expected, strict=True)] == [True, True], found


@pytest.mark.parametrize(
    ("settings", "rule", "line"),
    [
        ("routing: {rules: [{name: loud}, {name: quiet, action: deny}]}", "EV765", "routing: "),
        ("routing: {rules: [\n    {name: loud},\n    {name: quiet, action: deny}]}", "EV765", "{name: quiet, "),
    ],
)
def test_a_setting_of_a_transport(settings: str, rule: str, line: str, tmp_path: Path) -> None:
    transport = f"name: live\n    transportRef: live\n    settings:\n      {settings}"
    story = STORY.replace(f"  - {LIVE}", f"  - {transport}")
    assert told(tmp_path, "", story)[rule][0].startswith(line)


def test_a_stop(tmp_path: Path) -> None:
    story = STORY.replace(SHOW, f"  - {{name: halt, type: stop, needs: [think]}}\n{SHOW}")
    story = story.replace(", transport: live", "")  # a primitive is passed over where its sender names a transport
    assert told(tmp_path, "", story)["EV768"] == ["- {name: halt, type: stop, needs: [think]}"]
