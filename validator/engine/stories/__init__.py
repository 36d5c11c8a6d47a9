"""Runs the cases of stories: what stands for each step, the run itself, and its judgement.

May import: what `engine` may import.
"""
