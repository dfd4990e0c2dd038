"""Emitted NumPy against hand-written NumPy: `python benchmarks/numpy_speed.py [--rounds 21] [--case NAME] [--json
FILE]`.

Each case runs in a process of its own, all variants interleaved in it, in another order every round; the default number
of BLAS threads. Before a call is timed its variant runs alone for a moment, as in a training loop: the threads of
OpenBLAS and OpenMP spin for up to 0.1 s after a call, and would take a core from the variant that comes next. A figure
is the ratio of the medians over the rounds, with the interval that holds the ratio in 95 % of 2,000 resamplings of the
rounds; a target that lies inside the interval is "not shown", neither reached nor missed.

    readable   the function of `derive(…).numpy()`
    fast       that of `numpy(fast=True)`, with `out=` and a workspace that is used again, as a training loop calls it
    fast new   the same without them: every call allocates its results
    numba      that of `numpy(numba=True)`, where numba is installed; compiled before it is timed
    jax        its own derivative, jit-compiled, where it is installed
    torch      PyTorch's autograd over its fused kernels, where it is installed
    products   only the calls of BLAS and LAPACK that tuned makes (`numpy_products`)

Beside the ratios stands which share of the fast form's time is those calls, and which the memory bound.

The rows of typed losses (`numpy_formulas`) run on one thread, and processor time is measured; "alone" hides SciPy from
every variant.

The memory bound is the time of reading the inputs and writing the results once at the bandwidth of a copy by every
core, measured in the same run; what stays in cache may come below it.
"""

from __future__ import annotations

import argparse
import functools
import importlib.util
import json
import os
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]


@dataclass(frozen=True)
class Case:
    """One row: the derivation of each result, the order of arguments, the targets (ratios to clear, or fast to tuned),
    further arguments, and what no form can do without."""

    name: str
    results: tuple[tuple[str, str], ...]
    arguments: tuple[str, ...]
    readable: float
    fast: float
    tuned: float
    numba: float | None = None
    extra: Mapping[str, float] | None = None
    typed: bool = False
    """Whether it is a row of `numpy_formulas`, on one thread."""
    alone: bool = False
    """Whether SciPy is hidden."""


SOFTMAX_LOSS = ("gradient", "sum_r (logsumexp_k Z_rk - sum_k T_rk Z_rk)")

CASES = (
    Case("logistic n=1e5 d=100", (("logistic:batch", "dNLL/dtheta"),), ("X", "theta", "y"), 1.15, 0.75, 0.9, 0.35),
    Case("softmax Jacobian m=1e4 K=10", (("softmax", "dy_i/dx_j"),), ("x",), 1.15, 0.70, 1.0, 0.25),
    Case("batch norm m=1e4 d=256", tuple(("batch_norm:eps", t) for t in ("dL/dx", "dL/dgamma", "dL/dbeta")),
        ("x", "dL_dy", "gamma"), 1.15, 0.45, 0.95, 0.20, {"epsilon": 1e-5}),
    Case("cross-entropy m=1e5 K=100", (SOFTMAX_LOSS,), ("Z", "T"), 1.15, 0.55, 0.75, 0.45),
    Case("two layers m=1e4 256-256-10", tuple(("two_layer:batch", t) for t in ("dL/dW1", "dL/db1", "dL/dW2", "dL/db2")),
        ("X", "Y", "W1", "b1", "W2", "b2"), 1.10, 0.95, 1.0),
    Case("attention 8 heads T=512 d=64", tuple(("attention:heads", t) for t in ("dL/dQ", "dL/dK", "dL/dV")),
        ("Q", "K", "V", "dL_dO"), 1.10, 0.85, 1.0),
)  # fmt: skip
"""The six cases, in the order of `numpy_by_hand.cases`, with what is asked of each."""


def typed(name: str, loss: str, targets: str, arguments: str, **more: bool) -> Case:
    """A row of `numpy_formulas`; the same is asked of each."""
    results = tuple((loss, target) for target in targets.split("; "))
    return Case(name, results, tuple(arguments.split()), 1.1, 1.0, 0.9, typed=True, **more)


CASES += (
    typed("GP n=800 d=5", "gp", "f; df/ds; df/dl; df/dc", "x y s l c"),
    typed("Gaussian m=5e3 n=200", "gaussian", "f; df/dmu; df/dS", "x mu S"),
    typed("logistic Hessian m=2e4 d=100", "logistic", "d2f/dw2", "x y w c"),
    typed("logistic Hessian times v m=2e4 d=100", "logistic", "d2f/dw2 along v", "x y w c v"),
    typed("factorisation 1000x800 k=20", "factorisation", "df/dU; df/dV", "W R U V c"),
    typed("layer norm m=4e3 d=256", "layer_norm", "df/dx; df/dg; df/db", "x T g e"),
    typed("InfoNCE m=1e3 d=128", "infonce", "df/du; df/dv", "u v t"),
    typed("softmax regression m=2e4 100-10", "softmax", "f; df/dW", "x t W c"),
    typed("GRU T=200 d=128", "gru", "dL/dW; dL/dW_z; dL/dh_0", "W_z U_z b_z W_r U_r b_r W U b h_0 x y"),
    typed("conv2d B=32 8-16 24x24 5x5", "conv2d", "df/dx; df/dw; df/db", "x w G"),
    typed("embedding T=4e3 N=5e3 K=200", "embedding", "f; df/dE; df/dV", "v y E V"),
)
CASES += (replace(CASES[6], name="GP n=800 d=5, NumPy alone", alone=True),)
"""Then the losses of `numpy_formulas.cases`, and the one that uses SciPy without it."""


THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")

SETTLE = 0.15
"""Seconds for which a variant runs before it is timed; longer than threads of another one spin."""


def emitted(case: Case, **form: bool) -> Callable[..., Any]:
    """The emitted function of a case, all its results in one: what `backproof code` or `backproof gradient --numpy`
    prints."""
    from derivations import gradient
    from derivations.functions import function

    (model, first), *_ = case.results
    from numpy_formulas import FORMULAS

    if case.typed and model in FORMULAS:
        from derivations.pipeline import posed

        return function(posed(*FORMULAS[model])[0], [target for _, target in case.results], **form)
    if model == "gradient":
        return gradient(first, "Z", "Z: real[m,K]; T: onehot[m,K]").numpy(**form)
    return function(model, [target for _, target in case.results], **form)


def as_tuple(value: Any) -> tuple[Any, ...]:
    return value if isinstance(value, tuple) else (value,)


def others(case: Case, args: tuple[Any, ...]) -> dict[str, Callable[[], Any]]:
    """JAX (jit, CPU) and PyTorch (autograd and its fused kernels), where they are installed."""
    import numpy_frameworks as frameworks

    made = {"jax": frameworks.jax_case, "torch": frameworks.torch_case}
    return {name: make(case.name, args) for name, make in made.items() if importlib.util.find_spec(name)}


def measure(number: int, rounds: int) -> dict[str, Any]:
    """One case: medians, ratios with intervals, peak memory, the memory bound."""
    import numpy as np
    from numpy_by_hand import cases

    case = CASES[number]
    if case.alone:
        sys.modules.update(dict.fromkeys(("scipy", "scipy.linalg", "scipy.linalg.lapack", "scipy.spatial.distance")))
    import numpy_formulas
    from numpy_products import PRODUCTS

    rows = {row[0]: row for row in (*cases(), *numpy_formulas.cases())}
    name, args, clear, tuned = rows[case.name.removesuffix(", NumPy alone")]
    readable, fast = emitted(case), emitted(case, fast=True)
    given = dict(zip(case.arguments, args, strict=True)) | dict(case.extra or {})
    wanted = as_tuple(clear(*args))
    workspace: dict[str, Any] = {}
    out = tuple(np.empty_like(np.asarray(r, float)) for r in wanted)
    passed = out if len(out) > 1 else out[0]
    variants: dict[str, Callable[[], Any]] = {
        "clear": lambda: clear(*args),
        "tuned": lambda: tuned(*args),
        "readable": lambda: readable(**given),
        "fast": lambda: fast(**given, out=passed, workspace=workspace),
        "fast new": lambda: fast(**given),
        **({} if case.alone else others(case, args)),
    }
    if importlib.util.find_spec("numba"):
        variants["numba"] = functools.partial(emitted(case, numba=True), **given)
    for key, run in variants.items():
        for a, b in zip(wanted, as_tuple(run()), strict=True):
            assert np.allclose(a, np.asarray(b), rtol=1e-6 if case.typed else 1e-9, atol=1e-9), (name, key)
    if name in PRODUCTS:
        variants["products"] = PRODUCTS[name](*args)

    rng = np.random.default_rng(0)
    times: dict[str, list[float]] = {key: [] for key in variants}
    keys = list(variants)
    for _ in range(rounds):
        for k in rng.permutation(len(keys)):
            settled = time.perf_counter() + (0 if case.typed else SETTLE)
            while time.perf_counter() < settled:
                variants[keys[k]]()
            times[keys[k]].append(_timed(variants[keys[k]], time.process_time if case.typed else time.perf_counter))

    tracemalloc.start()
    fast(**given)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    moved = sum(np.asarray(a).nbytes for a in (*args, *wanted))
    bandwidth = copy_bandwidth()
    least = min(times["fast"])
    return {
        "case": case.name,
        "rounds": rounds,
        "ms": {key: 1e3 * float(np.median(t)) for key, t in times.items()},
        "best_ms": {key: 1e3 * min(t) for key, t in times.items()},
        "load": os.getloadavg()[0] if hasattr(os, "getloadavg") else None,
        "ratios": [
            compared("readable / clear", times["readable"], times["clear"], case.readable),
            compared("fast / clear", times["fast"], times["clear"], case.fast if not case.typed else None),
            compared("fast / tuned", times["fast"], times["tuned"], case.tuned),
            *([compared("numba / clear", times["numba"], times["clear"], case.numba)] if "numba" in times else []),
            *(
                compared(f"{key} / clear", times[key], times["clear"], None)
                for key in ("fast new", "jax", "torch", "products")
                if key in times
            ),
        ],
        "share_of_products": min(times["products"]) / least if "products" in times else None,
        "share_of_memory": moved / bandwidth / least,
        "memory_bound_ms": 1e3 * moved / bandwidth,
        "bandwidth_gb_s": bandwidth / 1e9,
        "fast_peak_above_results_mb": (peak - sum(np.asarray(a).nbytes for a in wanted)) / 1e6,
    }


