"""Reading texts: tokens, chunks, headings, titles, numbers."""
