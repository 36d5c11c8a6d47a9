"""A run as a whole: what was asked, the static checks, the units in the sandbox, and the one Report of it all.

May import: everything but reports and cli.
"""
