"""One layer of grounding a file."""
