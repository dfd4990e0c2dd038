"""A value and its gradients as a layer of PyTorch or JAX: forward and backward as derived, for training by autodiff.

    targets   the value first, then its gradients: L, dL/dW, dL/db; or y, dL/dx, … of a model that takes dL/dy
    forward   the value, and what both need, computed once and kept
    backward  the gradients from what was kept, times the derivative by the value (which is dL/dy itself, where the
              model takes it)

What leading axes an argument lacks are summed over, as it is shared by their members.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from types import MappingProxyType

from derivations.emit import helpers
from derivations.emit.dialect import Dialect
from derivations.emit.docstring import docstring
from derivations.emit.dressing import BARE
from derivations.emit.lines import laid_out
from derivations.emit.mangle import identifier
from derivations.emit.module import import_block, indented
from derivations.emit.native import NativePrinter, NotNative, shared_by
from derivations.emit.plan import Plan, inlined, loose_sizes, new_scope, prologue, variables_of
from derivations.emit.printer import Printer
from derivations.emit.program import Array, CannotEmit, Input, Map, Matrix, in_order
from derivations.emit.shapes import checks_of
from derivations.emit.statements import assigned, named, results
from derivations.formula import Formula
from derivations.frozen import frozen


@frozen
class Roles:
    """What the outputs of a plan are to a layer."""

    value: str
    gradients: Mapping[str, str]
    """Argument → the key of its gradient."""
    upstream: str
    """The argument that is the derivative by the value; a name that is no argument's where a number is differentiated,
    and gradients are multiplied by it."""


def roles(plan: Plan) -> Roles:
    """Raises `CannotEmit` where the outputs are no value and gradients of it by arguments."""
    value, *others = plan.formulas
    inputs = {row.name: row for row in plan.inputs}
    if "/" in value or not others:
        raise CannotEmit("a layer is a value and its gradients: name the value first, as in L dL/dw")
    pairs = {key: re.fullmatch(r"d(.+)/d(.+)", key) for key in others}
    given = f"d{next((m[1] for m in pairs.values() if m), '')}/d{value}"
    gradients: dict[str, str] = {}
    for key, m in pairs.items():
        by = m[2] if m else ""
        if m is None or by not in inputs or key in inputs or (m[1] != value and given not in inputs):
            raise CannotEmit(f"a layer is a value and its gradients: {key} is no gradient of {value} by an argument")
        if given != f"d{m[1]}/d{value}":
            raise CannotEmit(f"a layer has gradients of one kind: {', '.join(others)} are not")
        gradients[by] = key
    if given in inputs:
        return Roles(value, gradients, given)
    if plan.outputs[value].shape:
        raise CannotEmit(f"a layer without a derivative that comes in returns a number: {value} has axes")
    return Roles(value, gradients, f"{value} ")


@frozen
class Halves:
    """The texts of forward and backward."""

    function: str
    fresh: Callable[[str], str]
    """A new name in the module."""
    doc: tuple[str, ...]
    arguments: tuple[str, ...]
    forward: tuple[str, ...]
    """The statements up to the value."""
    value: str
    made: tuple[str, ...]
    """What forward computes that backward needs."""
    pairs: frozenset[str]
    """Those of it that are factors of LU: two arrays."""
    saved: tuple[str, ...]
    """What backward needs, arguments before what was made."""
    upstream: str
    backward: tuple[str, ...]
    gradients: Mapping[str, str]
    """Argument → the variable with its gradient."""


def emit_layer(outputs: Mapping[str, Formula], name: str, doc: str, dialect: Dialect, fast: bool) -> str:
    """The module of a layer. Raises `CannotEmit`; `ValueError` where the library has none."""
    if dialect.name not in LAYERS or fast:
        raise ValueError(f"layers are for {' and '.join(LAYERS)}, which differentiate by themselves")
    plan = Plan(outputs, dialect)
    given = roles(plan)
    upstream = Input(given.upstream, plan.outputs[given.value].shape)
    if upstream not in in_order(tuple(plan.outputs.values())):
        for key in given.gradients.values():
            plan.outputs[key] = _times(upstream, plan.outputs[key])
    plan.inputs = [row for row in plan.inputs if row.name != given.upstream]
    shared = shared_by(plan.outputs) - {given.upstream}
    with suppress(NotNative):
        return _written(plan, name, doc, dialect, given, shared)
    return _written(plan, name, doc, dialect, given, None)


def _times(upstream: Input, gradient: Array) -> Array:
    places = tuple(range(len(gradient.shape)))
    return Map("multiply", (upstream, gradient), ((), places), gradient.shape)


def _written(plan: Plan, name: str, doc: str, dialect: Dialect, given: Roles, shared: frozenset[str] | None) -> str:
    """The module for leading axes that some arguments share; without any where `shared` is None. Raises `NotNative`."""
    scope, function, arguments = new_scope(plan, name, dialect)
    upstream = scope.of(given.upstream) if "/" in given.upstream else scope.fresh("g")
    variables = variables_of(plan.outputs, {**arguments, given.upstream: upstream})
    native = None if shared is None else NativePrinter(variables, scope, dialect, shared)
    printer = native or Printer(variables, scope, dialect)
    at_first = set(in_order((plan.outputs[given.value],)))
    order = named(plan)
    forward = [line for a in order if a in at_first for line in assigned(plan, printer, a)]
    backward = [line for a in order if a not in at_first for line in assigned(plan, printer, a)]
    texts = results(plan, printer)
    gradients: dict[str, str] = {}
    for by, key in given.gradients.items():
        gradients[arguments[by]] = texts[key] if texts[key].isidentifier() else scope.fresh(identifier(key))
        if gradients[arguments[by]] != texts[key]:
            backward.append(f"{gradients[arguments[by]]} = {texts[key]}")
    if loose := loose_sizes(plan, printer.sizes):
        raise CannotEmit(f"a layer takes arrays alone, and no argument has an axis of size {', '.join(loose)}")
    readings = prologue(plan, printer, arguments)
    value = scope.fresh(identifier(given.value)) if not texts[given.value].isidentifier() else texts[given.value]
    if value != texts[given.value]:
        forward.append(f"{value} = {texts[given.value]}")
    forward = [*checks_of(plan, arguments, printer.shared), *inlined(readings, forward)]
    backward = inlined(readings, backward)
    read = _names([*backward, *gradients.values()])
    made = tuple(variable for variable in _bound(forward) if variable in read and variable != value)
    kept = [a for a in arguments.values() if a in read or a in gradients]
    constants = [a for a in arguments.values() if a not in gradients]
    doc += f"\nIt is differentiated by {', '.join(gradients)}"
    doc += (
        f"; {', '.join(constants)} {'is a constant' if len(constants) == 1 else 'are constants'}." if constants else "."
    )
    halves = Halves(
        function=function,
        fresh=scope.fresh,
        doc=tuple(docstring(plan, doc, printer, "native" if native else "each", BARE, (given.value,))),
        arguments=tuple(arguments.values()),
        forward=tuple(laid_out(forward)),
        value=value,
        made=made,
        pairs=frozenset(printer.names[a] for a in order if isinstance(a, Matrix) and a.op == "lu"),
        saved=(*kept, *([value] if value in read else []), *made),
        upstream=upstream,
        backward=tuple(laid_out(backward)),
        gradients=gradients,
    )
    blocks = ["\n".join(lines) for lines in LAYERS[dialect.name](halves)]
    carried = helpers.texts_for(
        dialect, printer.mentioned | CARRIED.get(dialect.name, frozenset()), [*forward, *backward]
    )
    imports = import_block(dialect, [*carried, *blocks], False)
    return "\n\n\n".join([imports, *carried, *blocks]) + "\n"


def _bound(lines: Iterable[str]) -> Iterable[str]:
    """The names that statements give, in order; a loop over time gives one for each list that it fills, a scan,
    `_, (z, h) = …`, those behind what it carries."""
    heads = (re.match(r"(\(?[A-Za-z_]\w*\)?(?:, \(?[A-Za-z_]\w*\)?)*) = ", line) for line in lines)
    names = (name for head in heads if head is not None for name in re.findall(r"\w+", head[1]))
    return dict.fromkeys(name for name in names if name != "_")


def _names(texts: Iterable[str]) -> set[str]:
    return {word for text in texts for word in re.findall(r"[A-Za-z_]\w*", text)}


def _autograd_function(of: Halves) -> Iterator[list[str]]:
    """`torch.autograd.Function` in the form that `torch.func` takes too: what is kept is among the outputs of forward.

    What was made has no derivatives of its own, so a second derivative would lack terms: it is refused. What is kept
    are tensors: factors of LU are taken apart.
    """
    pairs = {made: (of.fresh("lu"), of.fresh("exchanged")) for made in of.made if made in of.pairs}
    made = [part for variable in of.made for part in pairs.get(variable, (variable,))]
    saved = [part for variable in of.saved for part in pairs.get(variable, (variable,))]
    apart = [f"{', '.join(two)} = {variable}" for variable, two in pairs.items()]
    again = [f"{variable} = {', '.join(two)}" for variable, two in pairs.items()]
    name = of.fresh("".join(part[:1].upper() + part[1:] for part in of.function.split("_")))
    outputs = ", ".join([of.value, *made])
    gradients = [f"{of.gradients[a]}.sum_to_size({a}.shape)" if a in of.gradients else "None" for a in of.arguments]
    setup = [f"{', '.join(of.arguments)}{',' * (len(of.arguments) == 1)} = inputs"]
    if of.made or of.value in of.saved:
        setup.append(f"{outputs} = output")
    if of.made:
        setup.append(f"ctx.mark_non_differentiable({', '.join(made)})")
    setup.append(f"ctx.save_for_backward({', '.join(saved)})")
    yield [
        f"class {name}(torch.autograd.Function):",
        "    generate_vmap_rule = True",
        "",
        "    @staticmethod",
        f"    def forward({', '.join(of.arguments)}):",
        *indented(indented([*of.forward, *apart, f"return {outputs}"])),
        "",
        "    @staticmethod",
        "    def setup_context(ctx, inputs, output):",
        *indented(indented(setup)),
        "",
        "    @staticmethod",
        "    @once_differentiable",
        f"    def backward(ctx, {of.upstream}{', *_' if of.made else ''}):",
        *indented(
            indented(
                [
                    f"{', '.join(saved)}{',' * (len(saved) == 1)} = ctx.saved_tensors",
                    *again,
                    *of.backward,
                    f"return {', '.join(gradients)}",
                ]
            )
        ),
    ]
    yield [
        f"def {of.function}({', '.join(of.arguments)}):",
        *indented([*of.doc, f"return {name}.apply({', '.join(of.arguments)}){'[0]' if of.made else ''}"]),
    ]


def _custom_vjp(of: Halves) -> Iterator[list[str]]:
    """`jax.custom_vjp`: what is kept goes from forward to backward."""
    forward, backward, saved = (of.fresh(w) for w in (f"{of.function}_forward", f"{of.function}_backward", "saved"))
    arguments = ", ".join(of.arguments)
    kept = f"{', '.join(of.saved)}{',' * (len(of.saved) == 1)}"
    gradients = [f"summed_to({of.gradients[a]}, {a})" if a in of.gradients else "None" for a in of.arguments]
    yield [
        "@jax.custom_vjp",
        f"def {of.function}({arguments}):",
        *indented([*of.doc, f"return {forward}({arguments})[0]"]),
    ]
    yield [f"def {forward}({arguments}):", *indented([*of.forward, f"return {of.value}, ({kept})"])]
    yield [
        f"def {backward}({saved}, {of.upstream}):",
        *indented(
            [
                f"{kept} = {saved}",
                *of.backward,
                f"return {', '.join(gradients)}{',' * (len(gradients) == 1)}",
            ]
        ),
    ]
    yield [f"{of.function}.defvjp({forward}, {backward})"]


LAYERS: Mapping[str, Callable[[Halves], Iterator[list[str]]]] = MappingProxyType(
    {"torch": _autograd_function, "jax": _custom_vjp}
)
"""What a layer is in a library."""

CARRIED: Mapping[str, frozenset[str]] = MappingProxyType({"jax": frozenset({"summed_to"})})
"""The helpers that layers call by themselves."""
