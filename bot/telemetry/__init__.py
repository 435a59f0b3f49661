"""What operators see of the running program: logs, metrics, health."""
