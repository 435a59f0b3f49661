"""Who is in which group, wherever the groups of documents' readers are kept."""
