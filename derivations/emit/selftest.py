"""A test beside an emitted function: its derivatives are central differences, at seeded draws of what is declared.

    gradient   the differences of the value, which the function returns too or which stands beside it
    second     the differences of the gradient, or differences of differences; along v those of w + t v at t = 0
    argmin     there the differences vanish
    layer      what its library has to check what autodiff goes through

For a symmetric A the differences are those of (A + Aᵀ)/2. A test is printed when it passes with NumPy: draws at which a
formula has no value, or a kink, give way to those of the next seed.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from math import prod
from types import MappingProxyType
from typing import Any

import numpy as np

from derivations.derivation import Derivation
from derivations.domains import Declared
from derivations.emit import helpers
from derivations.emit.dialect import NUMPY_CLOSE, Dialect
from derivations.emit.dialects import named
from derivations.emit.docstring import MARK
from derivations.emit.dressing import Backend, DressingName
from derivations.emit.layer import roles
from derivations.emit.lines import WIDTH, laid_out
from derivations.emit.mangle import Scope, identifier
from derivations.emit.module import brief, import_block, indented, joined
from derivations.emit.plan import Plan
from derivations.emit.program import CannotEmit
from derivations.emit.source import emit
from derivations.evaluate.draw import choose_sizes
from derivations.formula import Elem, Formula, value_of
from derivations.frozen import frozen
from derivations.model import Model
from derivations.target import Subscripted, Target, read_target
from derivations.verify import as_input, pseudo_loss

SEEDS = 8
"""Seeds that are tried."""

MOST = 500
"""Entries of what is differentiated by, each of which is moved twice (pairs of them for a second derivative)."""

ONCE, TWICE = "rtol=1e-5, atol=1e-6", "rtol=1e-4, atol=1e-4"
"""How near differences of a function come, and differences of differences, which lose twice as many digits."""

WIDE = ", 1e-4"
"""The step of differences of differences: their errors, h² and u/h², are alike then."""

DIFFERENCES = "central_differences"

DRAWS: Mapping[str, str] = MappingProxyType(
    {
        "real": "rng.normal(size={shape})",
        "onehot": "np.eye({last})[rng.integers({last}, size={front})]",
        "simplex": "rng.dirichlet(np.ones({last}), size={front})",
        "symmetric": "rng.normal(size={shape})",
        "posdef": "rng.normal(size={shape})",
        "invertible": "rng.normal(size={shape}) + {last} * np.eye({last})",
        "orthonormal": "np.linalg.qr(rng.normal(size={shape}))[0]",
        "integer": "rng.choice([1.0, 2.0, 3.0], {shape})",
        "labels": "rng.integers({last}, size={front})",
    }
)
"""How an array of a domain is drawn, where it is not the range of its entries alone."""

THEN: Mapping[str, str] = MappingProxyType({"symmetric": "{0} + {0}.mT", "posdef": "{0} @ {0}.mT + np.eye({last})"})
"""What is done with it after that."""


@frozen
class Called:
    """A function of the module: its name, and what it is called with, arguments and then sizes."""

    name: str
    arguments: tuple[str, ...]
    sizes: tuple[int, ...] = ()


def with_test(
    source: str,
    outputs: Mapping[str, Formula],
    derivations: Sequence[Derivation],
    backend: Backend = "numpy",
    dressing: DressingName = "bare",
) -> str:
    """An emitted module with a test of its function. Raises `CannotEmit` where there is nothing to test, and where the
    test passes at no draws."""
    targets = {d.target: _target(d) for d in derivations}
    if all(target.kind == "value" for target in targets.values()):
        raise CannotEmit("a test holds derivatives against differences: ask for one too, as dL/dw beside L")
    plain, dialect = emit(outputs, "tested", ""), named(backend)
    strict = replace(named("numpy"), close=f"{NUMPY_CLOSE[:-1]}, equal_nan=False)")
    for seed in range(SEEDS):
        if _passes(joined([plain, *_Test(plain, outputs, derivations, strict, seed).texts()])):
            made = _Test(source, outputs, derivations, dialect, seed)
            layer = dressing == "layer"
            return joined(
                [source, *(made.of_layer([*roles(Plan(outputs, dialect)).gradients]) if layer else made.texts())]
            )
    raise CannotEmit(
        "no test is written: it passes at no draws of what is declared. Declare where the formula has a value, as in "
        "x: positive"
    )


def _passes(module: str) -> bool:
    """Whether the test of a module of ours over NumPy passes."""
    space: dict[str, Any] = {}
    exec(compile(module, "<backproof>", "exec"), space)
    (test,) = (value for name, value in space.items() if name.startswith("test_"))
    with suppress(AssertionError, np.linalg.LinAlgError), np.errstate(all="ignore"):
        test()
        return True
    return False


def _target(d: Derivation) -> Target:
    """What was asked for, with the node whose derivative is given."""
    above = re.match(r"d(.+)/d", d.target)
    given = above and next((row.name for row in d.names.inputs() if row.name.startswith(f"d{above[1]}/d")), "")
    upstream = given.split("/d", 1)[1] if given else None
    loss = above[1] if above else ""
    target = read_target(d.target, Model(d.model, "", "", "", d.names, (), (), upstream, loss))
    if target.kind == "pulled":  # it is the gradient of the number that the first lemma defines
        return replace(target, kind="gradient", top=Subscripted(d.lemmas[0].target), along="")
    return target


class _Test:
    """The test of one function in one library: `texts` gives it and the functions that it takes differences of."""

    def __init__(
        self,
        source: str,
        outputs: Mapping[str, Formula],
        derivations: Sequence[Derivation],
        backend: Dialect,
        seed: int,
    ):
        self.dialect = backend if backend.name == "numpy" or backend.drawn != "{}" else named("numpy")
        self.seed, self.keys, self.derivations = seed, [*outputs], derivations
        self.names = derivations[0].names.with_rows(*(row for d in derivations for row in d.names.values()))
        if self.names.facts:
            raise CannotEmit("no test is written where facts are stated: draws would not be such that they hold")
        self.lengths = choose_sizes(self.names)[0]
        tree = ast.parse(source)
        function = next(
            node
            for node in ast.walk(tree)
            if isinstance(node, ast.FunctionDef) and MARK in (ast.get_docstring(node) or "")
        )
        defined = frozenset(node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef))
        self.scope = Scope(helpers.all_names() | helpers.names_of(backend) | defined | {"np", *LOCAL})
        parameters = [a.arg for a in function.args.args[: len(function.args.args) - len(function.args.defaults)]]
        self.whole = self._called(function.name, Plan(outputs, backend).inputs, parameters)
        self.made: dict[tuple[str, str], Called] = {}
        self.modules: list[str] = []
        self.used: set[str] = set()

    # ------------------------------------------------------------ functions and calls

    def _called(self, name: str, rows: Sequence[Declared], parameters: Sequence[str]) -> Called:
        """A function with its parameters: arguments first, then sizes that no argument tells."""
        arguments = [row.name for row in rows][: len(parameters)]
        sizes = {identifier(size): length for size, length in self.lengths.items()}
        return Called(name, tuple(arguments), tuple(sizes[p] for p in parameters[len(arguments) :]))

    def _function(self, top: str, below: str = "", wish: str = "") -> Called:
        """The function of a node; where it is differentiated by a node, that one is among its arguments."""
        names = as_input(self.names, below) if below else self.names
        if (top, below) not in self.made:
            if top in names:
                definition = names[top].definition
                assert definition is not None
                body, said = Formula(Elem(top, definition.axes), definition.axes, names=names), definition
            else:
                upstream = next(row.name for row in names.inputs() if row.name.startswith(f"d{top}/d"))
                body = said = pseudo_loss(names, upstream.split("/d", 1)[1], upstream)
            name = self.scope.fresh(wish or (f"{identifier(top)}_of_{identifier(below)}" if below else identifier(top)))
            text, rows, parameters = brief(top, body, said, name, self.dialect)
            self.modules.append(text)
            self.made[top, below] = self._called(name, rows, parameters)
        return self.made[top, below]

    def _call(self, of: Called, put: Mapping[str, str]) -> str:
        """`f(X, w)`, with something else in the place of some arguments."""
        self.used |= {*of.arguments}
        given = [put.get(name, self.scope.of(name)) for name in of.arguments]
        return f"{of.name}({', '.join([*given, *map(str, of.sizes)])})"

    def _result(self, key: str, put: Mapping[str, str]) -> str:
        """One result of the function that is tested."""
        at = f"[{self.keys.index(key)}]" if len(self.keys) > 1 else ""
        return self._call(self.whole, put) + at

    # ------------------------------------------------------------ differences

    def _slope(self, top: str, below: str, put: Mapping[str, str] = MappingProxyType({}), step: str = "") -> str:
        """The differences of a node by a name."""
        variable = self.scope.of(below)
        inner = {name: text for name, text in put.items() if name != below} | self._symmetric(below)
        given = self.names[below].role == "input"
        value = (
            self._result(top, inner)
            if top in self.keys and given
            else self._call(self._function(top, "" if given else below), inner)
        )
        if prod(self._shape(self.names[below])) > MOST:
            raise CannotEmit(f"no test is written of so many entries as {below} has: declare its sizes by letters")
        alone = f"({variable})"
        function = value.removesuffix(alone) if value.endswith(alone) else f"lambda {variable}: {value}"
        return f"{DIFFERENCES}({function}, {put.get(below, variable)}{step})"

    def _gradient(self, top: str, below: str, put: Mapping[str, str]) -> tuple[str, bool]:
        """A gradient to take differences of, and whether it is itself differences."""
        key = f"d{top}/d{below}"
        return (self._result(key, put), False) if key in self.keys else (self._slope(top, below, put, WIDE), True)

    def _symmetric(self, name: str) -> dict[str, str]:
        row, variable = self.names[name], self.scope.of(name)
        return {name: f"({variable} + {variable}.mT) / 2"} if row.domain.has("symmetric") else {}

    def _expected(self, target: Target) -> tuple[str, bool]:
        """What a derivative is compared with, and whether it is differences of differences."""
        assert target.below is not None
        top, below, second = target.top.name, target.below.name, target.second
        letters = target.top.letters + target.below.letters + (second.letters if second else ())
        if target.kind == "implicit" or target.distinct or len(set(letters)) < len(letters) or target.order > 2:
            raise CannotEmit(f"no test is written of {target.text}: only of whole derivatives of the first two orders")
        if second is None and target.along and self.names[below].role == "input":
            self.used |= {below, target.along}
            value = self._call(
                self._function(top), {below: f"{self.scope.of(below)} + t * {self.scope.of(target.along)}"}
            )
            return f"{DIFFERENCES}(lambda t: {value}, {self.dialect.drawn.format('np.zeros(())')})", False
        if second is None and not target.along:
            return self._slope(top, below), False
        if second is None:
            raise CannotEmit(f"no test is written of {target.text}: only along what is given")
        by = second.name
        if {self.names[below].role, self.names[by].role} != {"input"}:
            raise CannotEmit(f"no test is written of {target.text}: only of second derivatives by what is given")
        variable = self.scope.of(by)
        if target.along:
            self.used |= {by, target.along}
            inner, twice = self._gradient(top, below, {by: f"{variable} + t * {self.scope.of(target.along)}"})
            zero = self.dialect.drawn.format("np.zeros(())")
            return f"{DIFFERENCES}(lambda t: {inner}, {zero}{WIDE if twice else ''})", twice
        inner, twice = self._gradient(top, below, self._symmetric(by))
        return f"{DIFFERENCES}(lambda {variable}: {inner}, {variable}{WIDE if twice else ''})", twice

    # ------------------------------------------------------------ draws

    def _shape(self, row: Declared) -> tuple[int, ...]:
        return tuple(value_of(size, self.lengths) for size in row.sizes)

    def _drawn(self, row: Declared, template: str) -> list[str]:
        """The statements that draw an argument."""
        name, shape = self.scope.of(row.name), self._shape(row)
        words = {"shape": _shown(shape), "front": _shown(shape[:-1]), "last": shape[-1] if shape else 0}
        lines = [DRAWS[key].format(**words) if (key := _kind(row)) in DRAWS else _in_range(row, words["shape"])]
        if row.domain.name in THEN:
            lines.append(THEN[row.domain.name].format(name, **words))
        return [f"{name} = {line}" for line in [*lines[:-1], template.format(lines[-1])]]

    def _before(self, made: Sequence[str], differentiated: Sequence[str] = ()) -> list[str]:
        """The statements up to what is tested: a generator, an array for each argument, the nodes that are given."""
        nodes = [n for n in self.names if n in self.used and self.names[n].role == "node" and n not in made]
        rows = []
        for node in nodes:
            variable = self.scope.of(node)
            rows.append(f"{variable} = {self._call(self._function(node, wish=f'value_of_{variable}'), {})}")
        lines = [*self.dialect.before_test, f"rng = np.random.default_rng({self.seed})"]
        for name in self.names:
            if name in self.used and name not in made and name not in nodes:
                template = self.dialect.differentiated if name in differentiated else self.dialect.drawn
                lines += self._drawn(self.names[name], template)
        return lines + rows

    # ------------------------------------------------------------ the test

    def _module(self, doc: str, lines: list[str], used: frozenset[str] = frozenset()) -> list[str]:
        """The functions, the helper and the test, as modules to be joined."""
        head = f"def test_{self.whole.name}():"
        test = "\n".join([head, *indented([f'"""{doc}"""', *laid_out(lines)])])
        blocks = [*helpers.texts_for(self.dialect, used, []), test]
        return [
            *self.modules,
            "\n\n\n".join(["import numpy as np", *blocks]),
            import_block(self.dialect, [test], False),
        ]

    def texts(self) -> list[str]:
        """With differences."""
        lines, made, got = [], [], []
        for key, d in zip(self.keys, self.derivations, strict=True):
            target = _target(d)
            if target.kind == "value":
                got.append("_")
            elif target.kind == "argmin":
                assert target.below is not None
                point = target.below.name
                got.append(self.scope.of(point))
                made.append(point)
                want = self._slope(target.top.name, point)
                lines += self._close(f"0 * {got[-1]}", want, ONCE)
            else:
                want, twice = self._expected(target)
                got.append(self.scope.fresh(identifier(key)))
                lines += self._close(got[-1], want, TWICE if twice else ONCE)
        call = f"{', '.join(got)} = {self._call(self.whole, {})}"
        doc = "The results are what central differences give."
        return self._module(doc, [*self._before(made), call, *lines], frozenset({DIFFERENCES}))

    def _close(self, got: str, want: str, tolerance: str) -> list[str]:
        line = self.dialect.close.format(got, want, tolerance=tolerance)
        if len(line) <= WIDTH:
            return [line]
        return [f"slope = {want}", self.dialect.close.format(got, "slope", tolerance=tolerance)]

    def of_layer(self, gradients: Sequence[str]) -> list[str]:
        """With what the library has to check what its autodiff goes through."""
        by = [name for name in self.whole.arguments if name in gradients]
        call = self._call(self.whole, {key: text for name in by for key, text in self._symmetric(name).items()})
        variables = ", ".join(self.scope.of(name) for name in by)
        lines = [*self._before((), by), self.dialect.check.format(by=variables, call=call)]
        return self._module("The gradients are those of the value.", lines)


LOCAL = ("rng", "t", "slope", DIFFERENCES)
"""What a test calls its own variables."""


def _shown(shape: tuple[int, ...]) -> str:
    return str(shape[0]) if len(shape) == 1 else str(shape)


def _kind(row: Declared) -> str:
    return "labels" if row.labels else row.domain.name


def _in_range(row: Declared, shape: str) -> str:
    """A draw of entries well inside their range."""
    domain = row.domain
    if domain.values:
        return f"rng.choice({[float(v) for v in domain.values]}, {shape})"
    low, high = (None if end is None else float(end) for end in (domain.low, domain.high))
    if low is None and high is None:
        return DRAWS["real"].format(shape=shape)
    below = (high or 0) - 2.5 if low is None else low
    above = below + 2.5 if high is None else high
    margin = (above - below) / 5
    return f"rng.uniform({below + margin:g}, {above - margin:g}, {shape})"
