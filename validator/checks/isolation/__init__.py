"""The promise `isolation`: an output holds what its schema declares, and nothing that the engram was trusted with.

Pure: cases and what was seen of their runs in, findings out. May import: findings, rules, schemas, sources, suite.
"""
