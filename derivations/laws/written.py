"""What is asked of a law while a formula is read: the sizes of axes are not known before its end, and with them neither
are sums over them. Until then it is an application that no name can be spelled like, `E normal x`.

    E LAW x            (body, parameters …)      the mean of the body over x
    KL LAW             (parameters …, parameters …)
    H LAW              (parameters …)            the entropy
    cross LAW          (parameters …, parameters …)   -E[log q] under p
    density LAW        (x, parameters …)         and `log-density LAW`
    integral LIMITS x  (body, limits …)          the integral of the body over x; a limit that is infinite is a `-`

Parameters, x and the body of a categorical law are a `Tensor` over the axes of the variable, a number where it has
none. `normal-joint` is the normal law with a matrix as its covariance.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from derivations.formula import Apply, IndexExpr, Node, Span, Tensor, reindex

KINDS = ("E", "KL", "H", "cross", "density", "log-density", "integral")
JOINT = "normal-joint"
NUMBERS = "numbers"
"""In place of a variable: H(p) and KL(p || q) of numbers that have to be probabilities."""


def asked(kind: str, law: str, args: tuple[Node, ...], variable: str = "", span: Span | None = None) -> Apply:
    """What is asked of a law, as an application."""
    return Apply(f"{kind} {law}" + (f" {variable}" if variable else ""), args, span=span)


def what_is_asked(node: Node) -> tuple[str, str, str] | None:
    """(kind, law, variable) of such an application; None for any other node."""
    if not isinstance(node, Apply) or " " not in node.fn:
        return None
    kind, law, *variable = node.fn.split(" ")
    return kind, law, variable[0] if variable else ""


def logarithm_of(node: Node) -> Node | None:
    """log of a density, as one; None for any other node."""
    found = what_is_asked(node)
    if found is None or found[0] != "density" or not isinstance(node, Apply):
        return None
    return asked("log-density", found[1], node.args, span=node.span)


def at(parameter: Node, *places: IndexExpr) -> Node:
    """The entry of a parameter; a number is the same everywhere."""
    if not isinstance(parameter, Tensor):
        return reindex(parameter, {})
    return reindex(parameter.body, dict(zip(parameter.indices, places, strict=True)))


_CARRYING_OUT: ContextVar[bool] = ContextVar("carrying_out", default=False)


@contextmanager
def carrying_out() -> Iterator[None]:
    """Integrals that are read in this block are carried out: what is derived, and no answer."""
    token = _CARRYING_OUT.set(True)
    try:
        yield
    finally:
        _CARRYING_OUT.reset(token)


def integrals_carried_out() -> bool:
    """Whether integrals are carried out here."""
    return _CARRYING_OUT.get()
