"""Each thing that a formula asks of a law, put in place of it; from the inside out.

    E          the mean of a formula over a variable      KL     E[log p - log q]
    H          -E[log p], an entropy                      cross  -E[log q], a cross-entropy
    density    p(x)                                       log-density

Laws of the categorical family are sums over their classes. A quantity that the variable goes into is written out, and a
derivative inside a mean is carried out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from derivations.calculus import NoDerivative, partial
from derivations.densities import named, names_densities
from derivations.domains import Names
from derivations.expectation.integrals import integral
from derivations.expectation.joint import diagonal, inverse, joint_log_density, log_det, over_entries, size, square
from derivations.expectation.moments import mean
from derivations.expectation.variable import NoClosedForm, Variable, whole
from derivations.formula import (
    HALF,
    ONE,
    TWO,
    ZERO,
    Deriv,
    Elem,
    Formula,
    Node,
    Tensor,
    add,
    call,
    factors_of,
    free_indices,
    instantiate,
    key,
    map_up,
    mul,
    names_in,
    neg,
    reindex,
    replace_elems,
    sub,
    total,
)
from derivations.laws.table import LAWS, PI, log, log_ratio
from derivations.laws.written import JOINT, NUMBERS, at, what_is_asked
from derivations.normal_form import prove_equal
from derivations.ranges import Ranges
from derivations.simplify.shapes import softmax_in
from derivations.simplify.tidy import tidy

X = "the variable"
"""The name of a variable that nobody named."""


def unfolded(node: Node, names: Names) -> Node:
    """The tree with all that is asked of laws in closed form. Raises `NoClosedForm`."""

    def by(part: Node) -> Node | None:
        found = what_is_asked(part)
        if found is None:
            return None
        kind, law, variable = found
        if kind == "integral":
            try:
                return integral(law, part.args, variable, names)  # type: ignore[attr-defined]
            except NoClosedForm as error:
                raise NoClosedForm(error.message, error.span or part.span) from None  # type: ignore[attr-defined]
        args, law = _apart(kind, law, part.args)  # type: ignore[attr-defined]
        _refuse_no_covariance(law, args, names)
        if law == "categorical":
            args = tuple(_stable(a) for a in args)
        if variable == NUMBERS:
            _refuse_no_probabilities(args, names)
        try:
            made = _KINDS[kind](law, args, variable, names)
        except NoClosedForm as error:
            raise NoClosedForm(error.message, error.span or part.span) from None  # type: ignore[attr-defined]
        return tidy(made, names) if kind in ("KL", "H", "cross") else made

    return map_up(node, by)


Asked = tuple[Node, ...]


def _apart(kind: str, law: str, args: Asked) -> tuple[Asked, str]:
    """A normal law whose covariance is a diagonal matrix is one of independent entries."""
    if law != JOINT:
        return args, law
    head = 0 if kind in ("KL", "H", "cross") else 1
    found = [diagonal(a) for a in args[head + 1 :: 2]]
    if any(d is None for d in found):
        return args, law
    made = list(args)
    made[head + 1 :: 2] = [d for d in found if d is not None]
    return tuple(made), "normal"


def _stable(p: Node) -> Node:
    """e^(z_k)/Σ_l e^(z_l) as softmax(z)_k, which does not overflow."""
    inner = softmax_in(factors_of(p.body)) if isinstance(p, Tensor) else None
    return p if inner is None else Tensor(p.indices, inner)  # type: ignore[attr-defined]


def _expected(law: str, args: Asked, variable: str, names: Names) -> Node:
    body, *parameters = args
    if law == "categorical" and isinstance(body, Tensor):
        (p,) = parameters
        _refuse_no_law(p, names)
        if body.indices[0] not in free_indices(body.body):
            return body.body
        inner = _carried_out(body.body, names)
        if not names_densities():
            return reindex(total(body.indices, mul(at(p, *body.indices), inner)), {})
        (a,) = body.indices
        return reindex(total((a,), mul(call("exp", named(law, (p,), log(at(p, a)), a)), inner)), {})
    body = _carried_out(_written_out(body, variable, names), names)
    return mean(body, Variable(variable, law, tuple(parameters)), names)


def _written_out(body: Node, variable: str, names: Names) -> Node:
    """The body with what is computed from the variable in its place."""

    def depends(name: str, seen: frozenset[str]) -> bool:
        row = names.get(name)
        if name == variable:
            return True
        if row is None or row.definition is None or name in seen:
            return False
        return any(depends(n, seen | {name}) for n in names_in(row.definition.body))

    def replaced(elem: Elem) -> Node | None:
        if elem.name == variable or not depends(elem.name, frozenset()):
            return None
        row = names[elem.name]
        assert isinstance(row.definition, Formula)
        return _written_out(instantiate(row.definition, elem.at), variable, names)

    return replace_elems(body, replaced)


def _carried_out(body: Node, names: Names) -> Node:
    """Derivatives in a body, carried out in the inputs."""

    def by(part: Node) -> Node | None:
        if not isinstance(part, Deriv):
            return None
        if not isinstance(part.wrt, Elem):
            raise NoClosedForm("a derivative by a formula inside a mean is not carried out")
        try:
            return tidy(partial(_written_out(part.of, part.wrt.name, names), part.wrt), names)
        except NoDerivative as error:
            raise NoClosedForm(str(error)) from None

    return map_up(body, by)


def _refuse_no_law(p: Node, names: Names) -> None:
    """Probabilities are certainly not negative, and certainly sum to 1."""
    assert isinstance(p, Tensor)
    share = names.get(p.body.name) if isinstance(p.body, Elem) and p.body.at[-1:] == p.indices else None
    if share is not None and share.domain.has("partition"):
        return
    summed = Formula(total(p.indices, p.body), names=names)
    if not (Ranges(names)(p.body).nonnegative and prove_equal(summed, Formula(ONE, names=names))):
        raise NoClosedForm(
            "these are not known to be probabilities that sum to 1: declare them as simplex[K], or write a softmax",
            p.body.span,  # type: ignore[attr-defined]
        )


def _refuse_no_covariance(law: str, args: Asked, names: Names) -> None:
    """A covariance is certainly symmetric."""
    for matrix in args:
        if law != JOINT or not isinstance(matrix, Tensor) or len(matrix.indices) != 2:
            continue
        i, j = matrix.indices
        turned = Formula(reindex(matrix.body, {i: j, j: i}), (i, j), names=names)
        if not prove_equal(Formula(matrix.body, (i, j), names=names), turned):
            raise NoClosedForm(
                "this is not known to be a covariance, which is symmetric: declare it as posdef[d]",
                matrix.body.span,  # type: ignore[attr-defined]
            )


def _log_density(law: str, args: Asked, variable: str, names: Names) -> Node:
    x, *parameters = args
    if law == JOINT:
        return joint_log_density(x, *parameters)
    if law == "dirichlet":
        (concentration,) = parameters
        assert isinstance(x, Tensor)
        i = x.indices
        terms = add(mul(sub(at(concentration, *i), ONE), log(x.body)), neg(call("lgamma", at(concentration, *i))))
        return add(reindex(total(i, terms), {}), call("lgamma", whole(concentration)))
    if law == "categorical":
        (p,) = parameters
        assert isinstance(x, Tensor)
        return reindex(total(x.indices, mul(x.body, log(at(p, *x.indices)))), {})
    density = LAWS[law].log_density
    if density is None:
        raise NoClosedForm(f"the density of a {law} variable is not written here")
    return over_entries(x, lambda *i: density(at(x, *i), *(at(p, *i) for p in parameters)))


def _density(law: str, args: Asked, variable: str, names: Names) -> Node:
    x, *parameters = args
    if law == "normal" and parameters == [ZERO, ONE] and not isinstance(x, Tensor):
        return call("normpdf", x)
    return call("exp", _log_density(law, args, variable, names))


def _refuse_no_probabilities(args: Asked, names: Names) -> None:
    """H(p) and KL(p || q) of numbers are of Bernoulli variables, where these are probabilities."""
    ranges = Ranges(names)
    for p in args:
        if isinstance(p, Elem) and p.name in names and names[p.name].domain.name == "probability":
            continue
        found = ranges(p)
        if found.low is None or found.high is None or found.low < 0 or found.high > 1:
            raise NoClosedForm(
                "this number is not known to be a probability: declare it so, or write its law, as Bernoulli(q)",
                p.span,  # type: ignore[attr-defined]
            )


def _entropy(law: str, args: Asked, variable: str, names: Names) -> Node:
    row = LAWS.get(law)
    if law == "categorical":
        return _cross_entropy(law, (*args, *args), variable, names)
    if law == JOINT:
        (_, covariance) = args
        return add(mul(HALF, size(covariance), add(ONE, log(mul(TWO, PI)))), mul(HALF, log_det(covariance)))
    if row is not None and row.entropy is not None:
        entropy = row.entropy
        return over_entries(args[0], lambda *i: entropy(*(at(p, *i) for p in args)))
    return _cross_entropy(law, (*args, *args), variable, names)


def _cross_entropy(law: str, args: Asked, variable: str, names: Names) -> Node:
    p, q = args[: len(args) // 2], args[len(args) // 2 :]
    if law == "categorical":
        _refuse_no_law(p[0], names)
        _refuse_no_law(q[0], names)
        (i,) = p[0].indices  # type: ignore[attr-defined]
        return neg(reindex(total((i,), mul(at(p[0], i), log(at(q[0], i)))), {}))
    if law == JOINT:
        return add(_mean_energy(p, q), mul(HALF, add(mul(size(q[1]), log(mul(TWO, PI))), log_det(q[1]))))
    return neg(_mean_over_p(law, p, _log_density(law, (_variable(p[0]), *q), X, names), names))


def _divergence(law: str, args: Asked, variable: str, names: Names) -> Node:
    p, q = args[: len(args) // 2], args[len(args) // 2 :]
    if law == "categorical":
        _refuse_no_law(p[0], names)
        _refuse_no_law(q[0], names)
        (i,) = p[0].indices  # type: ignore[attr-defined]
        return reindex(total((i,), mul(at(p[0], i), log_ratio(at(p[0], i), at(q[0], i)))), {})
    if law == JOINT:
        logs = sub(log_det(q[1]), log_det(p[1]))
        return add(_mean_energy(p, q), mul(HALF, sub(logs, size(q[1]))))
    rule = LAWS[law].divergence
    if rule is not None:
        return over_entries(p[0], lambda *i: rule(*(at(a, *i) for a in (*p, *q))))
    x = _variable(p[0])
    own, other = (_log_density(law, (x, *parameters), X, names) for parameters in (p, q))
    return _mean_over_p(law, p, tidy(sub(own, other), names), names)


def _mean_over_p(law: str, p: Asked, body: Node, names: Names) -> Node:
    return mean(body, Variable(X, law, tuple(p)), names)


def _variable(like: Node) -> Node:
    """x over the axes of a parameter."""
    if not isinstance(like, Tensor):
        return Elem(X)
    indices = tuple(i.fresh() for i in like.indices)
    return Tensor(indices, Elem(X, indices))


# ---------------------------------------------------------------- normal laws with a matrix as their covariance


def _mean_energy(p: Asked, q: Asked) -> Node:
    """1/2 E[(x - m)ᵀ Q⁻¹ (x - m)] = 1/2 tr(Q⁻¹ S) + 1/2 (μ - m)ᵀ Q⁻¹ (μ - m)"""
    (mean_p, s), (mean_q, other) = p, q
    if key(s) == key(other):
        trace = size(other)
    else:
        i, j = (k.fresh() for k in other.indices)  # type: ignore[attr-defined]
        trace = total((i, j), mul(inverse(other, i, j), at(s, j, i)))
    if key(mean_p) == key(mean_q):
        return mul(HALF, trace)
    return mul(HALF, add(trace, square(lambda i: sub(at(mean_p, i), at(mean_q, i)), other)))


_KINDS: Mapping[str, Callable[[str, Asked, str, Names], Node]] = MappingProxyType(
    {
        "E": _expected,
        "KL": _divergence,
        "H": _entropy,
        "cross": _cross_entropy,
        "density": _density,
        "log-density": _log_density,
    }
)
