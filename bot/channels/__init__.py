"""What each channel has chosen."""
