"""A whole story run in the engine, with its child stories: what its steps do is asked of performers, or of a script.

Nothing here starts a process: `Performer` says what does. May import: what `stories` may import.
"""
