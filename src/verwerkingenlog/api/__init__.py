"""The HTTP edge of the log."""
