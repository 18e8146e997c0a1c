"""Statements on which every number opens to its trace, down to sale lines and the sentence that says why."""
