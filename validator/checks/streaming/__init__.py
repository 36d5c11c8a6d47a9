"""The promise `streaming`: one judge a file, each a pure function of what was on the wire (a `StreamRun`).

May import: findings, rules, schemas, sandbox models, suite.
"""
