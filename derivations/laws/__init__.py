"""Laws of random variables: one row a family, by its names in the notation.

row      what one row says: mean, cumulants, log density, entropy, divergence, entry by entry
table    the families
written  how a formula that is being read holds what is asked of a law, until sizes are known
"""
