"""Whatever arrays fit, every target of every model takes: any layout, any real dtype, sizes of 0 and 1, leading axes,
results into `out`.

A row of `VARIATIONS` is one way to call a function otherwise than plainly, and says what comes of it.
"""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pytest
from every_target import EVERY, function_of, targets
from test_stability import entries, extreme

from derivations.domains import Declared, parse_names
from derivations.emit import guarded
from derivations.emit.mangle import identifier
from derivations.formula.sizes import Sizes, is_sum
from derivations.notation import read
from derivations.pipeline import derive

Values = Mapping[str, Any]


@dataclass
class Case:
    """One function with arguments that fit."""

    model: str
    target: str
    fast: bool

    def __post_init__(self) -> None:
        self.result = derive(self.model, self.target).result
        self.function = function_of(self.model, self.target, self.fast)
        self.parameters = inspect.signature(self.function).parameters
        own = self.result.names.sizes  # of m+n-1 they are m and n
        names = [s for row in self.result.names.inputs() for s in row.sizes if s in own] + list(own)
        self.sizes = Sizes((s, 6 if s == "n" else 2 + k % 3) for k, s in enumerate(dict.fromkeys(names)))
        self.rows = {
            identifier(row.name): row for row in self.result.names.inputs() if identifier(row.name) in self.parameters
        }
        self.values = self.drawn(3)

    def drawn(self, seed: int, sizes: Mapping[str, int] | None = None) -> dict[str, np.ndarray]:
        rng, sizes = np.random.default_rng(seed), Sizes(sizes or self.sizes)
        made = {}
        for row in self.result.names.inputs():
            shape = [s if isinstance(s, int) else sizes[s] for s in row.sizes]
            value = (
                np.asarray(extreme(self.model, row, sizes, "mild", "float64", rng))
                if np.prod(shape)
                else np.zeros(shape)
            )
            if row.labels:
                value = np.asarray(value.argmax(-1)) if value.size else np.zeros(shape[:-1], int)
            made[identifier(row.name)] = value
        return {name: made[name] for name in self.rows}

    @property
    def by_members(self) -> bool:
        """Whether leading axes are gone through member by member: entries are picked by labels or in windows, or go
        from place to place."""
        rows = self.result.names.values()
        return any(row.labels or row.recursion is not None or any(map(is_sum, row.sizes)) for row in rows)

    def cast(self, values: Values, dtype: type) -> dict[str, Any]:
        """The values in another dtype; labels stay whole numbers."""
        return {k: v if self.rows[k].labels else v.astype(dtype) for k, v in values.items()}

    def call(self, values: Values, sizes: Mapping[str, int] | None = None, **options: Any) -> Any:
        loose = {s: n for s, n in (sizes or self.sizes).items() if s in self.parameters and s not in values}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a root of a negative number, say
            return self.function(**values, **loose, **options)

    @cached_property
    def plain(self) -> np.ndarray:
        return np.asarray(self.call(self.values))

    def shape(self, sizes: Mapping[str, int]) -> tuple[int, ...]:
        known = Sizes(sizes)
        return tuple(i.size if isinstance(i.size, int) else known[i.size] for i in self.result.free + self.result.axes)

    def exact(self, values: Values, sizes: Mapping[str, int]) -> np.ndarray:
        given = {
            row.name: np.eye(sizes[str(row.sizes[-1])])[values[name]] if row.labels else values[name]
            for name, row in self.rows.items()
        }
        return entries(self.result, given, Sizes(sizes))[0].astype(float)

    def same(self, got: Any, want: Any = None, digits: int = 9) -> None:
        want = self.plain if want is None else np.asarray(want)
        assert np.shape(got) == want.shape
        size = 1 + np.abs(want[np.isfinite(want)]).max(initial=0)
        assert np.allclose(got, want, rtol=10.0**-digits, atol=size * 10.0**-digits, equal_nan=True)


def every_argument(change: Callable[[np.ndarray], Any]) -> Callable[[Case], None]:
    """The value is that of the plain call, in float64."""

    def check(case: Case) -> None:
        got = case.call({k: change(v) for k, v in case.values.items()})
        case.same(got)
        assert np.asarray(got).dtype == np.float64

    return check


