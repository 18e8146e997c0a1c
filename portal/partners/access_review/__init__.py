"""The quarterly review of access: who may do what, what conflicts, keep or remove for each, and the sign-off."""
