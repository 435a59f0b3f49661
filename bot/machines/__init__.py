"""Several machines with one index: one process makes it, the others follow."""
