"""The fast form on several threads: the same result however many there are, and no thread's fault is lost."""

from __future__ import annotations

import inspect
import os
import threading

import numpy as np
import pytest

from derivations.domains import parse_names
from derivations.emit import build, emit, guarded
from derivations.emit.runtime.numpy import in_threads, rows_times, shared, times_rows
from derivations.notation import read
from derivations.pipeline import derive

CASES = (
    ("batch_norm:eps", "dL/dx", {"x": (4001, 60), "gamma": (60,), "epsilon": (), "dL_dy": (4001, 60)}),
    ("softmax", "dy_i/dx_j", {"x": (3001, 30)}),
    ("gaussian", "dNLL/dmu", {"x": (300_001,), "mu": (), "sigma": ()}),
    ("logistic:batch", "dNLL/dtheta", {"X": (300_001, 7), "y": (300_001,), "theta": (7,)}),
    ("linear_regression", "dL/dw", {"X": (150_000, 3), "y": (150_000,), "w": (3,), "b": ()}),
)


@pytest.mark.parametrize(("model", "target", "shapes"), CASES, ids=[f"{m} {t}" for m, t, _ in CASES])
def test_every_number_of_threads_gives_the_same(model, target, shapes):
    f = guarded({target: derive(model, target).result}, "f", "", fast=True)
    rng = np.random.default_rng(3)
    values = {name: 0.5 + rng.random(shapes[name]) for name in inspect.signature(f).parameters if name in shapes}
    one = f(**values, threads=1)
    assert np.isfinite(one).all()
    for threads in (2, 3, 7, None):
        assert np.allclose(f(**values, threads=threads, workspace={}), one, rtol=1e-12, atol=1e-12 * np.abs(one).max())
    with pytest.raises(ValueError, match="threads is 0, wanted at least 1"):
        f(**values, threads=0)


@pytest.mark.parametrize("shape", [(0, 3), (1, 1), (5, 0), (3, 6000), (20_011, 7), (40, 2500)])
def test_products_by_rows(shape):
    rng = np.random.default_rng(5)
    a, v, u = rng.standard_normal(shape), rng.standard_normal(shape[1]), rng.standard_normal(shape[0])
    for threads in (1, 2):
        for matrix in (a, np.asfortranarray(a), np.repeat(a, 2, axis=0)[::2]):
            out = np.full(shape[0], np.nan)
            assert rows_times(matrix, v, threads, out=out) is out
            assert np.allclose(out, a @ v)
            assert np.allclose(rows_times(matrix, v, threads), a @ v)
            assert np.allclose(times_rows(u, matrix, threads), u @ a)


def test_threads_stay_for_the_next_call():
    source = emit({"dNLL": derive("gaussian", "dNLL/dmu").result}, "f", "", fast=True, dressing="guarded")
    assert "@functools.cache\ndef pool(" in source
    f = build(source)
    x = np.ones(300_001)
    f(x, 0.0, 1.0, threads=2)
    before = {t.ident for t in threading.enumerate()}
    for _ in range(5):
        f(x, 0.0, 1.0, threads=2)
    assert {t.ident for t in threading.enumerate()} == before


def test_products_are_left_to_the_threads_of_blas():
    source = emit({"dTheta": derive("softmax_regression", "dL/dTheta").result}, "f", "", fast=True)
    assert "in_threads" not in source


@pytest.mark.parametrize(
    "text", ["sum_i exp(step_i) + thread", "step_i exp(rows_i - blocks_i)", "sum_j X_ij start_j + step_i"]
)
def test_names_of_the_form_are_free_for_arguments(text):
    names = parse_names(
        "step: real[n]; rows: real[n]; blocks: real[n]; thread: real; X: real[n,d]; start: real[d]; i: index[n]"
    )
    formula = read(text, names)
    rng = np.random.default_rng(4)
    shapes = {"step": 5, "rows": 5, "blocks": 5, "thread": (), "X": (5, 2), "start": 2}
    plain, fast = (guarded({"f": formula}, "g", "", fast=fast) for fast in (False, True))
    values = [rng.random(shapes[name.rstrip("_")]) for name in inspect.signature(plain).parameters]
    assert np.allclose(fast(*values), plain(*values))


@pytest.mark.parametrize(
    ("n", "step", "threads"), [(0, 5, 1), (1, 5, 1), (10, 3, 2), (11, 4, 3), (7, 1, 7), (100, 7, 3)]
)
def test_the_blocks_are_the_rows(n, step, threads):
    seen, lock = [], threading.Lock()

    def work(thread, blocks):
        with lock:
            seen.extend((thread, b.start, b.stop) for b in blocks)

    in_threads(work, n, step, threads)
    assert sorted(row for _, start, stop in seen for row in range(start, stop)) == list(range(n))
    assert all(stop - start <= step for _, start, stop in seen)
    assert len({thread for thread, _, _ in seen}) == (threads if n else 0)


def test_threads_are_started_for_more_than_one_block():
    assert shared(10, 8, 1_000_000, threads=4) == (1, 31_250)
    assert shared(100_000, 800, 6_000_000, threads=4) == (4, 1875)


@pytest.mark.parametrize("bad", [0, 1, 2])
def test_what_fails_in_a_thread_is_raised(bad):
    def work(thread, blocks):
        if thread == bad:
            raise FloatingPointError(f"in thread {thread}")

    with pytest.raises(FloatingPointError, match=f"in thread {bad}"):
        in_threads(work, 30, 3, 3)


def test_what_numpy_says_of_errors_holds_in_every_thread():
    def work(thread, blocks):
        np.exp(np.full(1000, 1000.0))

    with np.errstate(over="raise"), pytest.raises(FloatingPointError, match="overflow"):
        in_threads(lambda thread, blocks: work(thread, blocks) if thread else None, 30, 3, 2)
    with np.errstate(over="ignore"):
        in_threads(work, 30, 3, 2)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are not forked here")
def test_a_forked_process_has_threads_of_its_own():
    totals = np.zeros(2)

    def work(thread, blocks):
        totals[thread] = len(blocks)

    in_threads(work, 30, 3, 2)
    child = os.fork()
    if child == 0:
        totals[:] = 0
        in_threads(work, 30, 3, 2)
        os._exit(0 if totals.tolist() == [5, 5] else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
