"""What is kept about one person: it is found in every store, written out, and deleted."""
