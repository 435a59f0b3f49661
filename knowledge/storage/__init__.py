"""Storage: published index versions, the chunk store, and the sync journal."""
