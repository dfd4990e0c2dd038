"""JAX: pure, so that `jax.jit`, `jax.vmap` and `jax.grad` take the function. Shapes are checked by JAX as it traces."""

from derivations.emit.dialect import Dialect

DIALECT = Dialect(
    name="jax",
    title="JAX",
    about="over jax.numpy, pure: for jit, vmap and grad",
    module="jnp",
    imports=("import jax", "import jax.numpy as jnp", "from jax.test_util import check_grads"),
    opening=(("dtype", "dtype = {first}.dtype"),),
    bare=(("dtype", "dtype = jnp.float64"),),
    diagonal=(
        "{name} = {own}",
        "{k} = jnp.arange({name}.shape[-1])",
        "{name} = {name}.at[..., {k}, {k}].add({values})",
    ),
    functions={
        "sigmoid": "jax.nn.sigmoid({})",
        "erf": "jax.scipy.special.erf({})",
        "erfc": "jax.scipy.special.erfc({})",
        "lgamma": "jax.scipy.special.gammaln({})",
        "factorial": "jax.scipy.special.factorial({})",
        "digamma": "jax.scipy.special.digamma({})",
        "trigamma": "jax.scipy.special.polygamma(1, {})",
        "xlogy": "jax.scipy.special.xlogy({}, {})",
        "xlog1py": "jax.scipy.special.xlog1py({}, {})",
    },
    operations={
        "softmax": "jax.nn.softmax({}{and_axis})",
        "logsumexp": "jax.nn.logsumexp({}, axis={dim})",
        "cholesky": "jnp.linalg.cholesky({})",
        "cholesky_solve": "jax.scipy.linalg.cho_solve(({}, True), {})",
        "cholesky_inverse": "cholesky_inverse({})",
        "sum_by_label": "sum_by_label({}, {}, {size})",
        "lu": "jax.scipy.linalg.lu_factor({})", "lu_solve": "jax.scipy.linalg.lu_solve({}, {})",
        "lu_solve_transposed": "jax.scipy.linalg.lu_solve({}, {}, trans=1)", "lu_inv": "lu_inverse({})",
        "expm": "jax.scipy.linalg.expm({})",
        "lu_det": "lu_determinant({})", "lu_logdet": "lu_log_determinant({})",
        "lu_logabsdet": "lu_log_determinant({}, absolute=True)",
    },
    differentiated="jnp.asarray({})",
    check='check_grads(lambda {by}: {call}, ({by},), order=1, modes=["rev"])',
    drawn="jnp.asarray({})",
    before_test=('jax.config.update("jax_enable_x64", True)',),
    helpers="jax.py",
    scans=True,
    no_fast="jax.jit fuses the readable one",
)  # fmt: skip
