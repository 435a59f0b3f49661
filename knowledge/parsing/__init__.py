"""From a file to sections of text."""
