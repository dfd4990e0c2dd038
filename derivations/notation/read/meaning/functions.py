"""Functions, logarithms, roots and derivatives; and what a whole formula must not be: one thing on paper and another in
code."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

from derivations.atoms import ABBREVIATIONS, ATOMS, Atom
from derivations.domains import Declared, Signature
from derivations.formula import (
    HALF,
    MINUS_ONE,
    ONE,
    Apply,
    Bound,
    Call,
    Deriv,
    Elem,
    IndexExpr,
    MatrixAtom,
    Node,
    Num,
    Pow,
    Slot,
    Tensor,
    div,
    names_in,
    power,
    replace_elems,
)
from derivations.laws.written import logarithm_of, what_is_asked
from derivations.notation.read.meaning.algebra import turned_in_code
from derivations.notation.read.meaning.context import Meaning
from derivations.notation.read.meaning.from_zero import refuse_mixed
from derivations.notation.read.meaning.lists import as_column
from derivations.notation.read.meaning.matrices import transposed, with_diagonal_of
from derivations.notation.read.meaning.special import SPECIAL
from derivations.notation.read.meaning.values import Val, find, indices_of, unify
from derivations.notation.read.surface import (
    Applied,
    Derivative,
    FunctionOf,
    Group,
    Indexed,
    Label,
    Name,
    Negative,
    Numeral,
    Product,
    Quotient,
    Root,
    Surface,
    Terms,
    Transposed,
)


def _passes(t: Surface) -> bool:
    """Whether a tree is a plain log or transpose of its one argument."""
    return isinstance(t, Applied) and t.function in ("log", "transpose") and t.base is None and not t.order


def core(t: Surface) -> Surface:
    """What a factor or term is about: without its brackets, sign, entries, transpose, logarithm, and the numbers that
    scale it."""
    while True:
        if isinstance(t, (Group, Negative, Transposed, Indexed, Label)) or _passes(t):
            t = t.below()[0]
            continue
        if isinstance(t, (Terms, Product)):
            rest = [a for a in t.below() if not isinstance(a, Numeral)]
            if len(rest) == 1:
                t = rest[0]
                continue
        return t


_SIGMA = re.compile(r"\\?sigma|σ")


def whole_formula(meaning: Meaning, tree: Surface) -> Val:
    """The value of a whole formula, which must not be one thing on paper and another in code."""
    value = as_column(meaning, meaning.value(tree))
    if value.turned is not None and (meaning.code or "@" in meaning.text):
        raise turned_in_code(meaning, value.turned, (tree.start, tree.end))
    if meaning.squashed:
        against_onehot(meaning, tree)
    if meaning.from_zero:
        refuse_mixed(meaning, tree)
    if meaning.kept and len(value.sizes) == 2 and find(value.sizes[0]) == 1:
        meaning.note("kept-axis", f"{meaning.source(value.span)} has an axis of length 1, which was left out", tree)
        return meaning.made(value.sizes[1:], lambda *at: value.entry(1, *at), value)
    return value


def against_onehot(meaning: Meaning, t: Surface) -> None:
    """Refuse σ(z) - y and y^T log σ(z) with y one-hot and z a vector: there σ is the softmax, not the sigmoid of
    every entry."""
    if isinstance(t, (Terms, Product, Quotient, Applied)):
        cores = [c for c in map(core, t.below()) if not isinstance(c, Name) or c.row.sizes]
        pairs = [
            (a, b)
            for k, a in enumerate(cores)
            for b in (cores[k + 1 :] if isinstance(t, Terms) else cores[k + 1 : k + 2])
        ]
        for a, b in [*pairs, *((b, a) for a, b in pairs)]:
            if a in meaning.squashed and isinstance(b, Name) and b.row.domain.name == "onehot":
                shown = meaning.source((a.start, a.end))
                inner = meaning.source((a.below()[0].start, a.below()[0].end))
                raise meaning.fail(
                    f"{shown} stands against the one-hot {b.row.name}, where σ of a vector is the softmax",
                    a,
                    f"softmax({inner}), or sigmoid({inner}) for every entry by itself",
                    "operation",
                )
    for below in t.below():
        against_onehot(meaning, below)


def called(meaning: Meaning, t: Applied) -> Val:
    name, base, order = t.function, t.base, t.order
    special = SPECIAL.get(name)
    span = (t.start, t.end)
    if order:
        return primed_call(meaning, t, name, order)
    if name == "log":
        return logarithm(meaning, t, base)
    if special is not None:
        return special(meaning, t, base)
    values = [meaning.value(a) for a in t.args]
    written_out = ABBREVIATIONS.get(name)
    atom = written_out or ATOMS[name]
    if (
        atom.arity is not None
        and len(values) != atom.arity
        and not (name in ("leaky_relu", "elu") and (base is not None or len(values) == 1))
    ):
        raise meaning.fail(
            f"{name} takes {atom.arity} argument{'s' if atom.arity > 1 else ''}, not {len(values)}",
            t,
            f"{name}({', '.join('xyz'[: atom.arity])})",
        )
    if name in ("leaky_relu", "elu") and len(values) == 1:
        values.append(default_slope(meaning, name, base, t))
    if name in ("max", "min") and len(values) == 1:
        v = values[0]
        if not v.sizes:
            raise meaning.fail(f"{name} of one number says nothing", t, f"{name}(a, b), or {name}_i x_i", "operation")
        where = [meaning.index("k", s) if find(s) != 1 else 1 for s in v.sizes]
        meaning.note(
            "over-all",
            f"{meaning.source(span)} was read as the {'largest' if name == 'max' else 'smallest'} of all entries",
            t,
        )
        return Val(Bound(name, indices_of(*where), v.entry(*where), span))
    if name == "sigmoid" and values[0].sizes and _SIGMA.match(meaning.text, t.start):
        meaning.squashed.add(t)
    meaning.said_entrywise(name, values[0], span)
    if written_out is not None and written_out.definition is not None:
        made = meaning.elementwise(values, written_out.definition, name, span)
        return with_diagonal_of(meaning, values[0], made, span) if name == "sqrt" else made
    return meaning.elementwise(values, lambda *n: Call(name, n, span), name, span)


def default_slope(meaning: Meaning, name: str, base: Any, t: Applied) -> Val:
    """The α of leaky_relu and elu where it is not written: a declared scalar alpha, or a subscript."""
    if base is not None:
        kind, payload = base[0].kind, base[0].text
        if kind == "word":
            return Val(meaning.letter_or_name(payload, t))
        if kind == "num":
            return Val(Num(Fraction(payload)))
    row = meaning.scope.rows.get("alpha")
    if row is not None and not row.sizes:
        meaning.note("slope", f"the slope of {name} was taken to be {row.name}", t)
        return Val(Elem(row.name))
    if name == "elu":
        meaning.note("slope", "the scale of elu was taken to be 1", t)
        return Val(ONE)
    raise meaning.fail(f"{name} needs its slope", t, f"{name}(x, alpha)")


def primed_call(meaning: Meaning, t: Applied, name: str, order: int) -> Val:
    """σ'(z): the derivative of a function at its argument."""
    atom = ATOMS.get(name)
    span = (t.start, t.end)
    slope = None if atom is None or order > 1 or atom.arity != 1 else _slope(atom)
    if slope is None:
        raise meaning.fail(
            f"this derivative of {name} is not read", t, f"{name}'(x), once, of a function of one argument"
        )
    v = meaning.value(t.args[0])
    return meaning.elementwise([v], slope, name, span)


