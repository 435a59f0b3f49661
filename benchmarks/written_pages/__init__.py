"""How much of Word documents and web pages is read, compared with other programs."""
