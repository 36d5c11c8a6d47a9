"""Cases written by people or generated from schemas, the plan over images, and the scheduler that runs it.

May import: findings, rules, platform, sources, schemas, templates, stories, sandbox, explore.
"""
