"""The public web: search providers, and pages read through a guard."""
