#!/usr/bin/env python3
"""Where a conversation comes in: what somebody says, word by word."""

from stream import serve


def answer(payload, inputs):
    words = payload.get("says", "").split()
    for number, word in enumerate(words, 1):
        yield {"speaker": payload.get("speaker", ""), "word": word, "last": number == len(words)}


serve(answer)
