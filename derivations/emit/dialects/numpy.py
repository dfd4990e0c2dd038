"""NumPy."""

from derivations.emit.dialect import Dialect

DIALECT = Dialect(
    name="numpy",
    title="NumPy",
    about="over NumPy alone",
    header='"""Emitted by backproof: NumPy code for derived formulas. Needs nothing but NumPy."""',
    module="np",
    imports=("import numpy as np",),
    opening=(("dtype", "dtype = {first}.dtype"),),
    bare=(("dtype", "dtype = np.float64"),),
    diagonal=("{name} = {own}", '{view} = np.einsum("{pattern}", {name})  # a view', "{view} += {values}"),
    operations={
        "distances": "squared_distances({}, {})",
        "cholesky": "xp.linalg.cholesky({})",
        "cholesky_solve": "cholesky_solve({}, {})",
        "cholesky_inverse": "cholesky_inverse({})",
    },
    helpers="numpy.py",
    checks=True,
)
