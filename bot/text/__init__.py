"""Reading texts in two languages: numbers, citations, kinds of answers, similar questions."""