def logarithm(meaning: Meaning, t: Applied, base: Any) -> Val:
    span = (t.start, t.end)
    if len(t.args) not in (1, 2):
        raise meaning.fail(f"log takes 1 or 2 arguments, not {len(t.args)}", t, "log(x) or log(x, b)")
    values = [meaning.value(a) for a in t.args]
    first = values[0].node
    if base is not None and len(values) == 1:
        kind, payload = base[0].kind, base[0].text
        if kind == "num":
            values.append(Val(Num(Fraction(payload)), numeral=True))
        elif kind == "word" and payload == "e" and "e" not in meaning.scope.rows:
            pass
        elif kind == "word":
            values.append(Val(meaning.letter_or_name(payload, t)))
        else:
            raise meaning.fail("this base of a logarithm is not read", t, "log_2 x or log(x, b)")
    if len(values) == 1 and isinstance(first, MatrixAtom) and first.op == "det":
        return Val(MatrixAtom("logdet", first.row, first.col, first.body, (), span))
    if len(values) == 1 and first is not None and (of_density := logarithm_of(first)) is not None:
        return Val(of_density)
    if len(values) == 1:
        meaning.said_entrywise("log", values[0], span)
        return meaning.elementwise(values, lambda x: Call("log", (x,), span), "log", span)
    return meaning.elementwise(values, lambda x, b: div(Call("log", (x,), span), Call("log", (b,), span)), "log", span)


