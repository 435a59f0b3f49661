"""What a reader of a Markdown page sees, of all that its source says."""
