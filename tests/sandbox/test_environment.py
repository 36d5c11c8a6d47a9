"""The environment of an engram (contract/runtime.md 1.2, 1.7, 4)."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from validator.sandbox import environment
from validator.sandbox.model import BatchCase, Identity, SandboxError, Secret


def test_a_batch_case_becomes_the_variables_of_the_contract() -> None:
    case = BatchCase(
        id="a",
        inputs={"text": "grüße"},
        config={"model": "m"},
        secrets={"openai": Secret({"API_KEY": "sk"}, prefix="OPENAI_"), "db": Secret({"URL": "u"})},
        env={"BUBU_DEBUG": "true"},
        timeout=10,
        skip_input_templating=True,
    )
    assert environment.batch(case, steprun="a-2", home="/pod/home", storage="/pod/store/a-2") == {
        "HOME": "/pod/home",
        "BUBU_POD_NAMESPACE": "sandbox",
        "BUBU_EXECUTION_MODE": "job",
        "BUBU_STEPRUN_NAME": "a-2",
        "BUBU_STEPRUN_NAMESPACE": "sandbox",
        "BUBU_STORY_NAME": "sandbox",
        "BUBU_STORYRUN_ID": "sandbox-run",
        "BUBU_STEP_NAME": "step",
        "BUBU_TRIGGER_DATA": '{"text":"grüße"}',
        "BUBU_STEP_CONFIG": '{"model":"m"}',
        "BUBU_TEMPLATE_CONTEXT": '{"inputs":{},"steps":{}}',
        "BUBU_STEP_TIMEOUT": "8000ms",
        "BUBU_MAX_INLINE_SIZE": "1048576",
        "BUBU_MAX_RECURSION_DEPTH": "64",
        "BUBU_HYBRID_BRIDGE": "false",
        "BUBU_STORAGE_PROVIDER": "file",
        "BUBU_STORAGE_PATH": "/pod/store/a-2",
        "BUBU_SKIP_INPUT_TEMPLATING": "true",
        "BUBU_SECRET_openai": "env:OPENAI_",
        "BUBU_SECRET_openai_NAME": "sandbox-openai",
        "OPENAI_API_KEY": "sk",
        "BUBU_SECRET_db": "env:db_",
        "BUBU_SECRET_db_NAME": "sandbox-db",
        "db_URL": "u",
        "BUBU_DEBUG": "true",
    }


@pytest.mark.parametrize(("length", "fits"), [(131_051 - 8, True), (131_051 - 7, False)])
def test_one_variable_has_a_limit(length: int, fits: bool) -> None:
    # `BUBU_TRIGGER_DATA={"t":"…"}` with 17 + 1 + 8 bytes around the text.
    case = BatchCase(id="a", inputs={"t": "x" * (length + 2)})
    if fits:
        value = environment.batch(case, steprun="a", home="/h")["BUBU_TRIGGER_DATA"]
        assert environment.size("BUBU_TRIGGER_DATA", value) == environment.VARIABLE_LIMIT
        return
    with pytest.raises(SandboxError, match="BUBU_TRIGGER_DATA would need 131072 bytes") as raised:
        environment.batch(case, steprun="a", home="/h")
    assert raised.value.rule.code == "EV916"


@given(st.dictionaries(st.text(max_size=8), st.sampled_from(["x", "y" * 70_000, "z" * 140_000, 7]), max_size=6))
def test_large_inputs_move_to_storage_and_nothing_is_lost(inputs: dict[str, object]) -> None:
    slim, files = environment.split_large(inputs)  # type: ignore[arg-type]  # hypothesis makes plain JSON
    assert environment.size(environment.TRIGGER, environment.compact(slim)) <= environment.VARIABLE_LIMIT
    restored = {
        name: files[value["$bubuStorageRef"]] if isinstance(value, dict) else value  # type: ignore[index]
        for name, value in slim.items()
    }
    assert restored == inputs


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists, max_leaves=8))
def test_compact_json_reads_back_and_has_utf8(value: object) -> None:
    text = environment.compact(value)
    assert json.loads(text.encode()) == value


@pytest.mark.parametrize(("seconds", "text"), [(30, "30000ms"), (0.2, "200ms"), (0, "1ms")])
def test_durations_are_gos(seconds: float, text: str) -> None:
    assert environment.duration(seconds) == text


def test_a_streaming_run_gets_its_binding_and_does_not_reconnect() -> None:
    env = environment.realtime(
        BatchCase(id="a").identity, binding={"name": "b"}, config={}, context={}, secrets={}, home="/h"
    )
    assert env["BUBU_EXECUTION_MODE"] == "realtime"
    assert env["BUBU_TRANSPORT_BINDING"] == '{"name":"b"}'
    assert env["BUBU_GRPC_RECONNECT_MAX_RETRIES"] == "0"
    assert "BUBU_STEPRUN_NAME" not in env


def test_a_stream_gets_file_storage_where_its_case_has_it():
    more = {"binding": {}, "config": {}, "context": {}, "secrets": {}, "home": "/home"}
    with_it = environment.realtime(Identity(), **more, storage="/store/1")
    without = environment.realtime(Identity(), **more)
    stored = {name: value for name, value in with_it.items() if name not in without}
    assert stored == {"BUBU_STORAGE_PROVIDER": "file", "BUBU_STORAGE_PATH": "/store/1"}
