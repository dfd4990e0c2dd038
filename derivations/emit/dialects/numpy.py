"""NumPy."""

from derivations.emit.dialect import Dialect

DIALECT = Dialect(
    name="numpy",
    title="NumPy",
    about="over NumPy alone",
    module="np",
    imports=("import numpy as np",),
    opening=(("dtype", "dtype = {first}.dtype"),),
    bare=(("dtype", "dtype = np.float64"),),
    diagonal=("{name} = {own}", 'np.einsum("{pattern}", {name})[...] += {values}  # its diagonal'),
    operations={
        "einsum_by_products": 'xp.einsum("{pattern}", {}, {}, optimize=True)',
        "distances": "squared_distances({}, {})",
        "cholesky": "xp.linalg.cholesky({})",
        "cholesky_solve": "cholesky_solve({}, {})",
        "cholesky_inverse": "cholesky_inverse({})",
        "sum_by_label": "sum_by_label({}, {}, {size})",
        "lu": "lu_factors({})", "lu_solve": "lu_solve({}, {})",
        "lu_solve_transposed": "lu_solve({}, {}, transposed=True)", "lu_inv": "lu_inverse({})",
        "lu_det": "lu_determinant({})", "lu_logdet": "lu_log_determinant({})",
        "lu_logabsdet": "lu_log_determinant({}, absolute=True)",
    },
    helpers="numpy.py",
    checks=True,
    of_number="{name} = np.asarray({name}, dtype)",
)  # fmt: skip
