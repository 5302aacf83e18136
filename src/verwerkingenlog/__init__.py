"""The processing log for Dutch government (VNG Verwerkingenlogging API-standaard)."""

__version__ = "0.1.0"
