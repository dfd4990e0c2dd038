"""A model: inputs with their domains, then let-bindings in order. Each binding is a node.

A definition is text in the notation (`Definition`), one file a model in `derivations.models`; it becomes Formulas when
the model is asked about. A layer without a loss names the node whose adjoint is given (`upstream`): that adjoint is an
input, `dL/dy`.

    Definition("logistic", …, names="theta: real[d]; x: real[d]; y: label01", bindings=\"\"\"
        z = theta^T x
        p = sigmoid(z)
        LL = y log p + (1 - y) log(1 - p)
    \"\"\")

The left side of a binding is a bare name (its shape is that of the right side) or a name with indices (`xhat_ij = …`,
over the indices that `names` declares); an array on the right brings its own axes behind them, `h_i = tanh(W x_i)`.
In a definition an index that stands on the right side alone is one label:
`L = -log p_y`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import field, replace
from difflib import get_close_matches
from types import MappingProxyType
from typing import Any

from derivations.binding_order import (
    Circular,
    Line,
    awaited,
    defined_late,
    goes_round,
    in_order,
    line_of,
    lines_of,
    recursions,
    start_of,
    used_early,
    with_last,
)
from derivations.defining import reached
from derivations.domains import DOMAINS, Declared, Names, NamesError, array_of_indices
from derivations.formula import (
    Elem,
    Formula,
    Index,
    IndexExpr,
    InSympy,
    Label,
    affine,
    reindex,
    shortened,
    show_shape,
)
from derivations.frozen import frozen
from derivations.kept_means import with_atoms
from derivations.laws.written import carrying_out
from derivations.notation import ReadError, read
from derivations.notation.spelling import canonical
from derivations.notation.write import Dressing, axis_names, write_body
from derivations.sendable import Sendable


class UnknownName(Sendable, KeyError):
    """A model, node or target that does not exist. `nearest` are those that come close."""

    def __init__(self, what: str, given: str, known: tuple[str, ...]):
        self.what, self.given = what, given
        self.nearest = tuple(get_close_matches(given, known, 3, 0.5))
        hint = (
            f"; did you mean {' or '.join(self.nearest)}?"
            if self.nearest
            else f"; known are {', '.join(known)}"
            if len(known) <= 40
            else ""
        )
        self.message = f"unknown {what} {given!r}{hint}"
        super().__init__(self.message)

    def __str__(self) -> str:
        return self.message


class ModelError(ValueError):
    """A definition that cannot be read: the author's fault. Says which binding and why; `span` is the place in that
    binding's right side."""

    def __init__(self, message: str, binding: str = "", span: tuple[int, int] | None = None):
        super().__init__(message)
        self.binding, self.span = binding, span


@frozen
class Definition:
    """A model as its author writes it.

    variants   what a variant changes: `names` and `bindings` replace declarations and bindings of the same left side,
               or add them;
               `x: -` and `z = -` take one away
    targets    what is derived, in the order of the text; the first is the model's main one
    upstream   the node whose adjoint dL/dnode is given, for a layer without a loss
    kinks      per node, what holds on the boundary of its cases: left, right, either, any
    """

    name: str
    title: str
    doc: str
    source: str
    names: str
    bindings: str
    targets: str
    upstream: str | None = None
    loss: str = "L"
    kinks: Mapping[str, str] = field(default_factory=dict)
    variants: Mapping[str, Variant] = field(default_factory=dict)


@frozen
class Variant:
    """What one variant changes. Empty fields keep the default. `needs` is a variant that it builds on, applied before
    it."""

    doc: str
    names: str = ""
    bindings: str = ""
    targets: str = ""
    upstream: str | None = None
    needs: str = ""


@frozen
class Binding(InSympy):
    """One node: its left side as written, its text, and its formula (axes in the order of the left side)."""

    name: str
    left: str
    text: str
    formula: Formula

    def as_formula(self) -> Formula:
        return self.formula

    @property
    def letters(self) -> tuple[str, ...]:
        """The names that its axes get on a page."""
        return axis_names(self.formula)

    def written(self, dressing: Dressing) -> str:
        """Its left side: y_i."""
        axes = self.formula.axes
        return write_body(Formula(Elem(self.name, axes), axes, names=self.formula.names), dressing, self.letters)

    def __repr__(self) -> str:
        return f"<Binding {shortened(f'{self.left} = {write_body(self.formula)}')}>"

    def _repr_latex_(self) -> str:
        return f"$\\displaystyle {self.written('latex')} = {write_body(self.formula, 'latex', self.letters)}$"


