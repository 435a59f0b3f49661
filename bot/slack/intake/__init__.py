"""What Slack sends: for whom it is, and where it is stored."""
