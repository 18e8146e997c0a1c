"""The double-entry ledger of points and money: who owns what, why, since when, and until when.

Every change is an entry whose postings sum to zero per unit; entries are never edited. Other rooms call `services`
inside their own transaction and read through `queries`.
"""
