"""Functions of machine learning as SymPy has its own: they differentiate, rewrite, print and evaluate.

    sigmoid(z)  = 1/(1 + e^-z)         softplus(z) = log(1 + e^z)
    relu(z)     = max(0, z)            softmax(z_k, z_1, …, z_n) = e^z_k / (e^z_1 + … + e^z_n)

`rewrite(exp)` writes the first two and the last in exponentials, `rewrite(Max)` and `rewrite(Piecewise)` the third.
Their NumPy code neither overflows nor loses digits far out.
"""

from __future__ import annotations

from typing import Any

import sympy
from sympy.codegen.cfunctions import log1p
from sympy.core.function import ArgumentIndexError

_HALF = sympy.S.Half
_ENDS = {sympy.S.Infinity: sympy.S.One, sympy.S.NegativeInfinity: sympy.S.Zero}
"""The limits of σ."""


class _OfReals(sympy.Function):
    """A function of real numbers, itself real. `latex_name` is what LaTeX calls it."""

    latex_name = ""

    @property
    def argument(self) -> Any:
        """Its first argument."""
        return self.args[0]

    def definition(self) -> Any:
        """It in functions that SymPy has."""
        raise NotImplementedError

    def slope(self) -> Any:
        """Its derivative, of a function of one argument."""
        raise NotImplementedError

    def fdiff(self, argindex: int = 1) -> Any:
        if argindex != 1:
            raise ArgumentIndexError(self, argindex)
        return self.slope()

    def _eval_is_extended_real(self) -> bool | None:
        return True if all(a.is_extended_real for a in self.args) else None

    def _eval_is_finite(self) -> bool | None:
        return True if all(a.is_real for a in self.args) else None

    def _eval_evalf(self, prec: int) -> Any:
        return self.definition()._eval_evalf(prec)

    def _eval_rewrite_as_exp(self, *_args: Any, **_hints: Any) -> Any:
        return self.definition()

    def _latex(self, printer: Any, exp: str | None = None) -> str:
        name = self.latex_name if exp is None else f"{self.latex_name}^{{{exp}}}"
        return rf"{name}\left({', '.join(map(printer._print, self.args))}\right)"

    def _numpycode(self, printer: Any) -> str:
        """The code of every library with the functions of NumPy."""

        def call(name: str, *args: str) -> str:
            return f"{printer._module_format(f'{printer._module}.{name}')}({', '.join(args)})"

        return self.stable(printer, call)

    _jaxcode = _numpycode

    def stable(self, printer: Any, call: Any) -> str:
        """Its code, for `call(name, …)` of an array library."""
        raise NotImplementedError

    def _pythoncode(self, printer: Any) -> str:
        return f"({printer._print(self.plain())})"

    def plain(self) -> Any:
        """Its definition in a form that neither overflows nor loses digits."""
        return self.definition()

    _mpmathcode = _ccode = _pythoncode

    def _fcode(self, printer: Any) -> str:
        """The code of every library and language of which nothing more is known."""
        return f"({printer._print(self.definition())})"

    _tensorflowcode = _javascript = _rcode = _julia = _octave = _rust_code = _glsl = _fcode

    torch = ""
    """Its code for PyTorch, where its definition would overflow."""

    def _torchcode(self, printer: Any) -> str:
        if not self.torch:
            return self._fcode(printer)
        printer._module_format("torch.exp")  # which has it imported
        return self.torch.format(printer._print(self.argument))


class sigmoid(_OfReals):
    """σ(z) = 1/(1 + e^-z), σ' = σ (1 - σ).

    >>> z = sympy.Symbol("z", real=True)
    >>> sympy.diff(sigmoid(2 * z), z)
    2*(1 - sigmoid(2*z))*sigmoid(2*z)
    """

    latex_name = r"\sigma"
    torch = "torch.sigmoid({})"

    @classmethod
    def eval(cls, z: Any) -> Any:
        if z in _ENDS:
            return _ENDS[z]
        return _HALF if z.is_zero else None

    def slope(self) -> Any:
        return self * (1 - self)

    def definition(self) -> Any:
        return 1 / (1 + sympy.exp(-self.argument))

    def plain(self) -> Any:
        z = self.argument
        return sympy.exp(sympy.Min(0, z, evaluate=False)) / (1 + sympy.exp(-sympy.Abs(z, evaluate=False)))

    def _eval_is_positive(self) -> bool | None:
        return True if self.argument.is_real else None

    def stable(self, printer: Any, call: Any) -> str:
        return call("exp", "-" + call("logaddexp", "0.0", printer._print(-self.argument)))


