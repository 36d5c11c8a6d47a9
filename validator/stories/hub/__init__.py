"""The hub of a realtime story as a pure machine: packets in, deliveries and losses out, in virtual time.

May import: what `stories` may import. Nothing here reads, writes, waits or knows a clock.
"""
