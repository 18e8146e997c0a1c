"""The sales journal: append-only lines in batches that count once they are confirmed."""
