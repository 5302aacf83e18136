"""Verifying the whole log: its content against its tree, and that against what was signed (rules T1-T3)."""
