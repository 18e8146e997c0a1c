"""What was sold: products with dated prices, exchange rates, the journal of sale lines, and imports.

The journal is the only input of the engine. It is append-only; what is wrong is reversed and written anew.
"""
