"""Workers built from settings."""
