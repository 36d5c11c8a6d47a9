"""Patterns and references of strangers: no engine backtracks without a deadline, and nothing is fetched."""

from __future__ import annotations

import http.server
import json
import threading
import time

import pytest

from validator.sandbox.harness.exchanges import Exchange, StubRequest, answer, filled, path_pattern
from validator.schemas import deadline
from validator.schemas.containment import confirm
from validator.schemas.containment.compare import Comparer
from validator.schemas.containment.dialect import DRAFT_2020_12
from validator.schemas.independent import UnjudgedError, validator_of
from validator.suite import environment, services
from validator.suite.expectations import differences
from validator.suite.suppression import _globs
from validator.templates.errors import UnsupportedError
from validator.templates.evaluation import plan

LETTERS = "a" * 40 + "!"
SLOW = "^(?=a)(a+)+$"
"""Look-ahead is outside RE2; the rest backtracks."""
QUICK = "^(?=a)a+!$"


@pytest.fixture
def impatient(monkeypatch):
    monkeypatch.setattr(deadline, "SECONDS", 0.3)
    deadline.search.cache_clear()
    deadline._hopeless.clear()


@pytest.mark.parametrize(
    "schema",
    [
        {"pattern": "^(a+)+$"},
        {"type": "string", "pattern": "^(a|a)*$"},
        {"pattern": "^(([a-z])+.)+[A-Z]([a-z])+$"},
    ],
)
def test_an_expected_pattern_of_re2_is_judged_at_once(schema):
    (found,) = differences(schema, LETTERS)
    assert "does not match" in found.problem


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({"pattern": SLOW}, LETTERS),
        ({"patternProperties": {SLOW: {"type": "string"}}, "type": "object"}, {LETTERS: 1}),
        ({"type": "object", "patternProperties": {SLOW: {}}, "additionalProperties": False}, {LETTERS: 1}),
        (
            {"type": "object", "patternProperties": {"^(a+)+$": {}}, "allOf": [{"unevaluatedProperties": False}]},
            {LETTERS: 1},
        ),
    ],
)
def test_a_pattern_that_takes_too_long_is_told_and_ends(schema, value, impatient):
    (found,) = differences(schema, value)
    assert "cannot be applied" in found.problem


def test_a_pattern_outside_re2_still_counts(impatient):
    assert list(differences({"pattern": QUICK}, LETTERS)) == []
    assert len(list(differences({"pattern": QUICK}, "b"))) == 1


def test_after_a_pattern_that_hung_others_are_searched(impatient):
    with pytest.raises(deadline.DeadlineError):
        deadline.search(SLOW, LETTERS)
    with pytest.raises(deadline.DeadlineError):
        deadline.search(SLOW, LETTERS + "!")  # its pattern is known, so that nothing waits again
    assert deadline.search(QUICK, LETTERS)
    with pytest.raises(deadline.DeadlineError):
        deadline.search("(", LETTERS)


@pytest.mark.parametrize("pattern", ["^(a+)+$", SLOW])
def test_a_witness_is_confirmed_or_left_open(pattern, impatient):
    assert confirm.judge_for({"pattern": pattern}, DRAFT_2020_12)(LETTERS) in {False, None}


@pytest.mark.parametrize("draft", [7, 2020])
def test_the_judge_agrees_with_jsonschema(draft):
    schema = {
        "properties": {"known": {}},
        "patternProperties": {"^x": {"type": "string"}},
        "additionalProperties": {"multipleOf": 0.1},
    }
    judge = validator_of(schema, draft)
    for value, right in [
        ({"known": 1, "xa": "y", "b": 0.3}, True),
        ({"xa": 1}, False),
        ({"b": 0.35}, False),
        ({"b": 10**4200}, True),
        ({"b": "text"}, True),
        ([], True),
    ]:
        assert judge.is_valid(value) is right, value
    closed = validator_of({"patternProperties": {"^x": {}}, "additionalProperties": False}, draft)
    assert [error.message for error in closed.iter_errors({"y": 1})] == ["'y' does not match any of the regexes: '^x'"]


@pytest.mark.parametrize("place", ["expect", "witness"])
def test_a_reference_is_never_fetched(place, tmp_path):
    asked = []

    class Server(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b'{"const": "hidden-marker"}')

    marker = tmp_path / "marker.json"
    marker.write_text('{"const": "hidden-marker"}')
    server = http.server.HTTPServer(("127.0.0.1", 0), Server)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        for target in (f"http://127.0.0.1:{server.server_port}/x.json", marker.as_uri(), "urn:nothing", "#/$defs/none"):
            schema = {"type": "object", "properties": {"a": {"$ref": target}}}
            if place == "expect":
                (found,) = differences(schema, {"a": 1})
                assert "nothing is fetched" in found.problem
                assert "hidden" not in found.problem
            else:
                assert confirm.judge_for(schema, DRAFT_2020_12)({"a": 1}) is None
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
    assert asked == []


def test_a_reference_to_itself_has_an_end():
    (found,) = differences({"type": "string", "$ref": "#"}, "a")
    assert "without an end" in found.problem


