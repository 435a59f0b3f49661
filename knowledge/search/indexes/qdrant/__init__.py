"""The index engine that keeps words and vectors in a Qdrant server."""
