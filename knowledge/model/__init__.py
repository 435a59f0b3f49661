"""Types, settings and errors of the knowledge base."""
