"""Published index versions, the store of chunks, the journal."""
