"""Measures the answers, proves a threshold, and checks that the proof still holds."""
