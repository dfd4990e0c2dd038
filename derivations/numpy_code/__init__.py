"""Formula → NumPy source → function: straight-line, stable, with BLAS where there are matrix products.

    emit    formulas → the text of a module with one function
    build   that text → the function

stable (tree) → lower (tree to arrays; axes, contract) → source (readable text) or fast (blocks and workspaces) → emit (module).
"""

from derivations.numpy_code.emit import build, emit
from derivations.numpy_code.lower import CannotEmit

__all__ = ["CannotEmit", "build", "emit"]
