"""Running one image: images, pods (docker, process), limits, and the harness that stands in for the platform.

May import: findings, rules, file_locks, schemas.
"""
