"""One pass over the rows of a program as explicit loops: what a row needs is computed while it is in registers and the
nearest cache.

    for i in range(len(X)):
        z = 0.0
        for j in range(d):
            z += X[i, j] * theta[j]
        p = sigmoid(z)
        for j in range(d):
            total[j] += (p - y[i]) * X[i, j]

Numbers of a row are local variables. Arrays of a row (`z_rk` of a row r) are written out where they are used, and kept
in a small buffer where they are sums, or costly and needed by more than one loop. Loops over the same axes are one
loop, unless the later one needs a sum that the earlier one adds up. Where rows are only multiplied by vectors, several
are done at a time: `strands`.
"""

from __future__ import annotations

from collections import Counter as Tally
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from derivations.emit.blocked.cut import Cut, pass_arrays, sums_of_pass
from derivations.emit.loops.entries import Entries, Index, Term, cost, seen, width
from derivations.emit.loops.strands import STRANDS, woven
from derivations.emit.mangle import Scope
from derivations.emit.naming import description
from derivations.emit.program import (
    AddDiagonal,
    Array,
    Contract,
    Length,
    Map,
    Reduce,
    operands,
    shown,
)
from derivations.formula import Size

START: Mapping[str, str] = MappingProxyType(
    {"sum": "0.0", "prod": "1.0", "max": "-np.inf", "top": "-np.inf", "min": "np.inf"}
)
"""What a reduction begins with."""

KEPT_COST = 6
"""How many additions an expression may cost and still be written out in every loop that needs it."""

LOOP_NAMES = "ijklmopqrstuvw"


@dataclass(slots=True)
class Task:
    """One loop's work: the sizes of its loops, what it reads, its statements, those before and after its loop."""

    array: Array
    sizes: tuple[Size, ...]
    terms: Callable[[Index], list[Term]]
    body: Callable[[Index], list[str]]
    around: int = 0
    """How many of the loops stand around `before` and `after`."""
    before: tuple[str, ...] = ()
    after: Callable[[Index], list[str]] | None = None
    entry: Callable[[Index], Index] | None = None
    """Which entry of its array the body has written when it is over; None: the array is there when the loop is over."""
    again: bool = False
    """Whether it adds to what an earlier loop has written."""


