"""Canaries keep the shape and the schema of what they stand for, and leave alone what cannot vary."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.depth import examples
from validator.findings import Location
from validator.schemas.profile import LITERAL
from validator.schemas.validation import is_instance
from validator.suite import canaries
from validator.suite.canaries import Trust, plant
from validator.suite.cases import Case, Expectation, Mode


def case(name="one", mode=Mode.BATCH, **more):
    return Case(name, mode, Location("a.yaml"), **more)


VARIES = [
    ("a model", "gpt-4o-large", {}, r"gpt-cn\w{12}|cn\w{12}"),
    ("an address", "https://example.com/v1/", {}, r"https://example.com/v1/cn\w{12}"),
    ("a path", "/data/in", {}, r"/data/in/cn\w{12}"),
    ("a mailbox", "ann@example.com", {"format": "email"}, r"cn\w{12}@example.com"),
    ("a prefix", "ft-abcdef", {}, r"ft-cn\w{12}"),
    ("at most ten characters", "abcdef", {"maxLength": 10}, r"cn\w{6}"),
    ("a pattern", "AB-12-xyz", {"pattern": "^[A-Z]{2}-[0-9]{2}-[a-z]{3}$"}, r"[A-Z]{2}-[0-9]{2}-[a-z]{3}"),
]


@pytest.mark.parametrize(("value", "schema", "pattern"), [row[1:] for row in VARIES], ids=[row[0] for row in VARIES])
def test_another_value_of_the_same_shape(value, schema, pattern):
    import re

    whole = {"type": "object", "properties": {"it": {"type": "string", **schema}}}
    planted = plant(case(config={"it": value}), whole, "first")
    made = planted.case.config["it"]

    assert re.fullmatch(pattern, made)
    assert made != value
    assert is_instance(whole, planted.case.config, profile=LITERAL)
    assert next(each for each in planted.canaries if each.trust is Trust.CONFIG).value in made


STAYS = [
    ("a word of an enum", "plain", {"enum": ["plain", "formal"]}),
    ("a constant", "plain", {"const": "plain"}),
    ("a boolean", True, {}),
    ("null", None, {}),
    ("a number", 3, {}),
    ("a number in steps", 4, {"minimum": 0, "maximum": 100, "multipleOf": 4}),
    ("a duration", "1m30s", {}),
    ("a size", "512Mi", {}),
    ("a date", "2024-05-01T12:00:00Z", {}),
    ("a number in a string", "16000", {}),
    ("a truth in a string", "true", {}),
    ("a short code", "en", {}),
    ("a media type", "application/json", {}),
    ("a template", "{{ inputs.model }}", {}),
    ("a text of several lines", "You are\na helper", {}),
    ("JSON in a string", '{"a": 1}', {}),
]


@pytest.mark.parametrize(("value", "schema"), [row[1:] for row in STAYS], ids=[row[0] for row in STAYS])
def test_what_cannot_vary_stays(value, schema):
    planted = plant(case(config={"it": value}), {"properties": {"it": schema}}, "first")

    assert planted.case.config == {"it": value}
    assert [each.trust for each in planted.canaries] == [Trust.ENVIRONMENT]


def test_a_number_in_a_declared_range_varies():
    schema = {"properties": {"limit": {"minimum": 1, "maximum": 100}, "share": {"minimum": 0, "maximum": 1}}}
    one, two = (plant(case(config={"limit": 3, "share": 0.5}), schema, salt).case.config for salt in ("a", "b"))

    assert 1 <= one["limit"] <= 100
    assert 0 <= one["share"] <= 1
    assert one["share"] != two["share"]
    assert one["limit"] != 3


def test_addresses_stay_where_stub_services_listen():
    given = case(config={"url": "http://127.0.0.1:8080/v1"}, services={"api": {}})

    assert plant(given, None, "first").case.config == given.config


def test_secrets_keep_their_prefix_and_their_form():
    kept = {"URL": "https://x.example", "HOST": "db.acme.io:5432", "IP": "10.0.0.1", "PORT": "5432", "TLS": "true"}
    secrets = {"a": {"KEY": "sk-123", "USER": "postgres", "PEM": "-----BEGIN\nx\n", "SHORT": "x", **kept}}
    planted = plant(case(secrets=secrets), None, "first")
    made = planted.case.secrets["a"]

    assert made["KEY"].startswith("sk-cn")
    assert made["SHORT"].startswith("cn")
    assert made["USER"].startswith("cn")
    assert made["PEM"] == secrets["a"]["PEM"]
    assert made.items() >= kept.items()
    assert {each.path[1] for each in planted.canaries if each.trust is Trust.SECRET} == {"KEY", "USER", "PEM", "SHORT"}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=examples(200), deadline=None)
@given(st.dictionaries(st.text(max_size=4), JSON, max_size=4))
def test_the_same_case_gives_the_same_canaries_and_another_salt_others(config):
    given = case(config=config, secrets={"s": {"k": "v"}})
    one, again, other = plant(given, None, "a"), plant(given, None, "a"), plant(given, None, "b")

    assert one == again
    assert [each.path for each in one.canaries] == [each.path for each in other.canaries]
    assert not {each.value for each in one.canaries if each.tells} & {each.value for each in other.canaries}
    assert plant(given, None, "a", vary_config=False).case.config == config


CHOSEN = [
    ("nothing to vary", [case()], []),
    ("the one with most", [case("a", config={"x": 1}), case("b", config={"x": 1}, secrets={"s": {"k": "v"}})], ["b"]),
    ("one that succeeds", [case("a", config={"x": 1, "y": 2}, expect=Expectation(error=True)),
                           case("b", config={"x": 1})], ["b"]),
    ("one that fails, where all do", [case("a", config={"x": 1}, expect=Expectation(error=True))], ["a"]),
    ("each mode", [case("a", config={"x": 1}), case("b", Mode.STREAMING, send=({"payload": {}},))], ["a", "b"]),
    ("never the contract", [case("a", Mode.STREAMING, send=({},), contract=True)], []),
]  # fmt: skip


@pytest.mark.parametrize(("given", "names"), [row[1:] for row in CHOSEN], ids=[row[0] for row in CHOSEN])
def test_one_case_a_mode_is_run_again(given, names):
    made = list(canaries.cases(given))

    assert [each.name for each in made] == [f"{name}, with canaries" for name in names]
    assert all(each.canary and each.expect == Expectation() for each in made)
