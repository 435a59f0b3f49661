"""PDF pages: from the characters that pdfium places to text as a person reads it."""
