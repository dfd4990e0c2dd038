"""Definitions in, verified derivations out."""
