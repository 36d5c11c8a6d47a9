"""The rows of the streaming contract, those of one promise a file: scripts, judges, and `PROBES`, which names them.

May import: as `validator.checks.streaming`, but for `battery`, `verdict` and `probing`, which find them here.
"""
