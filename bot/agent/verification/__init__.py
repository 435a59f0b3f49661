"""The layers of grounding, one per file."""
