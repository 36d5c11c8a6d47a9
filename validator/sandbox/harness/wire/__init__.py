"""Generated code of the transport protocol: `transport.proto` and what `scripts/generate_wire.py` makes of it.

May import: nothing of ours.
"""
