"""The purge: what has passed its term goes, after a sealed manifest has told so (rules R1-R3)."""
