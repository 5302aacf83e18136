"""The Inzage API: what was done with the data of one person."""
