"""Shops merged, split and taken apart again: preview to the cent, one act, undo until a period of it locks."""
