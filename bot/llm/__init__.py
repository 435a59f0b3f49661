"""Chat models: two wire formats of one SDK, the quirks of servers as data, and prices."""
