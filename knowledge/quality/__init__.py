"""Quality: checks of the documents, and tuning of the search."""
