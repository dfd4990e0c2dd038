"""Formula → source → function: straight-line, stable, with BLAS where there are matrix products, for every library of
`dialects`.

emit      formulas → the text of a module with one function
build     that text → the function, of NumPy's and numba's (`runnable`; `loops.compiled` keeps machine code on disk)
guarded   both: a function that checks and converts what it is given
with_test a module with a test of its function (`selftest`)

plan        what one function computes: `stable` (the tree in its stable form), `lower` (the tree as a `program` of
            array operations, with `assemble`: products and sums of arrays; `sums`: contractions and solves; `axes`:
            broadcasting; `contract`: products and their sums, in the `order` that costs least; `windows`: guards on
            places as slices, `sliding`: convolutions; `recurrence`: steps over places, `carried`: what two of
            them share; `choose`: the program that costs least of several, by `cost`; `shared`, `differences`,
            `factors`, `scatter`: what is computed otherwise than it is written)
neater      operations as a person orders them; `coefficients`: one number a product
plainer     a program for a library that has less than NumPy
dialect     what an array library calls things, as a value; `dialects`: one file a library, and the list of them
blas        which contractions are products of BLAS
printer     the program as text, through a dialect
module      the readable form: `statements` under a `docstring`, with its helpers, in its `dressing`; `native` prints
            for leading axes, `shapes` compares lengths that would broadcast silently
blocked     the fast form of NumPy: in blocks that stay in the cache, in place
loops       the form for numba: what is left to BLAS, and the rest as loops
runtime     the functions that a module carries, argument checks among them, which are imported from there too;
            `helpers` copies their text
looped      a loop over places; `scanned`: as a scan of JAX's
numerals    exact numbers as text
numbers     arguments that are one number, as Python's own
naming      what a variable is called that no node names
lines       statements that are too long for a line
mangle      names as identifiers
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from derivations.emit.program import CannotEmit
    from derivations.emit.selftest import with_test
    from derivations.emit.source import build, emit, guarded

_WHERE = {
    "CannotEmit": "derivations.emit.program",
    "build": "derivations.emit.source",
    "emit": "derivations.emit.source",
    "guarded": "derivations.emit.source",
    "with_test": "derivations.emit.selftest",
}

__all__ = ["CannotEmit", "build", "emit", "guarded", "with_test"]


def __getattr__(name: str) -> Any:
    """On first use: a command line that lists the backends needs no printer."""
    if name in _WHERE:
        return getattr(import_module(_WHERE[name]), name)
    raise AttributeError(f"module 'derivations.emit' has no attribute {name!r}")
