"""What people say around a subject, as data: a file for each language."""
