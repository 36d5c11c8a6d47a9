#!/usr/bin/env python3
"""Says a text again, loudly."""

from step import InvalidInputError, run


def shout(inputs: dict) -> dict:
    text = inputs.get("text")
    if not isinstance(text, str):
        raise InvalidInputError("text must be a string")
    return {"text": text.upper()}


run(shout)
