"""A Docker daemon of our own for one run, in this container or in one beside it, gone when the run is.

May import: findings, rules, schemas.
"""
