"""Manifests as people wrote them: YAML with exact positions, typed views, and the workspace that joins them.

May import: findings, rules.
"""
