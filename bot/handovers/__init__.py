"""Where questions that people were asked are kept."""
