"""Claims: what a partner's people submit so that a sale is credited, with evidence, checks and a decision per line.

Sub-rooms: `submission` (filing and following), `validation` (the checks), `review` (deciding). Tables, the state table,
scopes and facts of the noun "claim" live here, because all three speak of the same claim.
"""
