"""Equality of two formulas: shapes → points → balls → proof → residues. `judge` is the map."""
