"""Gradients of machine-learning models, derived symbolically; and answers, judged against what is right.

>>> import backproof as bp
>>> print(bp.gradient("sum_i (w^T x_i - y_i)^2", "w", "x: real[n,d]; w: real[d]; y: real[n]").show(form="matrix"))
∂f/∂wᵢ
  = 2 ∑ⱼ xⱼᵢ (∑ₖ wₖ xⱼₖ - yⱼ)   differentiate f
  = 2 xᵀ (x w - y)              in matrix form
>>> bp.derive("softmax", "dL/dx").sympy
-t[i] + y[i]
>>> bp.compare("p (1 - p)", "p - p^2", "p: probability").status
'equal'

    derive     a target of a model, in steps            check      an answer to a part of a problem
    gradient   of a formula of your own                 compare    two formulas
    models     the models                               prove      how one formula becomes another
    read       text into a formula                      write      a formula as text

Formulas are text in the notation (plain, Unicode, LaTeX), `Formula`s, or expressions of SymPy. Everything is imported
when it is first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from checker.check import check
    from checker.compare import compare
    from checker.proving import prove
    from derivations import models
    from derivations.asked import gradient
    from derivations.notation import read, write
    from derivations.pipeline import derive

    __version__: str

__all__ = ["__version__", "check", "compare", "derive", "gradient", "models", "prove", "read", "write"]

_WHERE = {
    "check": "checker.check",
    "compare": "checker.compare",
    "derive": "derivations.pipeline",
    "gradient": "derivations.asked",
    "prove": "checker.proving",
    "read": "derivations.notation",
    "write": "derivations.notation",
}


if not TYPE_CHECKING:  # a wrong name is an error of types

    def __getattr__(name: str) -> Any:
        if name in _WHERE:
            return getattr(import_module(_WHERE[name]), name)
        if name == "models":
            return import_module("derivations.models")
        if name == "__version__":
            return import_module("importlib.metadata").version("backproof")
        raise AttributeError(f"module 'backproof' has no attribute {name!r}; it has {', '.join(__all__)}")


def __dir__() -> list[str]:
    return list(__all__)
