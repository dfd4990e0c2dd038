"""What stands for what in the three dressings: relations, large operators, heads of functions, raised and lowered
characters, decimals."""

from __future__ import annotations

from fractions import Fraction
from types import MappingProxyType

from derivations.atoms import ATOMS

RELATIONS = MappingProxyType({
    "~": ("~", "~", r"\sim"),
    "<": ("<", "<", "<"), "<=": ("<=", "≤", r"\le"), ">": (">", ">", ">"), ">=": (">=", "≥", r"\ge"),
    "==": ("=", "=", "="), "!=": ("!=", "≠", r"\ne"),
})  # fmt: skip

BIG = MappingProxyType({
    "sum": ("sum", "∑", r"\sum"), "prod": ("prod", "∏", r"\prod"), "max": ("max", "max", r"\max"),
    "min": ("min", "min", r"\min"),
    "logsumexp": ("logsumexp", "logsumexp", r"\operatorname{logsumexp}"), "mean": ("E", "E", r"\mathbb{E}"),
})  # fmt: skip

HEADS = MappingProxyType({
    "exp of entries": ("exp", "exp", r"\exp"), "det": ("det", "det", r"\det"),
    "logdet": ("logdet", "logdet", r"\log\det"),
    "eigmax": ("eigmax", "λ_max", r"\lambda_{\max}"), "eigmin": ("eigmin", "λ_min", r"\lambda_{\min}"),
})  # fmt: skip


LAW = "law "
"""Before the name of a law, which is no function: Gamma(a, c) is not Γ."""


def head_of(name: str) -> tuple[str, str, str]:
    """What is written before the bracket of a function, in the three dressings."""
    if name.startswith(LAW):
        name = name.removeprefix(LAW)
        return name, name, r"\mathcal{N}" if name == "N" else rf"\operatorname{{{name}}}"
    row = ATOMS.get(name)
    plain = r"\operatorname{" + name.replace("_", "") + "}"
    if row is not None:
        return name, row.symbol or name, row.latex or plain
    return HEADS.get(name) or (name, name, plain)


POWERED = frozenset({"sin", "cos", "tan", "sinh", "cosh", "tanh", "sigmoid"})
"""Functions whose power stands at their name: \\tanh^2(z)."""

SUBSCRIPTS = dict(zip("0123456789+-=()aehijklmnoprstuvx", "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ", strict=True))
SUBSCRIPTED = frozenset(SUBSCRIPTS.values())
SUPERSCRIPTS = dict(zip("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻", strict=True))
WHICH = MappingProxyType({"ascii": 0, "unicode": 1, "latex": 2})


def decimal(value: Fraction) -> str:
    """A number ≥ 0 with finitely many decimals, in full."""
    scale = 0
    while (value * 10**scale).denominator != 1:
        scale += 1
    digits = str(int(value * 10**scale)).rjust(scale + 1, "0")
    return f"{digits[:-scale]}.{digits[-scale:]}" if scale else digits


def is_decimal(value: Fraction) -> bool:
    """Whether a number has few enough decimals to be written with them."""
    return (10**24) % value.denominator == 0
