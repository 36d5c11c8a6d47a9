"""What a real API server would refuse of a StepRun's status (its definition, bobrapet 0.1.13)."""

from __future__ import annotations

import pytest

from validator.sandbox.harness.records import Record, objections

EVENT = {"seq": 1, "key": "progress", "payload": {"a": 1}}


@pytest.mark.parametrize(
    ("status", "words"),
    [
        ({"phase": "Succeeded", "output": {"a": 1}}, []),
        ({"phase": "Succeeded", "output": None}, []),
        ({"phase": "Succeeded", "output": [1]}, ["output"]),
        ({"phase": "Done"}, ["phase"]),
        ({"phase": "Failed", "error": {"type": "timeout", "message": "", "exitClass": "retry", "more": 1}}, []),
        ({"phase": "Failed", "error": "no"}, ["error must be an object"]),
        ({"phase": "Failed", "error": {"message": "no"}}, ["error must have a `type`"]),
        ({"error": {"type": "oops", "message": 1, "exitClass": "later"}}, ["a text", "error.type", "error.exitClass"]),
        ({"signals": {"progress": {"a": 1}, "over": None}, "signalEvents": [EVENT]}, []),
        ({"signals": {"progress": "half"}}, ["signals.progress"]),
        ({"signals": [1]}, ["signals must be an object"]),
        ({"signalEvents": [EVENT] * 256}, []),
        ({"signalEvents": [EVENT] * 257}, ["at most 256"]),
        ({"signalEvents": {}}, ["signalEvents must be an array"]),
        ({"signalEvents": [{"key": "progress"}]}, ["`seq`"]),
        ({"signalEvents": [{"seq": "1", "key": "progress"}]}, ["`seq`"]),
        ({"effects": [{"seq": 1}]}, ["`key`"]),
        ({"effects": ["paid"]}, ["an object"]),
    ],
)
def test_what_is_refused(status: dict, words: list[str]) -> None:
    found = objections(status)
    assert len(found) == len(words)
    for objection, word in zip(found, words, strict=True):
        assert word in objection


def test_a_patch_need_not_repeat_what_is_known_of_the_error() -> None:
    record = Record()
    record.add_patch({"error": {"type": "timeout", "message": "late"}}, 10)
    record.add_patch({"phase": "Failed", "error": {"exitCode": 1}}, 10)
    assert record.objections == []


def test_an_objection_is_kept_once_and_only_a_phase_is_a_result() -> None:
    record = Record()
    for _ in range(3):
        assert not record.add_patch({"signals": {"a": 1}}, 10)
    assert record.add_patch({"phase": "Succeeded"}, 10)
    assert len(record.objections) == 1