class softplus(_OfReals):
    """log(1 + e^z), its derivative σ(z).

    >>> sympy.diff(softplus(sympy.Symbol("z", real=True)))
    sigmoid(z)
    """

    latex_name = r"\operatorname{softplus}"
    torch = "(torch.relu({0}) + torch.log1p(torch.exp(-torch.abs({0}))))"

    @classmethod
    def eval(cls, z: Any) -> Any:
        if z in _ENDS:
            return sympy.S.Infinity if _ENDS[z] else sympy.S.Zero
        return sympy.log(2) if z.is_zero else None

    def slope(self) -> Any:
        return sigmoid(self.argument)

    def definition(self) -> Any:
        return sympy.log(1 + sympy.exp(self.argument))

    def plain(self) -> Any:
        z = self.argument
        return sympy.Max(0, z, evaluate=False) + log1p(sympy.exp(-sympy.Abs(z, evaluate=False)))

    def _eval_is_positive(self) -> bool | None:
        return True if self.argument.is_real else None

    def stable(self, printer: Any, call: Any) -> str:
        return call("logaddexp", "0.0", printer._print(self.argument))


class relu(_OfReals):
    """max(0, z); its derivative is taken as 0 at 0.

    >>> sympy.diff(relu(sympy.Symbol("z", real=True)))
    Piecewise((1, z > 0), (0, True))
    """

    latex_name = r"\operatorname{relu}"
    torch = "torch.relu({})"

    @classmethod
    def eval(cls, z: Any) -> Any:
        if z.is_extended_nonnegative:
            return z
        return sympy.S.Zero if z.is_extended_nonpositive else None

    def slope(self) -> Any:
        return sympy.Piecewise((1, self.argument > 0), (0, True))

    def definition(self) -> Any:
        return sympy.Max(0, self.argument)

    def _eval_rewrite_as_exp(self, *_args: Any, **_hints: Any) -> Any:
        return None

    def _eval_rewrite_as_Max(self, *_args: Any, **_hints: Any) -> Any:
        return self.definition()

    def _eval_rewrite_as_Piecewise(self, z: Any, **_hints: Any) -> Any:
        return sympy.Piecewise((z, z > 0), (0, True))

    def _eval_is_nonnegative(self) -> bool | None:
        return True if self.argument.is_real else None

    def stable(self, printer: Any, call: Any) -> str:
        return call("maximum", "0.0", printer._print(self.argument))


class softmax(_OfReals):
    """e^z_k / (e^z_1 + … + e^z_n): its first argument is the entry that is asked for, the others are all of them.

    >>> a, b = sympy.symbols("a b", real=True)
    >>> sympy.diff(softmax(a, a, b), b)
    -softmax(a, a, b)*softmax(b, a, b)
    """

    latex_name = r"\operatorname{softmax}"

    @classmethod
    def eval(cls, entry: Any, *entries: Any) -> Any:
        if not entries:
            raise TypeError("softmax takes an entry and then all entries: softmax(a, a, b)")
        return sympy.S.One if entries == (entry,) else None

    def fdiff(self, argindex: int = 1) -> Any:
        entries = self.args[1:]
        if argindex == 1:
            return self
        if not 2 <= argindex <= len(self.args):
            raise ArgumentIndexError(self, argindex)
        return -self * self.func(entries[argindex - 2], *entries)

    def definition(self) -> Any:
        entry, *entries = self.args
        return sympy.exp(entry) / sympy.Add(*map(sympy.exp, entries))

    def _eval_is_positive(self) -> bool | None:
        return True if all(a.is_real for a in self.args) else None

    def stable(self, printer: Any, call: Any) -> str:
        entry, *entries = map(printer._print, self.args)
        log_of_sum = entries[0]
        for other in entries[1:]:
            log_of_sum = call("logaddexp", log_of_sum, other)
        return call("exp", f"{entry} - ({log_of_sum})")
