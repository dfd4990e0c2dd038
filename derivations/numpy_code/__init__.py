"""Formula → NumPy source → function: straight-line, stable, with BLAS where there are matrix products.

emit    formulas → the text of a module with one function
build   that text → the function (`runnable`; for numba `compiled`, which keeps machine code on disk)

plan        what one function computes: `stable` (the tree in its stable form: `exponentials`, sums of them over the
            largest
            exponent; `norms`; `shares`, what is a softmax), `lower` (the tree as a program of array operations,
            `program`, with `axes`: broadcasting, and `contract`: sums of products)
module      the readable form: `statements`, written by `source`, under a `docstring`; `stacked` the same for leading
            axes
fast        the program in blocks, in place: `rewrite`, `blocks` (which axis, how many passes), `batching` (vectors in
            many members)
numba_form  the program for numba: `stages` (what is left to BLAS), `row_loops` (the rest as loops), `strands` (several
rows at a time)
jax_form, torch_form    the statements over jax.numpy and torch
runtime     the helper functions that a module carries, argument checks among them (`numba_runtime`: those of loops);
            `helpers` copies their text
mangle      names as identifiers
"""

from derivations.numpy_code.emit import build, emit
from derivations.numpy_code.lower import CannotEmit

__all__ = ["CannotEmit", "build", "emit"]
