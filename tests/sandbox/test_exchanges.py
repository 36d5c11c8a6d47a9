"""What a stub service answers to what, as tables: no socket, no sandbox."""

from __future__ import annotations

import json

import pytest

from validator.sandbox.harness import shapes
from validator.sandbox.harness.exchanges import Exchange, StubRequest, answer, path_pattern
from validator.suite.expectations import is_schema

CHAT = {"model": "gpt", "messages": [{"role": "user", "content": "hi"}], "n": 1}


def asked(method="POST", target="/v1/chat?x=1&y=%20", headers=None, body=None):
    content = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
    return StubRequest(method, target, {"content-type": "application/json", **(headers or {})}, content)


@pytest.mark.parametrize(
    ("request_", "problem"),
    [
        ({}, ""),
        ({"method": "POST", "path": "/v1/chat"}, ""),
        ({"path": "/v1/*"}, ""),
        ({"path": "/*"}, "the path differs"),
        ({"path": "/**"}, ""),
        ({"path": "/v1/{what}"}, ""),
        ({"method": "GET"}, "the method is POST, not GET"),
        ({"query": {"x": "1", "y": " "}}, ""),
        ({"query": {"z": "1"}}, "query parameter z is missing"),
        ({"query": {"x": {"pattern": "^[0-9]$"}}}, ""),
        ({"headers": {"Content-Type": "application/*"}}, ""),
        ({"headers": {"Authorization": "Bearer *"}}, "header Authorization is missing"),
        ({"json": {"model": "gpt"}}, ""),
        ({"json": {"model": "other"}}, "in the body, model differs"),
        ({"json": {"n": 1.0}}, ""),
        ({"json": {"n": True}}, "in the body, n differs"),
        ({"json": {"messages": [{"content": {"type": "string", "minLength": 1}}]}}, ""),
        ({"json": {"messages": []}}, "in the body, messages has 1 items instead of 0"),
        ({"json": {"type": "object", "required": ["model"]}}, ""),
        ({"json": {"messages": {"type": "array", "maxItems": 0}}}, "in the body, messages does not conform"),
        ({"text": "*gpt*"}, ""),
        ({"text": "gpt"}, "the body differs"),
    ],
)
def test_a_request_matches(request_, problem):
    found = Exchange({"request": request_}).mismatch(asked(body=CHAT))[1]
    assert found.startswith(problem)
    assert bool(found) == bool(problem)


@pytest.mark.parametrize(
    ("schema", "yes", "no"),
    [
        ({"type": ["string", "null"]}, [None, "a"], [1, True]),
        ({"type": "integer"}, [1, 1.0], [1.5, True, "1"]),
        ({"type": "number", "exclusiveMinimum": 0, "maximum": 2}, [1, 2], [0, 3]),
        ({"enum": [1, "a"]}, [1, 1.0, "a"], [True, "b"]),
        ({"const": {"a": [1]}}, [{"a": [1]}], [{"a": [1, 2]}, {}]),
        ({"type": "string", "pattern": "^a", "maxLength": 2}, ["a", "ab"], ["b", "abc"]),
        (
            {"type": "object", "properties": {"a": {"type": "string"}}, "additionalProperties": False},
            [{}, {"a": ""}],
            [{"a": 1}, {"b": 1}],
        ),
        ({"type": "array", "items": {"type": "string"}, "contains": {"const": "x"}}, [["x"]], [["y"], [], [1, "x"]]),
        ({"anyOf": [{"type": "string"}, {"minimum": 3}]}, ["a", 3], [2]),
        ({"oneOf": [{"type": "integer"}, {"minimum": 3}]}, [2, 3.5], [3]),
        ({"allOf": [{"type": "integer"}], "not": {"const": 1}}, [2], [1, "a"]),
    ],
)
def test_a_schema_means_what_json_schema_says(schema, yes, no):
    from jsonschema import Draft202012Validator

    validator = Draft202012Validator(schema)
    for values, expected in ((yes, True), (no, False)):
        for value in values:
            assert shapes.conforms(schema, value) is expected, value
            assert validator.is_valid(value) is expected, value


@pytest.mark.parametrize(
    "node",
    [{"type": "string"}, {"type": "gpt"}, {"type": ["a"]}, {"format": "uri"}, {"minimum": 1}, {"title": "x"}, {}, [], 1,
     {"properties": {}}, {"type": "object", "model": "x"}, {"$ref": "#/x", "const": 1}],
)  # fmt: skip
def test_the_same_nodes_are_schemas_as_in_expectations(node):
    assert shapes.is_schema(node) == is_schema(node)


def test_answers_take_turns_and_the_last_stays():
    exchange = Exchange({"responses": [{"status": 429}, {"fail": "close"}, {"json": 1}]})
    replies = [exchange.reply(asked()) for _ in range(4)]
    assert [(reply.status, reply.fail, reply.body) for reply in replies] == [
        (429, "", b""),
        (200, "close", b""),
        (200, "", b"1"),
        (200, "", b"1"),
    ]


@pytest.mark.parametrize(
    ("template", "told"),
    [
        ("${request.json.model}", "gpt"),
        ("${request.json.n}", 1),
        ("n=${request.json.n}, ${request.json.nothing}.", "n=1, ."),
        ("${request.json.messages[0].content}", "hi"),
        ("${request.json.messages.0}", {"role": "user", "content": "hi"}),
        ("${request.json.messages[7]}", None),
        ("${request.params.what} ${request.query.x} ${request.method} ${request.path}", "chat 1 POST /v1/chat"),
        ("${request.headers.Content-Type}", "application/json"),
        ({"a": ["${request.json.n}"]}, {"a": [1]}),
    ],
)
def test_a_template_repeats_what_was_asked(template, told):
    exchange = Exchange(
        {"request": {"path": "/v1/{what}"}, "responses": [{"template": True, "json": template}, {"json": template}]}
    )
    assert json.loads(exchange.reply(asked(body=CHAT)).body) == told
    assert json.loads(exchange.reply(asked(body=CHAT)).body) == template, "only where it is asked for"


def test_what_nobody_foresaw_is_told_with_what_comes_nearest():
    exchanges = [
        Exchange({"request": {"method": "POST", "path": "/v1/chat", "json": {"model": "x"}}}),
        Exchange({"request": {"path": "/other"}}),
    ]
    reply, problem = answer("openai", exchanges, asked(body=CHAT))
    assert (reply.status, problem) == (501, "nearest is POST /v1/chat, but in the body, model differs")
    reply, problem = answer("openai", exchanges, asked(target="/v2"))
    assert (reply.status, problem) == (404, "it expects POST /v1/chat, any method /other")
    assert "does not expect POST /v2" in json.loads(reply.body)["error"]["message"]


def test_a_path_is_no_regular_expression():
    assert path_pattern("/a.b+(c)").fullmatch("/a.b+(c)")
    assert not path_pattern("/a.b").fullmatch("/axb")
