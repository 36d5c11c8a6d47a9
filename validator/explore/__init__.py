"""Exploration: inputs that reach an engram's code, the causes that they bring out, and the smallest input for each.

Pure: what runs an input is handed in. May import: findings, rules, schemas.
"""
