"""Deciding claims: the queue, one decision per line, approval into the journal and the ledger, and reversal."""
