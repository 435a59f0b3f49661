"""What was said in a thread."""
