"""Containment of JSON Schemas: does everything one schema allows pass another, and if not, which document shows it.

Read `compare.py` first, then `solver.py`. Pure: no files, no network.
May import: findings, rules.
"""

from __future__ import annotations