def read_only(case: Case) -> None:
    """Arguments are left as they are, and the result is no view of one."""
    given = {k: v.copy() for k, v in case.values.items()}
    for v in given.values():
        v.flags.writeable = False
    got = case.call(given)
    case.same(got)
    assert all(np.array_equal(given[k], v) for k, v in case.values.items())
    assert not any(np.shares_memory(got, v) for v in given.values())
    assert not np.ndim(got) or got.flags.writeable


def integers(case: Case) -> None:
    """Integers become float64."""
    if case.target.startswith("argmin") or any(row.domain.structure != "plain" for row in case.rows.values()):
        return  # an integer matrix may be singular
    given = case.cast({k: v if case.rows[k].labels else np.round(3 * v) + (v > 0) for k, v in case.values.items()}, int)
    got = case.call(given)
    case.same(got, case.call(case.cast(given, float)))
    assert np.asarray(got).dtype == np.float64


def single(case: Case) -> None:
    """float32 stays, beside Python numbers too; one float64 array makes it float64."""
    given = case.cast(case.values, np.float32)
    got = np.asarray(case.call(given))
    assert got.shape == case.plain.shape
    assert got.dtype == (np.float32 if given else np.float64)
    arrays = [k for k, v in given.items() if v.ndim and not case.rows[k].labels]
    if arrays:
        assert (
            np.asarray(case.call({k: v if v.ndim or case.rows[k].labels else float(v) for k, v in given.items()})).dtype
            == np.float32
        )
        assert np.asarray(case.call(given | {arrays[0]: case.values[arrays[0]]})).dtype == np.float64


def sizes_of_one(case: Case) -> None:
    sizes = dict.fromkeys(case.sizes, 1)
    values = case.drawn(5, sizes)
    got, want = case.call(values, sizes), case.exact(values, sizes)
    assert np.shape(got) == want.shape == case.shape(sizes)
    inside = np.isfinite(want)
    assert np.allclose(np.asarray(got)[inside], want[inside], rtol=1e-7, atol=1e-7)


def sizes_of_zero(case: Case) -> None:
    """A sum over nothing is 0; where something is divided by the size, or the largest of nothing is asked, that is
    said."""
    for zero in case.sizes:
        sizes = {**case.sizes, zero: 0}
        values = case.drawn(5, sizes)
        try:
            got = case.call(values, sizes)
        except ValueError as error:
            # no label is below 0, and n of n+p-1 is at least 1
            said = ("wanted at least 1", f"is not all whole numbers from 0 to below {zero}", "an axis of ")
            singular = zero == "n" and "Singular matrix" in str(error)
            assert any(words in str(error) for words in said) or singular, error  # noqa: PT017
            continue
        want = case.shape(sizes)
        assert np.shape(got) == want
        if np.size(got) and zero != "d":
            exact = case.exact(values, sizes)
            inside = np.isfinite(exact)
            assert np.allclose(np.asarray(got)[inside], exact[inside])


def leading(*shape: int) -> Callable[[Case], None]:
    """Leading axes of all arguments: each member is as if called alone."""

    def check(case: Case) -> None:
        members = {at: case.drawn(10 + k) for k, at in enumerate(np.ndindex(shape))}
        given = {k: np.zeros(shape + v.shape, v.dtype) for k, v in case.values.items()}
        for at, values in members.items():
            for k, v in values.items():
                given[k][at] = v
        if not given:
            return
        got = case.call(given)
        assert np.shape(got) == shape + case.plain.shape
        assert np.asarray(got).dtype == np.float64
        for at, values in members.items():
            case.same(got[at], case.call(values))

    return check


def leading_axis_of_one(case: Case) -> None:
    """One argument after the other has a leading axis, the others are shared."""
    for name in case.rows:
        other = case.drawn(11)[name]
        got = case.call({**case.values, name: np.stack([case.values[name], other])})
        assert np.shape(got) == (2, *case.plain.shape)
        case.same(got[0])
        case.same(got[1], case.call({**case.values, name: other}))


def axes_of(row: Declared) -> tuple[Any, ...]:
    """The sizes of an argument as it is given: labels have none for what they run over."""
    return row.sizes[: len(row.sizes) - row.labels]


