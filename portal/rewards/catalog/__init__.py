"""The catalog: what may be ordered, at what price, by which tier, and how prices came to be."""