@frozen
class Model:
    """A model that has been read. `names` holds inputs and nodes (with definitions) and the indices of the text."""

    name: str
    title: str
    doc: str
    source: str
    names: Names
    bindings: tuple[Binding, ...]
    targets: tuple[str, ...]
    upstream: str | None = None
    loss: str = "L"
    kinks: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    @staticmethod
    def from_sympy(
        bindings: Mapping[Any, Any], names: str | Mapping[str, str] | Names | None = None, name: str = "model"
    ) -> Model:
        """A model of SymPy expressions: what each node is, in order, {z: w*x, L: log(z)}; each may use those before.

        A node is a symbol, a `MatrixSymbol`, or an entry over free indices, `y[i]` with `i = Idx("i", (1, n))`. What
        is no node is declared by `names`, or declares itself. Raises `ModelError`, and `NoSympy` with the part that
        has no image.
        """
        from derivations.sympy_bridge.bindings import from_sympy, given

        if not isinstance(bindings, Mapping):
            raise TypeError("the bindings are a mapping of each node to what it is: {z: w*x, L: log(z)}")
        made, declared = given(bindings, names)
        known = declared.without(*(binding.node for binding in made))
        nodes = []
        for binding in made:
            formula = from_sympy(binding.right, known)
            formula, known = _right_side(name, binding.node, binding.letters, formula, known, False)
            own = declared.get(binding.node)
            row = (
                replace(own, sizes=formula.shape)
                if own is not None
                else Declared(binding.node, DOMAINS["real"], formula.shape)
            )
            known = known.with_rows(replace(row, role="node", definition=formula))
            left = binding.node + ("_" + "".join(binding.letters) if binding.letters else "")
            nodes.append(Binding(binding.node, left, "", formula))
        return Model(name, "", "", "", known, tuple(nodes), ())

    @property
    def nodes(self) -> tuple[str, ...]:
        return tuple(b.name for b in self.bindings)

    @property
    def inputs(self) -> tuple[str, ...]:
        return tuple(row.name for row in self.names.inputs())

    def __repr__(self) -> str:
        held = f"{', '.join(self.inputs)} -> {', '.join(self.nodes)}"
        return f"<Model {self.name}: {shortened(held)}>"

    def _repr_latex_(self) -> str:
        rows = [f"{b.written('latex')} &= {write_body(b.formula, 'latex', b.letters)}" for b in self.bindings]
        return "$$\n\\begin{aligned}\n" + " \\\\\n".join(rows) + "\n\\end{aligned}\n$$"

    def _repr_markdown_(self) -> str:
        said = f"**{self.title or self.name}**" + (f". {self.doc}" if self.doc else "")
        return f"{said}\n\n{self._repr_latex_()}\n"

    def node(self, name: str) -> Binding:
        """The binding of a node; `UnknownName` with the nearest."""
        for b in self.bindings:
            if b.name == name:
                return b
        raise UnknownName("node", name, self.nodes)

    def __getitem__(self, name: str) -> Binding:
        """`model["p"]`, as `node`, in any spelling of the name."""
        return self.node(name if name in self.nodes else self.find(name))

    def find(self, name: str) -> str:
        """The declared name that a spelling means (`θ`, `\\hat y`), inputs and nodes."""
        if name in self.names:
            return name
        spelled = canonical(name)
        known = [row.name for row in self.names.values() if row.role in ("input", "node")]
        if found := [other for other in known if canonical(other) == spelled]:
            return found[0]
        raise UnknownName(f"name in {self.name}", name, tuple(known))


