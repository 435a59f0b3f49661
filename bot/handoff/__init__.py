"""Questions that are handed over to people."""
