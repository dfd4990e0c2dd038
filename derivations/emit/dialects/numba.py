"""NumPy's code, and around it loops that numba compiles."""

from dataclasses import replace

from derivations.emit.dialects.numpy import DIALECT as NUMPY

DIALECT = replace(
    NUMPY,
    name="numba",
    title="numba",
    about="loops that numba compiles: fused, on every core, kept on disk",
    header=(
        '"""Emitted by backproof: NumPy and numba code for derived formulas. Needs numba: pip install '
        '\'backproof[numba]\'."""'
    ),
    imports=("import numpy as np", "from numba import njit, prange"),
    no_fast="its loops are compiled as they are",
    loops=True,
)
