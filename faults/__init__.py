"""The fault suite: breaks what runs engrams, at random moments, and counts what does not come out of it well.

`python -m faults` runs it (see CONTRIBUTING.md). It has a Docker daemon of its own, since it kills it, too.
"""
