"""What a run of a story is held to: the expectations of its case, its schemas, its end, and what the cases cover.

May import: what `checks` may import.
"""