def build(
    name: str,
    names: Names,
    bindings: str,
    *,
    title: str = "",
    doc: str = "",
    source: str = "",
    targets: tuple[str, ...] = (),
    upstream: str | None = None,
    loss: str = "L",
    kinks: Mapping[str, str] | None = None,
    adjoints: AdjointsOf | None = None,
    labels: bool = False,
    columns: bool = False,
) -> Model:
    """Reads the bindings in order; each may use the names before it, and with `adjoints` derivatives of them by name
    (`|dLL/dx_i|`); with `labels` an index that stands on the right side alone is one label; with `columns` an axis of
    length 1 stays an axis, as in code.

    Raises `ModelError` naming the binding.
    """
    made: list[Binding] = []
    lines = []
    for text in lines_of(bindings):
        if (line := line_of(text)) is None:
            raise ModelError(f"{name}: a binding reads `name = formula`, found {text!r}")
        try:
            lines.append(with_last(line, names))
        except Circular as error:
            raise ModelError(f"{name}: binding of {error.binding}: {error}", error.binding) from None
    groups = in_order(lines, names)
    for k, group in enumerate(groups):
        later = [line.name for after in groups[k:] for line in after]
        if adjoints is not None:
            for line in group:
                names = _with_adjoints(line.right, names, adjoints)
        if goes_round(group, names):
            new, names = _recurring(name, group, names, [line.name for after in groups[k + 1 :] for line in after])
        else:
            binding, names = _binding(name, group[0], names, labels, later, columns)
            if wrong := defined_late(binding.name, binding.formula.body, ((b.name, b.formula.body) for b in made)):
                raise ModelError(f"{name}: binding of {binding.name}: {wrong}", binding.name)
            new = (binding,)
        made.extend(new)
    if upstream is not None:
        row = names[upstream]
        names = names.with_rows(Declared(f"d{loss}/d{upstream}", DOMAINS["real"], row.sizes, "input"))
    return Model(
        name, title, doc, source, names, tuple(made), targets, upstream, loss, MappingProxyType(dict(kinks or {}))
    )


def _binding(
    model: str, line: Line, names: Names, labels: bool, later: Sequence[str], columns: bool = False
) -> tuple[Binding, Names]:
    """One binding, and the names with it."""
    formula, names = _right_side(model, line.name, line.letters, line.right, names, labels, later, columns)
    if any(note.tag == "target" for note in formula.notes):
        message = f"{line.right!r} is an equation of its own; one name a line"
        raise ModelError(f"{model}: binding of {line.name}: {message}", line.name)
    declared = names.get(line.name)
    domain = declared.domain if declared is not None else DOMAINS["real"]
    if declared is not None and declared.sizes and declared.sizes != formula.shape:
        raise ModelError(
            f"{model}: {line.name} is declared with sizes {declared.sizes}, its binding has {formula.shape}"
        )
    row = Declared(line.name, domain, formula.shape, "node", definition=formula)
    return Binding(line.name, line.left, line.right, formula), names.without(line.name).with_rows(row)


def _recurring(
    model: str, group: Sequence[Line], names: Names, later: Sequence[str]
) -> tuple[tuple[Binding, ...], Names]:
    """Bindings that go round, before those of `later`. Those that have a start are read as arrays of its shape over
    time."""
    known = names
    for line in awaited(group, names):
        start = start_of(line, names)
        own = tuple(index.size for index in _slots(model, line.name, line.letters, names))
        inner = start.sizes[len(own) - 1 :] if start is not None else ()
        known = known.with_rows(Declared(line.name, DOMAINS["real"], (*own, *inner), "node"))
    made = []
    for line in group:
        binding, known = _binding(model, line, known, False, later)
        made.append(binding)
    formulas = {binding.name: binding.formula for binding in made}
    try:
        found = recursions(group, formulas, known)
    except Circular as error:
        raise ModelError(f"{model}: binding of {error.binding}: {error}", error.binding, error.span) from None
    for name, recursion in found.items():
        known = known.with_rows(replace(known[name], definition=None, recursion=recursion))
    return tuple(made), known


AdjointsOf = Callable[[Names, str, str], Names]
"""The names with `dA/dB` (and what it needs) added as rows with definitions; given by whoever can derive."""

_ADJOINT = re.compile(r"(?<![A-Za-z0-9])d([A-Za-z][A-Za-z0-9]*)/d([A-Za-z][A-Za-z0-9]*)")