def conflicts(case: Case) -> None:
    """Sizes that disagree, and arrays of too few axes, are named with what was found and what was wanted."""
    for name, row in case.rows.items():
        if not axes_of(row):
            continue
        with pytest.raises(ValueError, match=rf"^{name} has shape \(\), wanted \("):
            case.call({**case.values, name: np.array(1.0)})
        own = axes_of(row)
        for k, size in enumerate(own):
            others = [axes_of(o) for n, o in case.rows.items() if n != name] + [own[:k] + own[k + 1 :]]
            if isinstance(size, str) and any(size in o for o in others):
                longer = np.concatenate([case.values[name], np.take(case.values[name], [0], axis=k)], axis=k)
                with pytest.raises(
                    ValueError, match=rf"{size} is \d+ in \w+ \(shape .*\) but \d+ in \w+: \w+ has shape .*, wanted"
                ) as caught:
                    case.call({**case.values, name: longer})
                assert str(longer.shape) in str(caught.value)


def results_into_out(case: Case) -> None:
    """`out` of any layout is filled and returned; a workspace may be used again, also with another dtype."""
    if not case.fast:
        return
    shape, workspace = case.plain.shape, {}
    every_second = (..., *(slice(None, None, 2),) * len(shape))
    for out in (
        np.full(shape, 7.0),
        np.asarray(np.full(shape, 7.0), order="F"),
        np.full([2 * s for s in shape], 7.0)[every_second],
    ):
        got = case.call(case.values, out=out, workspace=workspace)
        case.same(out)
        assert got is out or not shape
    if case.rows and not looped(case.model, case.target, case.fast):
        out = np.full((2, *shape), 7.0)
        case.call({k: np.stack([v, case.drawn(9)[k]]) for k, v in case.values.items()}, out=out)
        case.same(out[0])
        case.same(out[1], case.call(case.drawn(9)))
        case.call(case.cast(case.values, np.float32), workspace=workspace)
    case.same(case.call(case.values, workspace=workspace))


def wrong_out(case: Case) -> None:
    """`out` of another shape or dtype, that cannot be written to, that is no array, or that overlaps an argument, is
    refused by name."""
    if not case.fast:
        return
    shape = case.plain.shape
    fixed = np.zeros(shape)
    fixed.flags.writeable = False
    wrong = [
        np.zeros(shape, np.float32),
        np.zeros(shape, int),
        np.zeros((*shape, 1)),
        (np.zeros(shape), np.zeros(shape)),
        [0.0],
        1.0,
        fixed,
    ]
    for out in wrong:
        with pytest.raises(ValueError, match=r"^(out|an argument) "):
            case.call(case.values, out=out)
    for name, v in case.values.items():
        if v.shape == shape:
            with pytest.raises(ValueError, match=f"out overlaps {name}, wanted memory of its own"):
                case.call({**case.values, name: (mine := v.copy())}, out=mine)


def one_length_for_all(case: Case) -> None:
    """A leading axis as long as every other: nothing that is put at a wrong axis is refused, so it must be at the right
    one."""
    sizes = dict.fromkeys(case.sizes, 3)
    members = [case.drawn(20 + k, sizes) for k in range(3)]
    got = case.call({k: np.stack([m[k] for m in members]) for k in case.rows}, sizes)
    for k, values in enumerate(members):
        case.same(got[k], case.call(values, sizes), digits=6)
    for name in case.rows:
        got = case.call({**members[0], name: np.stack([m[name] for m in members])}, sizes)
        for k, values in enumerate(members):
            case.same(got[k], case.call({**members[0], name: values[name]}, sizes), digits=6)


VARIATIONS: Mapping[str, Callable[[Case], None]] = {
    "Fortran order": every_argument(lambda a: np.asarray(a, order="F")),
    "every second entry": every_argument(lambda a: np.repeat(a, 2, axis=-1)[..., ::2] if a.ndim else a),
    "negative strides": every_argument(lambda a: np.flip(a).copy()[(slice(None, None, -1),) * a.ndim]),
    "transposed": every_argument(lambda a: a.T.copy().T),
    "the other byte order": every_argument(lambda a: a.astype(a.dtype.newbyteorder())),
    "lists": every_argument(lambda a: a.tolist()),
    "read-only": read_only,
    "integers": integers,
    "float32": single,
    "sizes of 1": sizes_of_one,
    "sizes of 0": sizes_of_zero,
    "one leading axis": leading(2),
    "two leading axes": leading(2, 3),
    "an empty leading axis": leading(0),
    "a leading axis of one argument": leading_axis_of_one,
    "a leading axis as long as all others": one_length_for_all,
    "conflicting sizes": conflicts,
    "out": results_into_out,
    "wrong out": wrong_out,
}


