"""A chain of rewrites that leads from one formula to an equal one, for a reader."""
