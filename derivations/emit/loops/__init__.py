"""The form for numba: what BLAS does not do becomes loops that are compiled, fused and run on every core.

stages      what is left to NumPy, and what loops compute between
form        the module: the statements around the loops
row_loops   the function that does the rows of one pass: its loops, and what each does
entries     an entry of an array as an expression of numbers
strands     several rows at a time
compiled    the module made to run, its machine code kept on disk
"""
