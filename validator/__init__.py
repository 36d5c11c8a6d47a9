"""engram-validate: contract tests for BubuStack engrams and stories, outside Kubernetes."""

__version__ = "0.1.0"