class RowLoops(Entries):
    """The text of the function that does the rows of one pass."""

    def __init__(
        self,
        cut: Cut,
        order: list[Array],
        roots: tuple[Array, ...],
        number: int,
        nodes: Mapping[Array, str],
        outside: Callable[[Array], str],
        scope: Scope,
    ):
        super().__init__(cut, nodes, outside, scope)
        self.arrays = pass_arrays(order, cut.level, cut.blocked, roots, number)
        self.sums = sums_of_pass(order, cut.level, cut.blocked, number)
        self.goals = [r for r in dict.fromkeys(roots) if r in cut.blocked and cut.level[r] == number]
        self.row, *self.loops = (scope.fresh(LOOP_NAMES[k]) for k in range(max(map(width, [*self.arrays, *self.sums]))))
        self.lanes = False
        """Whether something is added up to one number, which several lanes do faster."""
        self._sizes: dict[Size, str] = {}
        self._buffers: list[str] = []
        self._first: list[str] = []
        self._last: list[str] = []
        self._compared: set[Array] = set()
        """What is compared with its own maximum: read from memory by both, so that they are equal where they are the
        same entry."""
        self._stored = self._chosen()

    # ------------------------------------------------------------ what is kept

    def _chosen(self) -> set[Array]:
        """The arrays with a loop of their own: sums, results, and what is costly and needed by several loops."""
        steps = [*self.arrays, *self.sums]
        largest = {shown(a.arg) for a in steps if isinstance(a, Reduce) and a.op in ("max", "min")}
        equal = {shown(o) for a in steps if isinstance(a, Map) and a.fn in ("equal", "not_equal") for o in a.args}
        self._compared = {
            a for a in largest & equal if isinstance(a, Map) and a in self.cut.blocked and len(a.shape) > 1
        }
        stored = {a for a in steps if isinstance(a, (Reduce, Contract, AddDiagonal)) or a in self.goals}
        loops: dict[Array, set[Array]] = {a: set() for a in steps}
        for a in reversed(steps):
            for o in operands(a):
                if o in loops:
                    loops[o] |= {a} if a in stored else loops[a]
        stored |= self._compared
        costs: dict[Array, int] = {}
        for a in self.arrays:
            costs[a] = cost(a) + sum(costs.get(o, 0) for o in operands(a) if o not in stored)
            if (
                a not in stored
                and isinstance(a, Map)
                and len(a.shape) > 1
                and a.kind == "float"
                and costs[a] > KEPT_COST
            ):
                wider = any(width(t) > len(a.shape) for t in loops[a])
                if len(loops[a]) > 1 or wider:
                    stored.add(a)
        return stored

    # ------------------------------------------------------------ the whole

    def function(self, name: str) -> list[str]:
        """The statements of the function."""
        for a in (*self.goals, *self.sums):
            self.results[a] = (
                self.scope.of(self.nodes[a])
                if a in self.nodes
                else self.scope.fresh("result" if a in self.goals else "total")
            )
        loop = self._loop()
        rows, first = self._rows(), self.row
        if self._streams():
            others = [self.scope.fresh(first) for _ in range(STRANDS - 1)]
            strands = [loop, *(self._loop(row) for row in others)]
            quarter = self.scope.fresh("quarter")
            apart = ", ".join(
                f"{first} + {k} * {quarter}" if k > 1 else f"{first} + {quarter}" for k in range(1, STRANDS)
            )
            written = [
                f"{quarter} = {rows} // {STRANDS}",
                f"for {first} in range({quarter}):",
                *_indented([f"{', '.join(others)} = {apart}", *woven(strands)]),
                f"for {first} in range({STRANDS} * {quarter}, {rows}):",
                *_indented(loop),
            ]
        else:
            written = [f"for {first} in range({rows}):", *_indented(loop)]
        passed = {p.name for p in self.parameters.values()}
        sizes = [
            f"{text} = {where}"
            for size, text in self._sizes.items()
            if text not in passed and (where := self._measured(size))
        ]
        given = ", ".join([*(p.name for p in self.parameters.values()), *self.results.values()])
        return [f"def {name}({given}):", *_indented([*sizes, *self._buffers, *self._first, *written, *self._last])]

    def _loop(self, row: str = "") -> list[str]:
        """What is done for a row; for another row than the first with names of its own."""
        if row:
            self.row, self._first_strand = row, False
            self._places, self._known = {}, {}
        return [line for nest in self._nests() for line in self._nest(nest)]

    def _streams(self) -> bool:
        """Whether little is done with what is read: a row meets a vector, and is added to totals times a number."""
        reduced = [a for a in self.arrays if isinstance(a, (Reduce, Contract))]
        plain = all(len(a.shape) == 1 and (isinstance(a, Contract) or a.op == "sum") for a in reduced)
        return (
            plain
            and bool(reduced)
            and bool(self.sums)
            and all(len(s.shape) == 1 for s in self.sums)
            and max(map(width, self.arrays)) == 2
        )

    def _rows(self) -> str:
        """How many rows there are."""
        cut = [(p.name, p.cut) for p in self.parameters.values() if p.cut is not None] + [
            (self.results[g], self.cut.blocked[g]) for g in self.goals
        ]
        name, axis = cut[0]
        return f"len({name})" if axis == 0 else f"{name}.shape[{axis}]"

    def _measured(self, size: Size) -> str:
        """`X.shape[1]`: where a size can be read; empty where it is an argument."""
        for a, name in [*((p.array, p.name) for p in self.parameters.values()), *self.results.items()]:
            for k, s in enumerate(a.shape):
                if s == size and k != self.cut.blocked.get(a):
                    return f"{name}.shape[{k}]"
        self._parameter(Length(str(size)))
        return ""

    def _size(self, size: Size) -> str:
        if isinstance(size, int):
            return str(size)
        return self._sizes.setdefault(size, self.scope.of(size, "size"))

    def _nests(self) -> list[list[Task]]:
        """The tasks in loops: each in the first loop over its sizes that comes late enough."""
        nests: list[list[Task]] = []
        done: dict[Array, tuple[int, Task]] = {}
        for task in self._tasks():
            names = tuple(self.loops[: len(task.sizes)])
            earliest = done[task.array][0] + 1 if task.again else 0
            for read, at in self._reads(task, names):
                if read in done:
                    number, writer = done[read]
                    together = (
                        task.around == 0
                        and writer.sizes == task.sizes
                        and writer.entry is not None
                        and writer.entry(names) == at
                    )
                    earliest = max(earliest, number if together else number + 1)
            open_ones = (
                k
                for k in range(earliest, len(nests))
                if task.around == nests[k][0].around == 0 and nests[k][0].sizes == task.sizes
            )
            number = next(open_ones, len(nests))
            if number == len(nests):
                nests.append([])
            nests[number].append(task)
            done[task.array] = (number, task)
        return nests

    def _reads(self, task: Task, variables: Index) -> Iterator[Term]:
        """The entries of stored arrays that a task reads."""
        stack = [t for term in task.terms(variables) for t in (self._below(*term) if term[0] is task.array else [term])]
        while stack:
            a, at = seen(*stack.pop())
            if a in self._stored:
                yield a, at
            else:
                stack += self._below(a, at)

    # ------------------------------------------------------------ tasks

    def _tasks(self) -> Iterator[Task]:
        for a in self.arrays:
            if a in self._stored:
                self._places[a] = self._place(a)
                yield from self._statement(a)
        for s in self.sums:
            yield self._added(s)

    def _entry(self, a: Array, variables: Index) -> Index:
        """The entry of a row's array at the loops' variables."""
        k = self.cut.blocked[a]
        return (*variables[:k], self.row, *variables[k:])

    def _row_shape(self, a: Array) -> tuple[Size, ...]:
        return tuple(s for k, s in enumerate(a.shape) if k != self.cut.blocked[a])

    def _place(self, a: Array) -> Callable[[Index], str]:
        """Where a stored array is: in the result, in a number, in a buffer."""
        if a in self.goals:
            return lambda at: f"{self.results[a]}[{', '.join(at)}]"
        name = self._named(a)
        if len(a.shape) == 1:
            return lambda at: name
        sizes = ", ".join(self._size(s) for s in self._row_shape(a))
        self._buffers.append(
            f"{name} = np.empty({sizes if len(a.shape) == 2 else f'({sizes})'}, "
            f"{next(iter(self.results.values()))}.dtype)"
        )
        k = self.cut.blocked[a]
        return lambda at: f"{name}[{', '.join(at[:k] + at[k + 1 :])}]"

    def _named(self, a: Array) -> str:
        if a in self.nodes and a not in self.results:
            return self._node_name(a)
        return self.scope.fresh("top" if isinstance(a, Reduce) and a.op == "top" else description(a, {}))

    def _statement(self, a: Array) -> Iterator[Task]:
        """The loops that write a stored array."""
        place, shape = self._places[a], self._row_shape(a)
        if isinstance(a, (Reduce, Contract)):
            yield self._summed(a)
        elif isinstance(a, AddDiagonal):
            base, values, axes = a.base, a.values, self._diagonal(a)
            yield Task(
                a,
                shape,
                lambda v: [(base, self._entry(a, v))],
                lambda v: [f"{place(self._entry(a, v))} = {self._text(base, self._entry(a, v))}"],
            )
            sizes = tuple(a.shape[k] for k in axes)
            yield Task(
                a,
                sizes,
                lambda v: [(values, self._on_diagonal(a, v)[1])],
                lambda v: [f"{place(self._on_diagonal(a, v)[0])} += {self._text(values, self._on_diagonal(a, v)[1])}"],
                again=True,
            )
        else:
            yield Task(
                a,
                shape,
                lambda v: [(a, self._entry(a, v))],
                lambda v: self._filled(a, self._entry(a, v)),
                entry=lambda v: self._entry(a, v),
            )

    def _diagonal(self, a: AddDiagonal) -> list[int]:
        """The axes that a loop along the diagonal runs over."""
        return [k for k in range(len(a.shape)) if k not in (a.q, self.cut.blocked[a])]

    def _on_diagonal(self, a: AddDiagonal, variables: Index) -> tuple[Index, Index]:
        """The entry of the matrix, and of the values that are added there."""
        at = {**dict(zip(self._diagonal(a), variables, strict=True)), self.cut.blocked[a]: self.row}
        at[a.q] = at[a.p]
        view = [*(k for k in range(len(a.shape)) if k not in (a.p, a.q)), a.p]
        return tuple(at[k] for k in range(len(a.shape))), tuple(at[view[k]] for k in a.places)

    def _filled(self, a: Array, at: Index) -> list[str]:
        """`e = exp(z[k] - top); buffer[k] = e`: the same loop reads e, not the buffer."""
        text = self._fresh(a, at)[0]
        if a not in self._compared and (len(a.shape) == 1 or self._uses[a, at] > 1):
            name = self._local(a, at)
            self._known[a, at] = name
            return [f"{name} = {text}", f"{self._places[a](at)} = {name}"]
        return [f"{self._places[a](at)} = {text}"]

    def _summed(self, a: Reduce | Contract) -> Task:
        """A reduction inside the row: to a number, or to a whole buffer at once where memory lies the other way
        round."""
        op, place = a.op if isinstance(a, Reduce) else "sum", self._places[a]
        sizes, kept, gone = self._labels(a)
        if kept and op == "sum" and self._across(a, kept):
            loops = [*gone, *kept]
            body = self._term(a, loops)
            first = f"{place(self._entry(a, (':',) * len(kept)))} = 0.0"
            return Task(
                a,
                tuple(sizes[k] for k in loops),
                lambda v: self._factors(a, dict(zip(loops, v, strict=True))),
                lambda v: [f"{place(self._entry(a, v[len(gone) :]))} += {body(v)}"],
                before=(first,),
            )
        self.lanes = self.lanes or op in ("sum", "prod")
        loops = [*kept, *gone]
        term = self._term(a, loops)
        name = self.scope.fresh("total") if kept or a in self.goals else place((self.row,))

        def finished(v: Index) -> list[str]:
            if not kept:
                self._known[a, (self.row,)] = name
            return [f"{place(self._entry(a, v[: len(kept)]))} = {name}"] if kept or a in self.goals else []

        return Task(
            a,
            tuple(sizes[k] for k in loops),
            lambda v: self._factors(a, dict(zip(loops, v, strict=True))),
            lambda v: self._step(op, name, term(v)),
            around=len(kept),
            before=(f"{name} = {START[op]}",),
            after=finished,
        )

    def _added(self, s: Array) -> Task:
        """A sum over the rows: into the total of the chunk."""
        assert isinstance(s, (Reduce, Contract))
        sizes, kept, gone = self._labels(s)
        total = self.results[s]
        loops = [*gone, *kept] if self._across(s, kept) else [*kept, *gone]
        term = self._term(s, loops)
        if kept:
            place = [loops.index(k) for k in kept]

            def body(v: Index) -> list[str]:
                return [f"{total}[{', '.join(v[k] for k in place)}] += {term(v)}"]

        else:
            self.lanes = True
            name = self.scope.fresh("added")
            self._first.append(f"{name} = 0.0")
            self._last.append(f"{total}[0] = {name}")

            def body(v: Index) -> list[str]:
                return [f"{name} += {term(v)}"]

        return Task(
            s, tuple(sizes[k] for k in loops), lambda v: self._factors(s, dict(zip(loops, v, strict=True))), body
        )

    def _step(self, op: str, name: str, term: str) -> list[str]:
        """One term of a reduction. A maximum is nan where a term is, as NumPy's; `top` need not be."""
        if op in ("sum", "prod"):
            return [f"{name} {'+' if op == 'sum' else '*'}= {term}"]
        if not term.isidentifier():
            value = self.scope.fresh("value")
            return [f"{value} = {term}", *self._step(op, name, value)]
        return [
            f"if {term} {'<' if op == 'min' else '>'} {name}{'' if op == 'top' else f' or {term} != {term}'}:",
            f"    {name} = {term}",
        ]

    # ------------------------------------------------------------ one loop

    def _nest(self, tasks: list[Task]) -> list[str]:
        """Loops whose tasks run together."""
        sizes = tasks[0].sizes
        self._variables = tuple(self.loops[: len(sizes)])
        self._uses = Tally()
        for task in tasks:
            for term in task.terms(self._variables):
                self._count(term, task.array)
        self._lines = [[] for _ in range(len(sizes) + 1)]
        closing: list[list[str]] = [[] for _ in range(len(sizes) + 1)]
        for task in tasks:
            self._lines[task.around] += task.before
            self._lines[-1] += task.body(self._variables)
            if task.after is not None:
                closing[task.around] += task.after(self._variables)
        self._known = {(a, at): text for (a, at), text in self._known.items() if not set(at) & set(self._variables)}

        def written(depth: int) -> list[str]:
            if depth == len(sizes):
                return self._lines[depth] + closing[depth]
            return [
                *self._lines[depth],
                f"for {self._variables[depth]} in range({self._size(sizes[depth])}):",
                *_indented(written(depth + 1)),
                *closing[depth],
            ]

        return written(0)


def _indented(lines: Iterable[str]) -> list[str]:
    return [f"    {line}" for line in lines]