def test_the_judge_says_that_it_cannot_tell(impatient):
    with pytest.raises(UnjudgedError, match="not RE2"):
        validator_of({"pattern": "("}).is_valid("a")


@pytest.mark.parametrize(
    ("request_", "asked"),
    [
        ({"json": {"text": {"type": "string", "pattern": "^(a+)+$"}}}, ("/", {"text": LETTERS})),
        ({"text": {"type": "string", "pattern": "^(a|a)*$"}}, ("/", LETTERS)),
        ({"path": "/" + "*a" * 30}, ("/" + "a" * 5000 + "!", "")),
        ({"path": "/" + "**a" * 30}, ("/" + "a/" * 2500 + "!", "")),
        ({"text": "*a" * 30 + "b"}, ("/", "a" * 5000 + "!")),
        ({"headers": {"x": "*a" * 30 + "b"}}, ("/", "")),
    ],
)
def test_a_stub_service_is_not_held_up_by_a_request(request_, asked):
    target, body = asked
    content = body.encode() if isinstance(body, str) else json.dumps(body).encode()
    one = StubRequest("POST", target, {"content-type": "application/json", "x": "a" * 5000}, content)
    began = time.thread_time()
    reply, problem = answer("s", [Exchange({"request": request_})], one)
    assert (reply.status in {404, 501}, problem != "") == (True, True)
    assert time.thread_time() - began < 1


@pytest.mark.parametrize(
    ("path", "target", "fits"),
    [
        ("/v1/{model}/*", "/v1/gpt/x", True),
        ("/v1/{model}/*", "/v1/gpt/x/y", False),
        ("/**/end", "/a/b/end", True),
        ("/a.b+(c)[d]", "/a.b+(c)[d]", True),
        ("/a.b", "/axb", False),
        ("/a b-c~\u00e4", "/a b-c~\u00e4", True),
    ],
)
def test_a_path_is_matched_as_written(path, target, fits):
    assert (path_pattern(path).fullmatch(target) is not None) is fits


@pytest.mark.parametrize(("key", "count"), [("anyOf", 200), ("oneOf", 200)])
@pytest.mark.parametrize(
    "alternative",
    [
        lambda n, other: {"type": "string", "pattern": f"^a{{{n}}}[b{other}]*$"},
        lambda n, other: {"type": "integer", "minimum": n * 10, "maximum": n * 10 + other},
        lambda n, other: {"type": "object", "required": [f"p{n}", f"p{n + other}"]},
        lambda n, other: {"type": "object", "properties": {f"p{n}": {"const": other}}, "required": [f"p{n}"]},
    ],
)
def test_two_hundred_alternatives_are_compared_in_a_second_or_left_open(key, count, alternative):
    one, other = ({key: [alternative(n, which) for n in range(count)]} for which in (1, 2))
    spent = []
    for _ in range(3):  # what else runs on the machine can only add to it
        before = yardstick()
        began = time.thread_time()
        Comparer(DRAFT_2020_12).compare(one, other, declared=True)
        took = time.thread_time() - began
        # A core that is shared with others is slower for both.
        spent.append(took / max(before, yardstick()) * IDLE)
        if spent[-1] < 2:
            return
    pytest.fail(f"{spent} s")


IDLE = 0.1
"""Seconds that the yardstick takes on an idle core, about."""


def yardstick() -> float:
    """Seconds of this thread for a piece of work that is always the same."""
    began = time.thread_time()
    for _ in range(240):
        json.loads(json.dumps([{"name": f"p{n}", "parts": [n, str(n)]} for n in range(200)]))
    return time.thread_time() - began


def test_a_template_of_fifty_thousand_pipes_is_too_long():
    text = "{{ inputs.a" + " | default 1" * 50_000 + " }}"
    began = time.thread_time()
    with pytest.raises(UnsupportedError, match="longer than 20000 tokens"):
        plan(text)
    assert time.thread_time() - began < 2


@pytest.mark.parametrize(
    ("glob", "file", "same"),
    [
        ("*a" * 60 + "b", "a" * 250, False),
        ("**/" * 300 + "b", "a/" * 100 + "c", False),
        ("**/" * 300 + "b", "a/" * 100 + "b", True),
        ("*" * 4000, "a" * 250, True),
        ("*.y*l", "charts/\udcff.yaml", True),
        ("\ud800*", "\ud800.yaml", True),
        ("chärts/**/*.yaml", "chärts/a/b.yaml", True),
    ],
)
def test_a_glob_of_an_ignore_ends_in_time(glob: str, file: str, same: bool) -> None:
    began = time.process_time()
    assert _globs(glob, file) is same
    assert time.process_time() - began < 2


@pytest.mark.parametrize("text", ["${{" * 400_000, "${{ services." + " " * 400_000, "${{ env." * 150_000])
def test_a_text_of_beginnings_is_read_once(text: str) -> None:
    began = time.process_time()
    for pattern in (environment.PLACEHOLDER, services.ANY):
        assert list(pattern.finditer(text)) == []
        assert [match[0] for match in pattern.finditer(text + "${{ env.services. }}")][1:] == []
    assert filled({"text": "${request." + " " * 400_000}, {}) == {"text": "${request." + " " * 400_000}
    assert time.process_time() - began < 5
