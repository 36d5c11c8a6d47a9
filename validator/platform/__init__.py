"""What differs between versions of the platform, as data: one file a release, with the source of each fact.

May import: nothing of ours.
"""