def copy_bandwidth() -> float:
    """Bytes a second that a copy of 64 MB reads and writes, each core its part, the best of seven."""
    import numpy as np

    cores = os.cpu_count() or 1
    a = np.ones(8_000_000)
    b = np.empty_like(a)
    parts = list(zip(np.array_split(b, cores), np.array_split(a, cores), strict=True))
    with ThreadPoolExecutor(cores) as pool:
        best = min(_timed(lambda: list(pool.map(lambda part: np.copyto(*part), parts))) for _ in range(7))
    return 2 * a.nbytes / best


def _timed(run: Callable[[], Any], clock: Callable[[], float] = time.perf_counter) -> float:
    start = clock()
    run()
    return clock() - start


def compared(what: str, a: list[float], b: list[float], target: float | None) -> dict[str, Any]:
    """The ratio of the medians, its interval by resampling rounds, and the verdict on the target."""
    import numpy as np

    x, y = np.array(a), np.array(b)
    rng = np.random.default_rng(1)
    picks = rng.integers(0, len(x), (2000, len(x)))
    low, high = np.quantile(np.median(x[picks], axis=1) / np.median(y[picks], axis=1), [0.025, 0.975])
    ratio = float(np.median(x) / np.median(y))
    verdict = "" if target is None else "reached" if high <= target else "missed" if low > target else "not shown"
    return {"what": what, "ratio": ratio, "low": float(low), "high": float(high), "target": target, "verdict": verdict}


def table(results: list[dict[str, Any]]) -> str:
    """The results as text, one case a block."""
    lines = []
    for r in results:
        ms = "  ".join(f"{key} {value:.2f}" for key, value in r["ms"].items())
        lines.append(
            f"{r['case']}\n    ms: {ms}; memory bound {r['memory_bound_ms']:.2f} at {r['bandwidth_gb_s']:.1f} GB/s"
        )
        best = "  ".join(f"{key} {value:.2f}" for key, value in r["best_ms"].items())
        busy = (
            ""
            if r["load"] is None
            else f"; load average {r['load']:.1f}" + (": too busy for the ratios to mean much" if r["load"] > 2 else "")
        )
        lines.append(f"    best ms: {best}{busy}")
        for c in r["ratios"]:
            target = "" if c["target"] is None else f"  asked ≤ {c['target']:.2f}: {c['verdict']}"
            lines.append(f"    {c['what']:18s} {c['ratio']:.2f}  [{c['low']:.2f}, {c['high']:.2f}]{target}")
        calls = "" if r["share_of_products"] is None else f"calls of BLAS and LAPACK {r['share_of_products']:.0%}, "
        lines.append(f"    of the fast form: {calls}memory {r['share_of_memory']:.0%} (best times)")
        lines.append(
            f"    peak memory of the fast form above its results: {r['fast_peak_above_results_mb']:.1f} MB (asked ≤ 8)"
        )
    return "\n".join(lines)


def main() -> int:
    parser = argparse.ArgumentParser(description="Emitted NumPy against hand-written NumPy.")
    parser.add_argument("--rounds", type=int, default=21)
    parser.add_argument("--case", help="only cases whose name contains this")
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    parser.add_argument("--one", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one is not None:
        print(json.dumps(measure(options.one, options.rounds)))
        return 0
    results: list[dict[str, Any]] = []
    failed = False
    for number, case in enumerate(CASES):
        if options.case and options.case not in case.name:
            continue
        run = subprocess.run(
            [sys.executable, __file__, "--one", str(number), "--rounds", str(options.rounds)],
            capture_output=True,
            text=True,
            check=False,
            env=os.environ | (dict.fromkeys(THREADS, "1") if case.typed else {}),
        )
        if run.returncode:
            print(f"{case.name}: failed\n{run.stderr}", file=sys.stderr)
            failed = True
            continue
        results.append(json.loads(run.stdout))
        print(table(results[-1:]), flush=True)
    if options.json:
        options.json.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    return int(failed)


if __name__ == "__main__":
    raise SystemExit(main())
