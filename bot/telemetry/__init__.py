"""How the running program tells operators how it is: logs, figures, health."""
