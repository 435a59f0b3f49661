"""Where documents come from, one kind a file."""
