"""Formula → source → function: straight-line, stable, with BLAS where there are matrix products, for every library of
`dialects`.

emit    formulas → the text of a module with one function
build   that text → the function, of NumPy's and numba's (`runnable`; `loops.compiled` keeps machine code on disk)

plan        what one function computes: `stable` (the tree in its stable form), `lower` (the tree as a `program` of
            array operations, with `assemble`: products and sums of arrays; `sums`: contractions and solves; `axes`:
            broadcasting; `contract`: the order of products)
dialect     what an array library calls things, as a value; `dialects`: one file a library, and the list of them
printer     the program as text, through a dialect
module      the readable form: `statements` under a `docstring`, with its helpers; `stacked` the same for leading axes
blocked     the fast form of NumPy: in blocks that stay in the cache, in place
loops       the form for numba: what is left to BLAS, and the rest as loops
runtime     the functions that a module carries, argument checks among them; `helpers` copies their text
mangle      names as identifiers
"""

from derivations.emit.program import CannotEmit
from derivations.emit.source import build, emit

__all__ = ["CannotEmit", "build", "emit"]
