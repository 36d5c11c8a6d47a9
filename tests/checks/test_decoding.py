"""What the SDK's decoder refuses, told apart: a type of the code against one of the schema, or a wrong value."""

from __future__ import annotations

import pytest

from validator.checks.decoding import declaration, undecodable
from validator.sources.reader import read
from validator.sources.text import SourceText

INPUT = "failed to unmarshal inputs into the target type: failed to decode map into target struct: "
CONFIG = "failed to unmarshal config: failed to decode map into target struct: "

MESSAGES = [
    ("a map", INPUT + "1 error(s) decoding:\n\n* 'Audio.SampleRate' expected a map, got 'float64'",
     [("input", "Audio.SampleRate")]),
    ("two at once", INPUT + "2 error(s)\n\n* 'a' expected a map, got 'string'\n* 'b[0]' expected type 'string',"
     " got unconvertible type 'map[string]interface {}', value: 'map[]'", [("input", "a"), ("input", "b[0]")]),
    ("a list", CONFIG + "1 error(s) decoding:\n\n* 'tags': source data must be an array or slice, got string",
     [("config", "tags")]),
    ("a word for a number", INPUT + "1 error(s)\n\n* cannot parse 'n' as int: strconv.ParseInt: invalid syntax",
     [("input", "n")]),
    ("a number for a duration", CONFIG + "1 error(s) decoding:\n\n* error decoding 'timeout': duration values must be"
     " strings like 5s, not float64", [("config", "timeout")]),
    ("a word that is no duration", CONFIG + "1 error(s) decoding:\n\n* error decoding 'timeout': time: invalid duration"
     ' "example"', []),
    ("a number below zero", INPUT + "1 error(s) decoding:\n\n* cannot parse 'n', -1 overflows uint", []),
    ("the engram's own words", "'Audio' expected a map, got 'float64'", []),
]  # fmt: skip


@pytest.mark.parametrize(("message", "members"), [row[1:] for row in MESSAGES], ids=[row[0] for row in MESSAGES])
def test_members_that_cannot_be_decoded(message: str, members: list[tuple[str, str]]) -> None:
    assert [(each.what, each.member) for each in undecodable(message)] == members


SCHEMA = """\
type: object
properties:
  audio:
    type: object
    properties:
      sampleRate: {type: number}
  tags:
    type: array
    items: {type: string}
"""


@pytest.mark.parametrize(
    ("member", "line"), [("Audio.SampleRate", 6), ("audio", 4), ("tags[0]", 9), ("audio.other", 4), ("else", 1)]
)
def test_the_line_that_declares_a_member(member: str, line: int) -> None:
    schema = read(SourceText("schema.yaml", SCHEMA)).documents[0].root
    assert declaration(schema, member)[0].location.line == line
