"""Promotion: a released image and a candidate on the same inputs, what differs between them, and whether it matters.

Pure: runs are handed in as observations. May import: findings, rules, schemas.
"""
