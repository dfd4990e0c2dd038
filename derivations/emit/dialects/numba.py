"""NumPy's code, and around it loops that numba compiles."""

from dataclasses import replace

from derivations.emit.dialects.numpy import DIALECT as NUMPY

DIALECT = replace(
    NUMPY,
    name="numba",
    title="numba",
    about="loops that numba compiles: fused, on every core, kept on disk",
    imports=("import numpy as np", "from numba import njit, prange"),
    needs="Needs numba: pip install 'backproof[numba]'.",
    no_fast="its loops are compiled as they are",
    loops=True,
)
