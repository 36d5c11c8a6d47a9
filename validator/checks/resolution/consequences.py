"""What happens at run time, in words: the same mistake kills a stream here and goes unnoticed there.

Source: templating.md, sections 8 and 11; hub.md.
"""

from __future__ import annotations

from validator.stories.sites import Field
from validator.templates.reach import Access, Sink

REFUSED = "the webhook refuses the story"

_FAILURE = {
    Field.WITH: "the job is never created and the StepRun stays Pending, with a line in the operator's log only",
    Field.CONFIG: "the job is never created and the StepRun stays Pending, with a line in the operator's log only",
    Field.STATIC: "the step is never started, with a line in the operator's log only",
    Field.RUNTIME: "the packet fails and the stream ends",
    Field.BRIDGED: "the packet fails and the stream ends",
    Field.IF: "the step is never ready and the StoryRun stays Running forever",
    Field.PACKET_IF: "the packet fails and the stream ends",
    Field.UNTIL: "the step stays Paused forever",
    Field.BRANCH: "the step fails",
    Field.EXECUTE: "the step fails",
    Field.IDEMPOTENCY: "an automatic key is taken instead, with a line in the log only",
    Field.POST: "the StepRun fails",
    Field.CACHE: "the StepRun fails",
    Field.OUTPUT: "the StoryRun fails",
    Field.POLICY: "stories that execute this one fail at that step",
    Field.ROUTING: "the rule cannot be evaluated",
    Field.DEDUPE: "the trigger fails",
    Field.DEFAULT: "the engram fails where the default is filled in, since the SDK evaluates it",
    Field.LITERAL: "the platform does not evaluate it",
}
_BLOCKED = {
    Field.WITH: "the step waits for a value that never comes",
    Field.CONFIG: "the step waits for a value that never comes",
    Field.RUNTIME: "the packet is dropped without a word",
    Field.BRIDGED: "the packet is dropped without a word",
    Field.PACKET_IF: "the packet is dropped without a word",
    Field.OUTPUT: "the StoryRun fails",
}
_NO_VALUE = {
    Field.IDEMPOTENCY: "all runs share a key with `<no value>`, and side effects are taken for done",
    Field.DEDUPE: "all triggers share a key with `<no value>`, and are taken for duplicates",
    Field.CACHE: "all runs share a cache key with `<no value>`",
}
_CONDITION = frozenset({Field.IF, Field.PACKET_IF, Field.UNTIL, Field.POST, Field.ROUTING})
SWALLOWED = {
    **dict.fromkeys(
        ("int", "int64", "float64", "toDecimal", "len", "round", "ceil", "floor", "mul"), "{always}makes 0 of it"
    ),
    **dict.fromkeys(("toJson", "toPrettyJson", "toRawJson"), "{always}makes `null` of it"),
    **dict.fromkeys(("quote", "squote", "cat", "join", "get"), "{always}makes an empty text of it"),
    **dict.fromkeys(("print", "println", "printf", "toString"), "{always}makes `<nil>` of it"),
    **dict.fromkeys(("add", "add1", "sub", "max", "min"), "{always}counts it as 0"),
    "default": "{always}gives its default",
    "dig": "{always}gives its default",
    "coalesce": "{always}passes it over",
    "pick": "{always}leaves it out",
    "omit": "{always}finds nothing to leave out",
    "exists": "is {always}false",
    "empty": "is {always}true",
    "not": "is {always}true",
    "hasKey": "is {always}false",
    "if": "{always}takes the other way",
    "with": "{always}takes the other way",
    "range": "{always}has nothing to go over",
    "eq": "is {always}false",
    "ne": "is {always}true",
}


def failure(field: Field) -> str:
    """What an evaluation that fails means."""
    return _FAILURE[field]


def of_missing(field: Field, access: Access) -> str:
    """What it means that a value is not there."""
    match access.sink:
        case Sink.WHOLE:
            return (
                _BLOCKED.get(field, _FAILURE[field])
                if access.rooted and access.names[0] == "steps"
                else _FAILURE[field]
            )
        case Sink.FIELD:
            return _FAILURE[field]
        case Sink.LOUD:
            return f"`{access.consumer}` refuses it and {_FAILURE[field]}"
        case Sink.PRINTED:
            if field in _CONDITION:
                return f"it reads `<no value>`, which is no boolean: {_FAILURE[field]}"
            return _NO_VALUE.get(field, "the text says `<no value>`")
        case Sink.DROPPED:
            return "nothing comes of it"
        case _ if access.consumer == "fallback":
            return "`default` has nothing to fall back on"
        case _:
            effect = SWALLOWED.get(access.consumer, "{always}takes it for nothing")
            return f"`{access.consumer}` {effect.format(always='always ' if access.never else '')}"
