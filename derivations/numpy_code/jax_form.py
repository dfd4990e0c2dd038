"""The readable form for JAX: the same statements over `jax.numpy`, pure, so that `jax.jit`, `jax.vmap` and `jax.grad`
take them.

Source only: this package does not import JAX. Arguments are not checked (shapes are, by JAX, when it traces).
"""

from __future__ import annotations

import re
from types import MappingProxyType

from derivations.numpy_code import helpers
from derivations.numpy_code.docstring import docstring
from derivations.numpy_code.lower import CannotEmit
from derivations.numpy_code.plan import Plan, loose_sizes, new_scope, prologue
from derivations.numpy_code.program import AddDiagonal, Array, Input, in_order
from derivations.numpy_code.source import Printer
from derivations.numpy_code.statements import statements

JAX_HEADER = '"""Emitted by backproof: JAX code for derived formulas."""'

OWN = MappingProxyType({
    "sigmoid": "jax.nn.sigmoid", "softmax": "jax.nn.softmax", "erf": "jax.scipy.special.erf",
    "xlogy": "jax.scipy.special.xlogy", "xlog1py": "jax.scipy.special.xlog1py",
})  # fmt: skip
"""Helpers that JAX has itself."""

_NAMES = re.compile(r"\b(" + "|".join(OWN) + r")\(")
_NUMPY = re.compile(r"\bnp\.")


def translated(line: str) -> str:
    """A statement of the NumPy form over jax.numpy."""
    return _NUMPY.sub("jnp.", _NAMES.sub(lambda m: OWN[m[1]] + "(", line))


def diagonal(printer: Printer, a: AddDiagonal, target: str) -> list[str]:
    """base + δ values without writing into an array."""
    first, _, last = printer.diagonal(a, target)
    values = last.partition(" += ")[2]
    n = len(a.base.shape)
    if (a.p, a.q) != (n - 2, n - 1):
        raise CannotEmit("a diagonal of axes that are not the last two has no JAX form here")
    return [first, f"k = np.arange({target}.shape[-1])", f"{target} = {target}.at[..., k, k].add({values})"]


def emit_jax(plan: Plan, name: str, doc: str) -> str:
    """A module with one pure function over jax.numpy."""
    scope, function, arguments = new_scope(plan, name)
    for taken in ("jax", "jnp", "k"):
        scope.fresh(taken)
    variables: dict[Array, str] = {
        a: arguments[a.name] for a in in_order(tuple(plan.outputs.values())) if isinstance(a, Input)
    }
    printer = Printer(variables, scope, native=False)
    lines = statements(plan, printer, diagonal)
    first = prologue(plan, printer, arguments, native=False)
    parameters = [*arguments.values(), *(scope.of(s, "size") for s in loose_sizes(plan, printer.sizes))]
    if arguments:
        given = ", ".join(arguments.values())
        first = [line for line in first if not line.startswith("dtype = ")]
        left, cast = (given, f"({given})") if len(arguments) > 1 else (f"({given},)", f"({given},)")
        first.insert(0, f"{left} = (v.astype(dtype) for v in {cast})")
        first.insert(0, f"dtype = jnp.result_type({given}, float)")
        many = f"({given})" if len(arguments) > 1 else f"({given},)"
        first.insert(
            0,
            f"{given if len(arguments) > 1 else given + ','} = map(jnp.asarray, {many})".replace(
                f"{given}, = map", f"({given},) = map"
            ),
        )
    own = [translated(text) for text in helpers.texts(set(printer.helpers) - set(OWN))]
    imports = "\n".join(
        [
            *(["import math", ""] if printer.math or any("math." in t for t in own) else []),
            "import jax",
            "import jax.numpy as jnp",
        ]
    )
    body = [*docstring(plan, doc, printer), *(translated(line) for line in [*first, *lines])]
    text = "\n".join([f"def {function}({', '.join(parameters)}):", *("    " + line if line else "" for line in body)])
    return "\n\n\n".join([f"{JAX_HEADER}\n\n{imports}", *own, text]) + "\n"
