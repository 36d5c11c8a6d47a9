#!/usr/bin/env python3
"""Where a conversation goes out: what is spoken is played, here as a line of the log."""

from stream import serve


def answer(payload, inputs):
    print(inputs.get("line", ""), flush=True)
    return ()


serve(answer)
