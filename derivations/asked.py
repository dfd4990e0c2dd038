"""What is asked of a formula that somebody types: its value, gradients, Hessians, Hessians along a direction, the point
where a gradient vanishes; one derivation each, in order."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Literal, TypedDict, Unpack, overload

from derivations.calculus import NoDerivative
from derivations.densities import named_densities
from derivations.derivation import Derivation
from derivations.domains import Names, parse_names
from derivations.folding.facts import FactError
from derivations.formula import Elem
from derivations.kept_means import UNDER_THE_MEAN, by_density
from derivations.model import Model, UnknownName, build
from derivations.pipeline import derive, gradients, posed, target_of, with_facts
from derivations.together import Together

Declarations = str | Mapping[str, str] | Names


class Questions(TypedDict, total=False):
    """What may be asked besides, and of which node."""

    let: str
    of: str
    along: str
    jvp: str
    vjp: str
    hessian: bool
    order: int
    argmin: bool
    argmax: bool
    dual: bool
    facts: Sequence[str]
    subject_to: Sequence[str]
    root: str
    by: str


@overload
def gradient(
    formula: Any,
    wrt: list[Any] | tuple[Any, ...],
    names: Declarations = "",
    *,
    value: bool = False,
    **more: Unpack[Questions],
) -> Together: ...
@overload
def gradient(
    formula: Any, wrt: Any, names: Declarations = "", *, value: Literal[True], **more: Unpack[Questions]
) -> Together: ...
@overload
def gradient(
    formula: Any, wrt: Any, names: Declarations = "", *, value: Literal[False] = False, **more: Unpack[Questions]
) -> Derivation: ...
def gradient(
    formula: Any,
    wrt: Any,
    names: Declarations = "",
    *,
    let: str = "",
    of: str = "",
    value: bool = False,
    along: str = "",
    jvp: str = "",
    vjp: str = "",
    hessian: bool = False,
    order: int = 1,
    argmin: bool = False,
    argmax: bool = False,
    dual: bool = False,
    facts: Sequence[str] = (),
    subject_to: Sequence[str] = (),
    root: str = "",
    by: str = "",
) -> Derivation | Together:
    """The gradient of a formula: what somebody types, a `Formula`, or a SymPy expression; `let` holds bindings that
    become nodes. With a list of names, or with `value`, a `Together`: one function of everything that is asked.

    The formula becomes the node `f` (or the next free letter); without one (None) it is the node `of`, or the last
    binding. `wrt` is a name or a SymPy symbol, or a list of them. `hessian` and `along` (a direction) ask for the
    second derivative, `jvp` and `vjp` for the Jacobian times a direction, and a direction times it, in one pass,
    `order` for a derivative up to 4, `argmin` and `argmax` for the point where it is least or largest, in closed form;
    `value` puts the value before them, and the gradient between. `facts` are equations between the names that may be
    used as steps, `subject_to` those that the extremum has to meet; with `dual` they may be inequalities, and what is
    derived is the dual function of the least value over all names of `wrt`. `root` ("x: F(x, theta) = 0") one that
    makes a name a function of the others. `by` says how a mean without a closed form is differentiated: by the "score"
    of its law, or by "reparameterisation", which is what is done where nothing is said. A SymPy expression is read as
    the tree that it is, never through text; without `names` its symbols are declared by their assumptions.

    >>> gradient("sum_i (w^T x_i - y_i)^2", "w", "x: real[n,d]; w: real[d]; y: real[n]").result.shape
    ('d',)
    >>> step = gradient("||X w - y||^2", ["w"], "X: real[n,d]; w: real[d]; y: real[n]", value=True)
    >>> [d.target for d in step]
    ['f', 'df/dw']

    Raises `ReadError` and `NamesError` for texts, `NoDerivative`, `NoSympy` for what has no place here.
    """
    with kept_for(by):
        model, top = named(formula, names, let, of)
    several = isinstance(wrt, (list, tuple))
    wrts = [model.find(letter_of(w)) for w in (wrt if several else [wrt])]
    if not wrts:
        raise ValueError("no name to differentiate by")
    asked = {
        "along": along,
        "jvp": jvp,
        "vjp": vjp,
        "hessian": hessian,
        "order": order,
        "argmin": argmin,
        "argmax": argmax,
        "dual": dual,
        "root": root,
        "by": by,
    }
    pairs = derived(model, top, wrts, value=value, facts=facts, subject_to=subject_to, **asked)
    if not several and not value and len(pairs) == 1:
        return pairs[0][0]
    return Together(tuple(d for d, _ in pairs))


def letter_of(name: Any) -> str:
    """The name that a text or a SymPy object is: a symbol, a matrix, an array or its entry at letters. Raises
    `ValueError` for one entry alone, X[3] or A[i, i]."""
    if isinstance(name, str):
        return name
    matrix = getattr(name, "parent", None)
    whole = str((getattr(name, "base", name) if matrix is None else matrix).name)
    at = getattr(name, "indices", ()) if matrix is None else (name.i, name.j)
    if len(set(at)) < len(at) or any(not hasattr(k, "name") for k in at):
        raise ValueError(f"{name} is one entry: take the gradient by {whole}, and that entry of it")
    return whole


def named(formula: Any, names: Declarations, let: str, of: str) -> tuple[Model, str]:
    """The model and the node that is differentiated. Raises `ValueError` where there is neither formula nor binding, or
    where both a formula and a node are named."""
    if formula is not None:
        if of:
            raise ValueError(f"of={of!r} names a binding, beside a formula of its own: leave one of them out")
        return posed(formula, names, let)
    model = build("formula", parse_names(names), let)
    if not model.bindings:
        raise ValueError("there is neither a formula nor a binding")
    return model, model.find(of) if of else model.bindings[-1].name


def derived(
    model: Model,
    top: str,
    wrts: Sequence[str],
    *,
    value: bool = False,
    along: str = "",
    jvp: str = "",
    vjp: str = "",
    hessian: bool = False,
    order: int = 1,
    argmin: bool = False,
    argmax: bool = False,
    dual: bool = False,
    facts: Sequence[str] = (),
    subject_to: Sequence[str] = (),
    root: str = "",
    by: str = "",
) -> list[tuple[Derivation, str]]:
    """(derivation, by what) of everything that is asked, in order: the value (by nothing), the gradients out of one
    sweep, products with vectors, second derivatives, the higher one, the points where gradients vanish."""
    if dual:
        if not subject_to:
            raise FactError("a dual function is that of constraints: say what the point is subject to", "")
        if hessian or along or jvp or vjp or order > 1 or argmin or argmax or root or by or value:
            raise FactError("the dual function is asked for alone", subject_to[0])
        target = f"dual {top} over {', '.join(wrts)} subject to {'; '.join(subject_to)}"
        return [(derive(with_facts(model, facts), target), ",".join(wrts))]
    second = hessian or bool(along or jvp or vjp) or order > 1 or argmin or argmax
    if by:
        return [(d, w) for w in wrts for d in _of_a_mean(model, top, w, by, second or value or bool(root), facts)]
    if root:
        name, colon, given = root.partition(":")
        if not colon or second or value:
            raise FactError(
                "an equation for a name is written 'x: F(x, theta) = 0', and the gradient alone is derived with it",
                root,
            )
        return [
            (derive(with_facts(model, facts), f"{target_of(top, w)} with {name.strip()} from {given.strip()}"), w)
            for w in wrts
        ]
    found: list[tuple[Derivation, str]] = []
    if value:
        found.append((derive(with_facts(model, facts), top), ""))
    if value or not second:
        found += zip(gradients(model, top, wrts, facts), wrts, strict=True)
    model = with_facts(model, facts)
    for how, direction in (("along", jvp), ("against", vjp)):
        if direction:
            found += [(derive(model, f"{target_of(top, wrt)} {how} {direction}"), wrt) for wrt in wrts]
    if along:
        found += [(derive(model, target_of(top, wrt, 2, along)), wrt) for wrt in wrts]
    if hessian or (order == 2 and not along):
        pairs = [(one, two) for k, one in enumerate(wrts) for two in wrts[k:]]
        found += [
            (derive(model, target_of(top, one, 2, second=two)), one if one == two else f"{one},{two}")
            for one, two in pairs
        ]
    if order > 2:
        if len(wrts) > 1:
            raise UnknownName("name for a derivative of order 3 or 4 (one at a time)", ",".join(wrts), tuple(wrts))
        found.append((derive(model, target_of(top, wrts[0], order)), wrts[0]))
    if subject_to and not (argmin or argmax):
        raise FactError("a constraint is met by a point: ask for argmin, argmax, or the dual", subject_to[0])
    if subject_to and len(wrts) > 1:
        raise FactError("one name is sought under a constraint: put the others in", subject_to[0])
    under = f" subject to {'; '.join(subject_to)}" if subject_to else ""
    for which in ("argmin",) * argmin + ("argmax",) * argmax:
        found += [(derive(model, f"{which} {top} over {wrt}{under}"), wrt) for wrt in wrts]
    return found


WAYS = ("score", "reparameterisation")
"""How a mean is differentiated by what its law depends on."""


@contextmanager
def kept_for(by: str) -> Iterator[None]:
    """What is read in this block has its means kept for a gradient that is taken so."""
    if by != "score":
        yield
        return
    with by_density(), named_densities():
        yield


def _of_a_mean(model: Model, top: str, wrt: str, by: str, more: bool, facts: Sequence[str]) -> Iterator[Derivation]:
    """The gradient by the score, or with the variable as a function of one whose law has no parameters."""
    if by not in WAYS:
        raise ValueError(f"by={by!r}: a mean is differentiated by its {' or its '.join(WAYS)}")
    if more:
        raise ValueError(f"by={by!r}: the gradient alone is derived so")
    model = with_facts(model, facts)
    if by == "score":
        yield derive(model, f"{target_of(top, wrt)} by score")
        return
    found = derive(model, target_of(top, wrt))
    if not any(UNDER_THE_MEAN in step.why for lemma in found.lemmas for step in lemma.steps):
        raise NoDerivative(
            f"there is no mean in {top} that is kept: its gradient needs no reparameterisation", Elem(wrt)
        )
    yield found
