"""engram-validate: contract tests for BubuStack engrams and stories, outside Kubernetes."""

__version__ = "0.1.0"
DISTRIBUTION = "engram-validate"
"""Whose package this is: another distribution is called `validator`, and can be installed over it."""
