"""What every value that is a formula is in SymPy. SymPy is imported when it is asked for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from derivations.formula.whole import Formula


class InSympy:
    """A formula, a node of a model, a derivation (its result) as SymPy: `sympify`, `latex`, `N`, `lambdify` take it."""

    __slots__ = ()

    def as_formula(self) -> Formula:
        """The formula that it is."""
        raise NotImplementedError

    def to_sympy(
        self,
        sizes: Mapping[str, int] | None = None,
        *,
        form: Literal["index", "matrix"] = "index",
        nodes: Literal["keep", "unfold"] = "unfold",
    ) -> Any:
        """It as a SymPy expression.

        form="index"     one entry, with `Sum`, `Product`, `IndexedBase`, `KroneckerDelta`; its axes are free indices
                         (`Idx`). With `sizes`, as {"n": 3}, all is written out over symbols x_1, x_1_2, …: an
                         expression, or an array of them
        form="matrix"    with `MatrixSymbol`, `Inverse`, `Transpose`, `Trace`, `Determinant`, `HadamardProduct`,
                         `DiagMatrix`; vectors are columns
        nodes="keep"     nodes of a model stay, y[i]; `sympy_definitions()` says what they are
        nodes="unfold"   in the inputs alone; what is defined by a recursion stays, h[t, i], unless `sizes` are given,
                         and `sympy_recurrences()` has its equations

        What SymPy would change while it builds, as x/x, stays unevaluated. Raises `NoSympy` (a `ValueError`) for what
        has no such form.
        """
        from derivations.sympy_bridge.outward import to_sympy

        return to_sympy(self.as_formula(), sizes, form=form, nodes=nodes)

    @property
    def sympy(self) -> Any:
        """It in the letters that it is written in: `to_sympy(nodes="keep")`."""
        return self.to_sympy(nodes="keep")

    def sympy_definitions(self) -> dict[Any, Any]:
        """What stands for each node in `.sympy`, in the inputs: `x.sympy.subs(x.sympy_definitions())` has none left."""
        from derivations.sympy_bridge.outward import definitions

        return definitions(self.as_formula())

    def sympy_recurrences(self) -> tuple[Any, ...]:
        """The recursions that it rests on as `sympy.Eq`: h[t, i] by h[t - 1, i], and what h[0, i] is."""
        from derivations.sympy_bridge.outward import recurrences

        return recurrences(self.as_formula())

    def sympy_letters(self) -> dict[str, Any]:
        """The SymPy objects of the names, sizes and free indices, as they stand in `.sympy`."""
        from derivations.sympy_bridge.outward import letters

        return letters(self.as_formula())

    def _sympy_(self) -> Any:
        return self.to_sympy()

    def _latex(self, printer: Any) -> str:
        """What `sympy.latex` prints."""
        return printer._print(self.to_sympy())


class AnEquation:
    """A step or a lemma as an equation of SymPy."""

    __slots__ = ()

    def sides(self) -> tuple[Formula, Formula]:
        """What is equal."""
        raise NotImplementedError

    @property
    def equation(self) -> Any:
        """`sympy.Eq` of both sides, not evaluated; its indices are free, and nodes of the model stay. Raises
        `NoSympy`."""
        from derivations.sympy_bridge.outward import equation

        return equation(*self.sides())

    def _sympy_(self) -> Any:
        return self.equation

    def _latex(self, printer: Any) -> str:
        return printer._print(self.equation)
