"""Play that follows the facts: badges, leaderboards, levels.

Everything is read from the journal, the claims and the ledger; nothing here moves money or points.
"""
