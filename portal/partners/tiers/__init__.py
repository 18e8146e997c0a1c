"""Tiers: the only writer of a partner's tier, with reason and history."""
