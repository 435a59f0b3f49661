"""Approved answers that show a model how answers look here."""
