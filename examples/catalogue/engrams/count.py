#!/usr/bin/env python3
"""Counts the words of a text."""

from step import InvalidInputError, run


def count(inputs: dict) -> dict:
    text = inputs.get("text")
    if not isinstance(text, str):
        raise InvalidInputError("text must be a string")
    return {"text": text, "words": len(text.split())}


run(count)
