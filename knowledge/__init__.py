"""The knowledge base: parses, chunks, embeds, indexes and searches documents. Knows no bot."""
