"""Derived results as functions of arrays in a given order: SymPy's at given sizes, ours at any."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from inspect import Parameter, Signature, signature
from typing import TYPE_CHECKING, Any

import sympy

from derivations.formula import show_shape
from derivations.sympy_bridge.outward import symbols, to_sympy

if TYPE_CHECKING:
    from derivations.derivation import Derivation


def lambdified(
    derivation: Derivation, args: Sequence[str] | None, sizes: Mapping[str, int] | None, modules: str
) -> Callable[..., Any]:
    """A `Lambdified`. Raises `ValueError` for arguments that are no inputs, or too few."""
    needed = (*derivation.inputs(), *(loose_sizes(derivation) if sizes is None else ()))
    order = tuple(needed if args is None else args)
    known = [*(row.name for row in derivation.names.inputs()), *needed[len(derivation.inputs()) :]]
    if unknown := [name for name in order if name not in known]:
        raise ValueError(f"{unknown[0]} is no input: they are {', '.join(known)}")
    if missing := [name for name in needed if name not in order]:
        raise ValueError(f"the result needs {', '.join(missing)} as well: args is {', '.join((*order, *missing))}")
    if len(set(order)) < len(order):
        raise ValueError("an argument is named twice")
    if sizes is None and modules != "numpy":
        raise ValueError(f"without sizes it is a NumPy function: for {modules} give sizes, as sizes={{'n': 3}}")
    return Lambdified(derivation, order, None if sizes is None else dict(sizes), modules)


def loose_sizes(derivation: Derivation) -> tuple[str, ...]:
    """The sizes that no argument of the emitted function tells: arguments of their own."""
    from derivations.emit.mangle import identifier  # late: the emitter stands later in the house

    wanted = signature(derivation.numpy()).parameters
    return tuple(s for s in derivation.names.sizes if identifier(s) in wanted and s not in derivation.inputs())


class Lambdified:
    """A function of arrays, in the order of `args`; keywords do as well. It is rebuilt from the derivation where it is
    unpickled."""

    def __init__(self, derivation: Derivation, args: tuple[str, ...], sizes: dict[str, int] | None, modules: str):
        from derivations.emit.mangle import identifier  # late: the emitter stands later in the house

        self.derivation, self.args, self.sizes, self.modules = derivation, args, sizes, modules
        self.parameters = tuple(map(identifier, args))
        self.function = self._emitted() if sizes is None else self._written_out(sizes)
        self.__name__ = "".join(c if c.isalnum() else "_" for c in derivation.target)
        self.__signature__ = Signature([Parameter(p, Parameter.POSITIONAL_OR_KEYWORD) for p in self.parameters])
        rows = derivation.names
        shapes = [
            f"{p}: {'a size' if a in rows.sizes else show_shape(rows[a].sizes)}"
            for p, a in zip(self.parameters, args, strict=True)
        ]
        at = "" if sizes is None else f" for {', '.join(f'{k} = {v}' for k, v in sizes.items())}"
        self.__doc__ = (
            f"{derivation.target} of {derivation.model}{at}: {show_shape(derivation.result.shape)}.\n\n"
            + "\n".join(shapes)
        )

    def _emitted(self) -> Callable[..., Any]:
        made = self.derivation.numpy()
        needed = dict(zip(self.args, self.parameters, strict=True))
        used = [needed[name] for name in (*self.derivation.inputs(), *loose_sizes(self.derivation))]
        return lambda values: made(**{name: values[name] for name in used})

    def _written_out(self, sizes: Mapping[str, int]) -> Callable[..., Any]:
        every = symbols(self.derivation.names, sizes)
        written = to_sympy(self.derivation.result, sizes)
        if isinstance(written, sympy.NDimArray) and self.modules != "numpy":
            written = written.tolist()  # of a library without arrays, nested lists
        made = sympy.lambdify([every[name] for name in self.args], written, self.modules)
        return lambda values: made(*(values[name] for name in self.parameters))

    def __call__(self, *values: Any, **named: Any) -> Any:
        bound = self.__signature__.bind(*values, **named)
        return self.function(bound.arguments)

    def __reduce__(self) -> tuple[Any, ...]:
        return Lambdified, (self.derivation, self.args, self.sizes, self.modules)

    def __repr__(self) -> str:
        return f"<{self.__name__}({', '.join(self.parameters)})>"