def applied(meaning: Meaning, t: FunctionOf) -> Val:
    row, span = t.row, (t.start, t.end)
    values = [meaning.value(a) for a in t.args]
    if any(slot > len(values) for slot in t.slots):
        raise meaning.fail(f"{row.name} has no argument {max(t.slots)}", t, f"an argument from 1 to {len(values)}")
    if row.signature is not None:
        return of_arrays(meaning, t, row, row.signature, values)
    by = ((0, ()),) * (t.order + len(t.slots))
    return meaning.elementwise(values, lambda *n: Apply(row.name, n, by, (), span), row.name, span)


def of_arrays(meaning: Meaning, t: FunctionOf, row: Declared, signature: Signature, values: list[Val]) -> Val:
    """k(x, z), φ(x): each argument whole, in the shape that is declared."""
    span = (t.start, t.end)
    usual = f"{row.name} is declared {signature.show()}"
    if t.order:
        raise meaning.fail(f"{usual}: its primes are not read", t, f"{row.name}(…) without primes")
    if len(values) != len(signature.takes):
        given = f"{len(values)} {'is' if len(values) == 1 else 'are'} given"
        raise meaning.fail(f"{usual}: {given}", t, f"{len(signature.takes)} arguments", "operation")
    values = [as_column(meaning, v) if len(sizes) == 1 else v for v, sizes in zip(values, signature.takes, strict=True)]
    by_rows = [_has_rows(value, sizes) for value, sizes in zip(values, signature.takes, strict=True)]
    if sum(by_rows) > 1 and signature.gives:  # of vectors at every two rows nobody says which axis comes first
        by_rows = [False] * len(values)
    for value, sizes, rows in zip(values, signature.takes, by_rows, strict=True):
        own = value.sizes[1:] if rows else value.sizes
        if len(sizes) == 1 and len(own) == 2 and find(own[0]) == find(own[1]) == find(sizes[0]):
            raise meaning.two_ways(
                f"{row.name} takes vectors, and a square matrix is as many rows as columns; say which are meant",
                span,
                f"an index, as in {row.name}(A_i)",
            )
        if len(sizes) == 1 and len(own) == 2 and find(own[0]) == find(sizes[0]) and find(own[1]) != 1:
            shown = meaning.source(value.span)
            raise meaning.fail(f"the vectors that {row.name} takes are columns of {shown}", t, f"{row.name} of one")
        if len(own) != len(sizes) or not all(map(unify, own, sizes)):
            raise meaning.shape_fault(f"{row.name}(…)", [value], span, usual)
    over = tuple(value.sizes[0] for value, rows in zip(values, by_rows, strict=True) if rows)

    def at(*entry: IndexExpr) -> Node:
        meaning.count()
        row_of = iter(entry)
        args = tuple(argument(v, (next(row_of),) if rows else ()) for v, rows in zip(values, by_rows, strict=True))
        given, left = entry[len(over) :][: len(signature.gives)], entry[len(over) + len(signature.gives) :]
        by: list[Slot] = []
        for slot in t.slots:
            axes_of = len(signature.takes[slot - 1])
            by.append((slot - 1, left[:axes_of]))
            left = left[axes_of:]
        return Apply(row.name, args, tuple(by), given, span)

    def argument(value: Val, at_row: Sequence[IndexExpr]) -> Node:
        indices = tuple(meaning.index("k", s) for s in value.sizes[len(at_row) :])
        return Tensor(indices, value.entry(*at_row, *indices)) if indices else value.entry(*at_row)

    if over:
        each = "matrix of its values at every two rows" if len(over) == 2 else "array of its values at every row"
        meaning.noted("rows", f"{meaning.source(span)} was read as the {each}", *span)
    axes = (*over, *signature.gives, *(size for slot in t.slots for size in signature.takes[slot - 1]))
    made = meaning.made(axes, at, *values) if axes else Val(at())
    if by_rows != [False, True] or signature.gives or t.slots:
        return made
    flat = transposed(meaning, made, span)  # k(x, X) is the one row of the matrix k(·, X), where it is a left factor
    flat.column = made
    return flat


