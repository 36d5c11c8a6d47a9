"""How the platform executes a batch story: a state machine without input or output, in virtual time.

`definition` reads a story, `execution.Execution` drives it event by event; time is in nanoseconds.
May import: what `stories` may import.
"""
