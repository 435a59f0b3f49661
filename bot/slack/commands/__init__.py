"""Commands, shortcuts and App Home."""
