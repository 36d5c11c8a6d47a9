"""A realtime story with its engrams: one pod an engram, the hub between them, and what a case sends and expects.

May import: what `suite` may import. Pods run in threads of their own; what they say comes to one queue.
"""
