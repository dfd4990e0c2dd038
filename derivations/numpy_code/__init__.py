"""Formula → NumPy source → function: straight-line, stable, with BLAS where there are matrix products.

    emit    formulas → the text of a module with one function
    build   that text → the function

    stable      the tree in its stable form
    lower       the tree as a program of array operations (`program`), with `axes` (broadcasting) and `contract` (sums of products)
    source      the program as readable text; `stacked` the same for leading axes; `jax_form` and `torch_form` the same over jax.numpy and torch
    numba_form  the program for numba: `stages` (what is left to BLAS), `row_loops` (the rest as loops), `compiled` (kept on disk)
    fast        the program in blocks, in place: `rewrite`, `blocks` (which axis, how many passes), `batching` (vectors in many members)
    runtime     the helper functions that a module carries, argument checks among them (`numba_runtime`: those of loops);
                `helpers` copies their text
    mangle      names as identifiers
"""

from derivations.numpy_code.emit import build, emit
from derivations.numpy_code.lower import CannotEmit

__all__ = ["CannotEmit", "build", "emit"]
