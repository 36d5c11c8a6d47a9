"""JSON Schema: platform normalisation and defaults, instance validation, containment with witnesses.

May import: findings, rules.
"""
