"""Chat models: two wire formats, profiles of servers, and prices."""
