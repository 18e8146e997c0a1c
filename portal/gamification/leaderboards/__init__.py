"""Leaderboards: who sold most in a quarter or a sprint, and names only with consent."""
