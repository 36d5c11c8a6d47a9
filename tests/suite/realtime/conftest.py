"""Sandboxes of both kinds around the fixture engrams, as the tests of the sandbox have them."""

from tests.sandbox.conftest import bench

__all__ = ["bench"]
