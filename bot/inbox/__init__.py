"""The durable inbox: work is stored here before its sender is told that it arrived."""