def _with_adjoints(text: str, names: Names, adjoints: AdjointsOf) -> Names:
    for top, below in dict.fromkeys(_ADJOINT.findall(text)):
        if top in names and below in names and f"d{top}/d{below}" not in names:
            names = adjoints(names, top, below)
    return names


def with_node(model: Model, node: str, right: str | Formula) -> Model:
    """The model with one more node, whose name is not taken: its formula as text or as it was read. Raises
    `ModelError`."""
    formula, names = _right_side(model.name, node, (), right, model.names, True)
    names = names.with_rows(Declared(node, DOMAINS["real"], formula.shape, "node", definition=formula))
    return replace(
        model,
        names=names,
        bindings=(*model.bindings, Binding(node, node, right if isinstance(right, str) else "", formula)),
    )


def _right_side(
    model: str,
    node: str,
    letters: tuple[str, ...],
    right: str | Formula,
    names: Names,
    labels: bool,
    later: Sequence[str] = (),
    columns: bool = False,
) -> tuple[Formula, Names]:
    """The formula of a binding, and the names: an index that stands on the right side only, the y of -log p_y, may be
    one label. `later` are the names of this binding and those below it. An axis of length 1 is left out but for
    `columns`."""
    slots = _slots(model, node, letters, names)
    try:
        if isinstance(right, str):
            used_early(Line(node, letters, right), later, names)
        with carrying_out():
            formula = read(right, names) if isinstance(right, str) else right
    except Circular as error:
        raise ModelError(f"{model}: binding of {node}: {error}", node, error.span) from None
    except (ReadError, NamesError) as error:
        raise ModelError(
            f"{model}: binding of {node}: {error}", node, error.span if isinstance(error, ReadError) else None
        ) from error
    if formula.shape_error is not None:
        raise ModelError(f"{model}: binding of {node}: {formula.shape_error.message}", node, formula.shape_error.span)
    if formula.joint:
        raise ModelError(
            f"{model}: binding of {node}: its entries run over pairs of indices, {show_shape(formula.shape)}: bind the "
            "matrix, and take vec or ⊗ where it is used",
            node,
        )
    names = with_atoms(names, formula.body)
    loose = [i for i in formula.free if i not in slots]
    if loose and not labels:
        raise ModelError(
            f"{model}: binding of {node}: {', '.join(i.name for i in loose)} is on the right side only; a single label "
            f"is declared as {', '.join(f'{i.name}: index[{i.size}] of []' for i in loose)}"
        )
    single = {i: array_of_indices(i.name, (), i.size) for i in loose}
    names = names.with_rows(*single.values()) if single else names
    axes = (*slots, *formula.axes)
    fresh = tuple(i.fresh() for i in axes)
    to: dict[Index, IndexExpr] = dict(zip(axes, fresh, strict=True))
    to |= {i: affine([(Label(i.name, (), i.size), 1)]) for i in single}
    body = reindex(formula.body, to)
    kept = (*fresh[: len(slots)], *(i for i in fresh[len(slots) :] if columns or i.size != 1))
    return replace(formula, body=body, axes=kept, free=(), names=names), names


def _slots(model: str, node: str, letters: Sequence[str], names: Names) -> list[Index]:
    """The declared indices of a left side."""
    slots = []
    for letter in letters:
        row = names.get(letter)
        if row is None or row.index is None:
            raise ModelError(f"{model}: binding of {node}: declare its index, {letter}: index[…]")
        slots.append(row.index)
    return slots


def depends(model_names: Names, used: Iterable[str], on: str) -> bool:
    """Whether some names are or use a name, directly or through definitions."""
    return any(name == on for name in reached(model_names, used))


def uses(names: Names, one: str, other: str) -> bool:
    """Whether a name is computed from another, directly or through others."""
    row = names.get(one)
    return row is not None and depends(names, row.uses(), other)


def round_of(names: Names, name: str) -> list[str]:
    """The names that are computed from one and that it is computed from, itself among them."""
    return [n for n in names if n == name or (uses(names, n, name) and uses(names, name, n))]


def element(row: Declared, axes: tuple[Index, ...]) -> Elem:
    """The element of a name at indices."""
    return Elem(row.name, axes)
