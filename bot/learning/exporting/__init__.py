"""Approved and corrected answers as files that models are trained with."""
