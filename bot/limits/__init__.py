"""What one person may have done within an hour."""
