"""Who did what, when, from what to what and why: append-only and hash-chained.

Rooms call `services.record`; the entries are written last in the same transaction, so that a change and its
entry stand or fall together.
"""
