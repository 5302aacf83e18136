"""The Bewerking API: log, change and read verwerkingsacties."""
