"""Prompts that are written and compared by a program."""
