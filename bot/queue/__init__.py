"""The durable queue, its worker, the clock and periodic tasks."""
