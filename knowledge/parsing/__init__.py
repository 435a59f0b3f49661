"""Parsing: from the bytes of a file to sections of text."""
