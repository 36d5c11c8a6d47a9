"""What a run found, told to people and machines: each report is a pure function of a `Report`, `writers` alone writes.

May import: findings, rules, file_locks, promotion, sources, stories, suite. `escapes` is the one place where untrusted
text is made harmless.
"""
