"""The public web: search providers, and pages fetched through a guard."""
