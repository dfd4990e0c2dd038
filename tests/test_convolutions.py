"""Sizes that are sums of others, `real[m+n-1]`, and what they are for: convolutions and pooling."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from checker import compare
from derivations import gradient
from derivations.domains import NamesError, parse_names
from derivations.formula import value_of
from derivations.notation import ReadError, read, write

LINE = "x: real[n+m-1]; w: real[m]; b: real; g: real[n]; i: index[n]; k: index[m]"
CHANNELS = "x: real[C,n+m-1]; w: real[O,C,m]; g: real[O,n]; o: index[O]; c: index[C]; i: index[n]; k: index[m]"
PLANE = "x: real[n+p-1,m+q-1]; w: real[p,q]; g: real[n,m]; i: index[n]; j: index[m]; a: index[p]; b: index[q]"
NET = "x: real[n+m-1]; w: real[m]; b: real; A: real[K,n]; y: index[K] of []; i: index[n]; k: index[m]"

ALONG = "z_i = b + sum_k w_k x_{i+k-1}; L = sum_i g_i z_i^2"
MIXED = "z_oi = sum_c sum_k w_{ock} x_{c,i+k-1}; L = sum_o sum_i g_oi z_oi"
FILTER = "z_ij = sum_a sum_b w_ab x_{i+a-1,j+b-1}; L = sum_i sum_j g_ij z_ij"
POOL = "z_i = max_k x_{i+k-1}; L = sum_i g_i z_i"
LOGITS = "z_i = b + sum_k w_k x_{i+k-1}; h_i = relu(z_i); s = A h; L = -log softmax(s)_y"


def windows(x: Any, m: int) -> Any:
    return np.lib.stride_tricks.sliding_window_view(x, m, -1)


def filtered(x: Any, w: Any) -> Any:
    return np.einsum("ijab,ab->ij", np.lib.stride_tricks.sliding_window_view(x, w.shape), w)


def loss_of_net(x: Any, w: Any, b: Any, A: Any, y: Any) -> Any:
    s = A @ np.maximum(windows(x, len(w)) @ w + b, 0)
    return np.log(np.exp(s).sum()) - s[y]


GRADIENTS: list[tuple[str, str, str, str, Callable[..., Any]]] = [
    (ALONG, "w", LINE, "k:m -> 2 sum_i g_i x_{i+k-1} z_i", lambda x, w, b, g: g @ (b + windows(x, len(w)) @ w) ** 2),
    (
        ALONG,
        "x",
        LINE,
        "j:m+n-1 -> 2 sum_k {g_{j-k+1} w_k z_{j-k+1} if j >= k and j <= k + n - 1, 0 otherwise}",
        lambda x, w, b, g: g @ (b + windows(x, len(w)) @ w) ** 2,
    ),
    (
        MIXED,
        "w",
        CHANNELS,
        "(o, c, k:m) -> sum_i g_{oi} x_{c,i+k-1}",
        lambda x, w, g: (g * np.einsum("cik,ock->oi", windows(x, w.shape[-1]), w)).sum(),
    ),
    (
        MIXED,
        "x",
        CHANNELS,
        "(c, j:m+n-1) -> sum_{o,k} {g_{o,j-k+1} w_{ock} if j >= k and j <= k + n - 1, 0 otherwise}",
        lambda x, w, g: (g * np.einsum("cik,ock->oi", windows(x, w.shape[-1]), w)).sum(),
    ),
    (FILTER, "w", PLANE, "(a:p, b:q) -> sum_{i,j} g_{ij} x_{a+i-1,b+j-1}", lambda x, w, g: (g * filtered(x, w)).sum()),
    (
        FILTER,
        "x",
        PLANE,
        "(k:n+p-1, l:m+q-1) -> sum_{a,b} {g_{k-a+1,l-b+1} w_{ab} "
        "if l >= b and l <= b + m - 1 and k >= a and k <= a + n - 1, 0 otherwise}",
        lambda x, w, g: (g * filtered(x, w)).sum(),
    ),
    (
        LOGITS,
        "w",
        NET,
        "k:m -> sum_i x_{i+k-1} * 1[z_i > 0] (sum_j A_{ji} softmax(s)_j - A_{yi})",
        loss_of_net,
    ),
]

STRIDE = "x: real[2n+m-2]; w: real[m]; g: real[n]; i: index[n]; k: index[m]"
SKIP = "z_i = sum_k w_k x_{2i+k-2}; L = sum_i g_i z_i"
PADDED = "z_i = sum_{k : i+k-2 >= 1 and i+k-2 <= n} w_k x_{i+k-2}; L = sum_i g_i z_i"

GRADIENTS += [
    (SKIP, "w", STRIDE, "k:m -> sum_i g_i x_{2i+k-2}", lambda x, w, g: g @ (windows(x, len(w))[::2] @ w)),
    (
        SKIP,
        "x",
        STRIDE,
        "j:m+2n-2 -> sum_i g_i {w_{j-2i+2} if j >= 2 i - 1 and j <= 2 i + m - 2, 0 otherwise}",
        lambda x, w, g: g @ (windows(x, len(w))[::2] @ w),
    ),
    (
        PADDED,
        "x",
        "x: real[n]; w: real[3]; g: real[n]; i: index[n]; k: index[3]",
        "i:n -> sum_j g_j {w_{i-j+2} if i >= j - 1 and i <= j + 1, 0 otherwise}",
        lambda x, w, g: g @ (windows(np.pad(x, 1), 3) @ w),
    ),
    (
        "z_i = max(x_{2i-1}, x_{2i}); L = sum_i g_i z_i",
        "x",
        "x: real[2n]; g: real[n]; i: index[n]",
        "j:2n -> sum_i g_i {delta_{j,2i-1} if x_{2i-1} > x_{2i}, "
        "(delta_{j,2i} + delta_{j,2i-1})/2 if x_{2i-1} = x_{2i}, delta_{j,2i} otherwise}",
        lambda x, g: g @ np.maximum(x[::2], x[1::2]),
    ),
]


@pytest.mark.parametrize(("let", "by", "names", "form", "loss"), GRADIENTS)
def test_the_gradient_of_a_convolution_is_the_books(let, by, names, form, loss):
    derived = gradient(None, by, names, let=let, of="L")
    assert write(derived.result, "ascii", "index") == form
    function = derived.numpy()
    for seed in range(3):
        rng = np.random.default_rng(seed)
        declared = parse_names(names)
        sizes = {size: int(rng.integers(1, 5)) for size in declared.sizes}
        values = {
            row.name: np.asarray(rng.integers(0, sizes[str(row.sizes[-1])], []))
            if row.labels
            else rng.normal(size=[value_of(s, sizes) for s in row.sizes])
            for row in declared.inputs()
        }
        given = {name: values[name] for name in inspect.signature(loss).parameters}
        slopes = np.zeros(values[by].shape)
        for at in np.ndindex(*slopes.shape):
            up, down = values[by].copy(), values[by].copy()
            up[at] += 1e-6
            down[at] -= 1e-6
            slopes[at] = (loss(**{**given, by: up}) - loss(**{**given, by: down})) / 2e-6
        got = function(**{name: values[name] for name in inspect.signature(function).parameters})
        assert np.allclose(got, slopes, rtol=1e-6, atol=1e-7), (seed, sizes)


def test_a_maximum_over_windows_shares_a_tie():
    slope = gradient(None, "x", "x: real[n+m-1]; w: real[m]; g: real[n]; i: index[n]; k: index[m]", let=POOL).numpy()
    assert slope(x=[1.0, 3.0, 2.0, 3.0, 3.0], g=[1.0, 10.0, 100.0, 1000.0]).tolist() == [0, 11, 0, 600, 500]


@pytest.mark.parametrize(
    ("text", "entry"),
    [
        ("x_{2i}", "x_{2i}"),
        ("x_{2 i - 1}", "x_{2i-1}"),
        ("x_{k+2i-1}", "x_{2i+k-1}"),
        ("x_{3i-2k+4}", "x_{3i-2k+4}"),
        ("A_{2i}", "A_{2,i}"),
        ("A_{2i,i}", "A_{2i,i}"),
        ("A_{12i}", "A_{12,i}"),
    ],
)
def test_a_number_before_a_letter_is_its_factor_where_it_would_be_an_index_too_many(text, entry):
    assert write(read(text, "x: real[9n]; A: real[12n,n]; i: index[n]; k: index[n]"), "ascii") == entry


@pytest.mark.parametrize("text", ["x_{2ik}", "x_{i2}", "x_{2i2}", "x_{0i}"])
def test_what_is_no_factor_is_an_index_too_many(text):
    with pytest.raises(ReadError):
        read(text, "x: real[9n]; i: index[n]; k: index[n]")


ANSWERS = [
    # by, an answer, the verdict
    ("w", "2 sum_i z_i g_i x_{i+k-1}", "equal"),
    ("w", "2 sum_{i=1}^n g_i (b + sum_{l=1}^m w_l x_{i+l-1}) x_{k+i-1}", "equal"),
    ("w", "sum_i dL/dz_i x_{i+k-1}", "equal"),
    ("w", "2 sum_i g_i z_i x_{i+k}", "different"),
    ("w", "2 sum_i g_i z_i x_{n-i+k}", "different"),
    ("w", "2 sum_{i=1}^{n-1} g_i z_i x_{i+k-1}", "different"),
    ("x", "2 sum_{k : 1 <= j-k+1 and j-k+1 <= n} w_k g_{j-k+1} z_{j-k+1}", "equal"),
    ("x", r"\sum_{i=1}^n \sum_{k=1}^m 1[i+k-1=j] 2 g_i z_i w_k", "equal"),
    ("x", "2 sum_{i : 1 <= j-i+1 and j-i+1 <= m} g_i z_i w_{j-i+1}", "equal"),
    ("x", "2 sum_{k : 1 <= j-k+1 and j-k+1 <= n} w_{m-k+1} g_{j-k+1} z_{j-k+1}", "different"),
    ("x", "2 sum_{k : 1 <= j-k+1 and j-k+1 < n} w_k g_{j-k+1} z_{j-k+1}", "different"),
    ("x", "2 sum_{k : 1 <= j-k+1 and j-k+1 <= n} w_k g_{j-k+1}", "different"),
]


@pytest.mark.parametrize(("by", "answer", "verdict"), ANSWERS)
def test_answers_are_judged_over_sizes_that_are_sums(by, answer, verdict):
    truth = gradient(None, by, f"{LINE}; j: index[n+m-1]", let=ALONG, of="L")
    names = truth.lemmas[-1].result.names
    assert compare(answer, truth.result, names).status == verdict


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("real[n+m-1]", "real[m+n-1]"),
        ("real[m + n - 1]", "real[m+n-1]"),
        ("real[2n]", "real[2n]"),
        ("real[n + 2*n]", "real[3n]"),
        ("index[2 n - 1]", "index[2n-1]"),
    ],
)
def test_a_sum_of_sizes_is_written_in_one_way(typed, kept):
    shown = parse_names(f"x: {typed}").show()
    assert shown == f"x: {kept}"
    assert parse_names(shown).show() == shown


@pytest.mark.parametrize(
    ("domain", "why"),
    [
        ("real[n-m+1]", "may be less than 1: give the smaller size a name"),
        ("real[n+m-2]", "may be less than 1"),
        ("real[n m]", "is no size"),
        ("real[9999999n]", "is no size"),
        ("real[n++]", "is no size"),
        ("orthonormal[n+1,n]", "a size of orthonormal is a name or a number"),
    ],
)
def test_what_is_no_size_is_refused(domain, why):
    with pytest.raises(NamesError, match=why):
        parse_names(f"x: {domain}")


def test_arguments_have_to_fit_a_sum_of_sizes():
    by_input = gradient(None, "x", LINE, let=ALONG).numpy()
    with pytest.raises(ValueError, match=r"an axis of x is 5, wanted m\+n-1 where m = 2, n = 3"):
        by_input(x=np.ones(5), w=np.ones(2), b=0.0, g=np.ones(3))
    by_kernel = gradient(None, "w", LINE, let="z_i = sum_k w_k x_{i+k-1}; L = sum_i g_i z_i").numpy()
    assert by_kernel(x=np.ones(4), g=np.ones(3)).tolist() == [3.0, 3.0]
    with pytest.raises(ValueError, match=r"an axis of x is 2, wanted m\+n-1 where n = 3"):
        by_kernel(x=np.ones(2), g=np.ones(3))


GUARDED = [
    ("x_{j-1} 1[j > 1]", "x_{j-1} if j > 1 else 0", "equal"),
    ("1[j >= 2] x_{j-1}", "x_{j-1} if j > 1 else 0", "equal"),
    ("x_{j-1} 1[j > 2]", "x_{j-1} if j > 1 else 0", "different"),
    ("x_{j-1} 1[j >= 1]", "x_{j-1} if j > 1 else 0", "different"),
    ("x_{j-1} 1[x_j > 0]", "x_{j-1} if j > 1 else 0", "different"),
    (
        r"\sum_k w_k x_{r-k+1} \mathbf 1[1 \le r-k+1 \le n]",
        "sum_{k : 1 <= r-k+1 and r-k+1 <= n} w_k x_{r-k+1}",
        "equal",
    ),
    (
        "sum_k w_k x_{r-k+1} 1[1 <= r-k+1] 1[r-k+1 <= n]",
        "sum_{k : 1 <= r-k+1 and r-k+1 <= n} w_k x_{r-k+1}",
        "equal",
    ),
    ("sum_k w_k x_{r-k+1} 1[1 <= r-k+1]", "sum_{k : 1 <= r-k+1 and r-k+1 <= n} w_k x_{r-k+1}", "different"),
]


@pytest.mark.parametrize(("text", "same", "status"), GUARDED)
def test_an_indicator_guards_the_entry_beside_it(text: str, same: str, status: str) -> None:
    names = "x: real[n]; w: real[p]; j: index[n]; k: index[p]; r: index[n+p-1]"
    assert compare(text, same, names).status == status


SHIFTED = [
    ("(f, c, r) -> sum_i u_fi x_{c,i+r-1}", "(f, c, r:k) -> sum_i u_fi x_{c,i+r-1}"),
    ("sum_r sum_i u_{1,i} x_{1,i+r-1}", "sum_{r=1}^k sum_i u_{1,i} x_{1,i+r-1}"),
]


@pytest.mark.parametrize(("text", "said"), SHIFTED, ids=[text for text, _ in SHIFTED])
@pytest.mark.parametrize("more", ["", "; r: index[k]"])
def test_an_index_of_a_shifted_place_runs_as_far_as_there_are_entries(text, said, more):
    names = "u: real[F,n]; x: real[C,n+k-1]; i: index[n]" + more
    assert read(text, names) == read(said, names)
