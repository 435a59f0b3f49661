"""Channels whose messages are a source of the knowledge base."""
