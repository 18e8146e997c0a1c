"""The estimator: sales nobody has made yet, run through the engine and told with their trace; nothing is stored."""
