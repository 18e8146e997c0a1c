"""How much one person may approve at once, per kind of approval: the limits, and the check that every approval asks.

Rooms that approve say what an approval would post; this room knows the limits. What it needs from rooms above, rates
and people, they offer to `knowing`. Limits are given and taken in `portal.partners.limits`.
"""
