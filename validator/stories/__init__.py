"""What each field of a Story can see, the step graph, and the typed edges between steps.

May import: findings, rules, platform, sources, schemas, templates.
"""
