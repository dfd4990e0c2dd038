"""Formulas to numbers: draws, float64 in batches, balls at exact points, residues modulo primes."""
