"""Rewriting in index form, one direction each; every rule holds wherever both sides are defined.

    monomials   products as coefficient · Π base**exponent; sums of like terms
    positions   what is certain of conditions between indices and sizes
    deltas      which value of an index a δ leaves
    tidy        all of these, from the leaves up
    shapes      expanded, split, factored, recognised; the shortest of them

Each is imported from the module that it stands in.
"""
