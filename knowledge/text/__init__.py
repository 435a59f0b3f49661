"""Text analysis: tokens, chunks, headings, titles, numbers."""
