"""Which partner's lines count for another one from a day on: shops merged, split, sold. Dated and append-only."""
