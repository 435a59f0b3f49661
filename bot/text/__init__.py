"""Analysis of texts in both languages: numbers, citations, answer types, similar questions."""
