"""The audit log: what operators did, when, and what it was before."""