def _has_rows(value: Val, takes: Sequence[object]) -> bool:
    """Whether an argument is a matrix of such as are taken, one a row: X, where a function takes vectors. Of a square
    one nothing says that its rows are meant."""
    if len(takes) != 1 or len(value.sizes) != 2:
        return False
    rows, columns = map(find, value.sizes)
    return 1 != rows != columns == takes[0]


def root(meaning: Meaning, t: Root) -> Val:
    """√ and its kin, which the grammar knows by their sign."""
    v = meaning.value(t.body)
    span = (t.start, t.end)
    if t.degree is None:
        meaning.said_entrywise("sqrt", v, span)
        made = meaning.elementwise([v], lambda x: meaning.raise_to(x, HALF, span), "a root", span)
        return with_diagonal_of(meaning, v, made, span)
    degree = meaning.value(t.degree)
    return meaning.elementwise([v, degree], lambda x, n: Pow(x, power(n, MINUS_ONE), span), "a root", span)


def derivative(meaning: Meaning, t: Derivative) -> Val:
    """∂of/∂wrt, not carried out: the axes of `of`, then those of `wrt`."""
    of, wrt = meaning.value(t.of), meaning.value(t.wrt)
    span = (t.start, t.end)

    def at(above: Node, below: Node) -> Node:
        slot = _slot(above, below)
        return Deriv(above, below, span) if slot is None else slot

    if not of.sizes and not wrt.sizes:
        return Val(at(of.node, wrt.node))  # type: ignore[arg-type]
    n = len(of.sizes)
    return meaning.made(of.sizes + wrt.sizes, lambda *p: at(of.entry(*p[:n]), wrt.entry(*p[n:])), of, wrt)


def _slot(of: Node, wrt: Node) -> Node | None:
    """∇_w f(x; w) as the derivative by the argument that is w, where w stands nowhere else in them."""
    if not isinstance(of, Apply) or not isinstance(wrt, Elem) or what_is_asked(of) is not None:
        return None
    holding = [k for k, arg in enumerate(of.args) if wrt.name in names_in(arg)]
    if len(holding) != 1:
        return None
    arg = of.args[holding[0]]
    body, indices = (arg.body, arg.indices) if isinstance(arg, Tensor) else (arg, ())
    if not isinstance(body, Elem) or body.at != indices:
        return None
    return Apply(of.fn, of.args, (*of.by, (holding[0], wrt.at)), of.at, of.span)


def _slope(row: Atom) -> Callable[[Node], Node] | None:
    """The derivative of a function of one argument, by its rule or that of its definition."""
    if row.derivative or row.definition is None:
        return row.derivative[0] if row.derivative else None
    from derivations.calculus import partial  # late: functions that are written with a prime have rules of their own

    argument = Elem("the argument")
    slope = partial(row.definition(argument), argument)
    return lambda z: replace_elems(slope, lambda _: z)
