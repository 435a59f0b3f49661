"""Entries: answers that people have saved, indexed like documents."""