STACKED = [
    "x^T A^{-1} y", "A^{-1} x", "A^{-T} x", "tr(A^{-1} B)", "B A^{-1}", "sum_i X_i^T S^{-1} X_i", "X A^{-1} X^T",
    "log det A", "det(A)", "(A^{-1} x)_1",
    "a x", "a + sum_j x_j", "x_1", "X_{1j}", "X_{i2}", "T_ijk x_j", "sum_j T_ijk x_j", "sum_k T_ijk T_ilk",
    "sum_ij T_ijk X_ij", "sum_ijk T_ijk X_ij",
    "a delta_jl + B_jl", "a delta_jl", "x_j delta_jl", "x_j y_l delta_jl + a", "B^T", "max(x_j, a)", "i x_j", "j x_j",
    "x_j - a", "x_j y_l", "x_j^a",
    "logsumexp_j x_j", "softmax(X)_ij", "B_jj", "sum_j B_jj", "||X||^2", "X^T X X^T", "x_j I(a > 0)", "I(n > 2) a x_j",
    "sum_i X_ij/n", "(X x)_i (X y)_i a",
    "prod_j x_j", "max_j x_j", "x_{j+1} a",
]  # fmt: skip


@pytest.mark.parametrize("fast", [False, True], ids=["readable", "fast"])
@pytest.mark.parametrize("text", STACKED)
def test_leading_axes_meet_in_every_operation(text, fast):
    """All sizes and the leading axis are 3, so that no axis at a wrong place is refused by its length."""
    names = parse_names(
        "A: invertible[d]; S: posdef[d]; x: real[d]; y: real[d]; B: real[d,d]; X: real[n,d]; T: real[n,d,k]; "
        "a: real; n: size; i: index[n]; j: index[d]; l: index[d]"
    )
    function = guarded({"result": read(text, names)}, "f", "", fast=fast)
    wanted = [name for name in inspect.signature(function).parameters if name in names and names[name].role == "input"]
    loose = {name: 3 for name in inspect.signature(function).parameters if name in ("n", "d", "k")}
    rng = np.random.default_rng(0)
    members = [{name: 0.1 + rng.random([3] * len(names[name].sizes)) for name in wanted} for _ in range(3)]
    stacks = {name: np.stack([m[name] for m in members]) for name in wanted}
    for shared in (set(), *({name} for name in wanted if len(wanted) > 1)):
        got = function(**{name: members[0][name] if name in shared else stacks[name] for name in wanted}, **loose)
        for k, member in enumerate(members):
            alone = function(**{name: members[0][name] if name in shared else member[name] for name in wanted}, **loose)
            assert np.shape(got) == (3, *np.shape(alone))
            assert np.allclose(got[k], alone, equal_nan=True)


def looped(model: str, target: str, fast: bool) -> bool:
    """Whether a function is called for each member of a batch."""
    head = function_of(model, target, fast).__source__.rpartition("\ndef f(")[0].rpartition("\n@arrays(")[2]
    return bool(head) and "stacked=" not in head and "batch=" not in head


@pytest.mark.parametrize("model", EVERY)
@pytest.mark.long
def test_every_target_takes_arrays_of_some_kind(model):
    """Every target meets a quarter of the variations in one form, another quarter than its neighbours."""
    for k, (name, target) in enumerate(targets(model)):
        fast = k % 2 == 1
        case = Case(name, target, fast)
        for variation in list(VARIATIONS)[k % 4 :: 4]:
            VARIATIONS[variation](case)
        assert case.by_members or not looped(name, target, fast)


@pytest.mark.soak
@pytest.mark.parametrize("fast", [False, True], ids=["readable", "fast"])
@pytest.mark.parametrize("variation", VARIATIONS)
@pytest.mark.parametrize("model", EVERY)
def test_every_target_takes_arrays_of_every_kind(model, variation, fast):
    for name, target in targets(model):
        case = Case(name, target, fast)
        VARIATIONS[variation](case)
        assert case.by_members or not looped(name, target, fast)
