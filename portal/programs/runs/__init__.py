"""Calculations: from the journal through the engine to the ledger, only differences posted, periods locked."""
