"""The target sheet: proposed from history, exported, edited, brought back with its differences, acknowledged."""
