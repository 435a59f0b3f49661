"""Measures what the bot answers, proves a threshold, and watches that the proof still holds."""
