"""What each channel wants of answers that are not proven."""
