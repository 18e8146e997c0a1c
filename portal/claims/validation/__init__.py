"""The checks of a claim: a registry of small pure rules, the facts they look at, and the risk they add up to."""
