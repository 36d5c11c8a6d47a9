"""The stand-in for the platform: one program beside the engram, on loopback, driven by JSON lines.

May import: the standard library only (grpc too, in the streaming family), so that it starts in a tenth of a second.
"""
