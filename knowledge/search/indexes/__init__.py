"""Implementations of the Index protocol, and the builders of their folders."""
