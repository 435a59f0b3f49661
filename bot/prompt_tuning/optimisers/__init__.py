"""The optimisers; each file is one."""
