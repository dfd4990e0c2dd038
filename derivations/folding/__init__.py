"""Folding into the names of the model."""
