"""What people and machines read: console, JUnit, GitHub annotations, job summary, JSON.

May import: findings, rules, suite.
"""
