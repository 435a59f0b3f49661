"""Replies: status, steps, answer, feedback."""
