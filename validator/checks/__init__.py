"""One file per promise: manifests, resolution, pairwise, conformance, isolation, streaming.

May import: everything but reports and cli.
"""
