"""How long a derivation takes, warm, with its verification: every target of every model, and SymPy's own matrix
derivative beside it.

    python benchmarks/deriving.py [--json FILE]

Prints the median over all targets, their sum, the slowest ten; networks of many layers; a repeated `backproof derive`
as a whole process; then the formulas that SymPy's MatrixExpr can differentiate, ours and SymPy's side by side (its
results are not checked here: several drop terms).
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Callable
from typing import Any

from derivations import gradient
from derivations.models import MODELS, load
from derivations.pipeline import _derive

ROUNDS = 3
SYMPY = [
    ("tr(A X B)", "X", "A: real[k,k]; X: real[k,k]; B: real[k,k]", lambda m: m.Trace(m.A * m.X * m.B)),
    ("a^T X b", "X", "a: real[k]; X: real[k,k]; b: real[k]", lambda m: m.a.T * m.X * m.b),
    ("tr(X^T A X)", "X", "A: real[k,k]; X: real[k,k]", lambda m: m.Trace(m.X.T * m.A * m.X)),
    ("det(X)", "X", "X: real[k,k]", lambda m: m.Determinant(m.X)),
    ("x^T A x", "x", "A: real[k,k]; x: real[k]", lambda m: m.x.T * m.A * m.x),
]

LAYERS = 10
NETWORKS = {
    f"{LAYERS} tanh layers by W_1": (
        "; ".join(f"h_{k} = tanh(W_{k} {f'h_{k - 1}' if k > 1 else 'x'} + b_{k})" for k in range(1, LAYERS + 1))
        + f"; L = 1/2 ||h_{LAYERS} - y||^2",
        "W_1",
        f"x: real[d_0]; y: real[d_{LAYERS}]; "
        + "; ".join(f"W_{k}: real[d_{k},d_{k - 1}]; b_{k}: real[d_{k}]" for k in range(1, LAYERS + 1)),
    ),
    "an attention block with layer normalisation by W_q": (
        "Q = X W_q; K = X W_k; V = X W_v; S = Q K^T/sqrt(d); A_i = softmax(S_i); O = A V W_o; U = X + O; "
        "mu_i = 1/d sum_j U_ij; v_i = 1/d sum_j (U_ij - mu_i)^2; "
        "Z_ij = gamma_j (U_ij - mu_i)/sqrt(v_i + 1/1000) + beta_j; L = 1/2 ||Z - T||_F^2",
        "W_q",
        "X: real[n,d]; W_q: real[d,d]; W_k: real[d,d]; W_v: real[d,d]; W_o: real[d,d]; gamma: real[d]; beta: real[d]; "
        "T: real[n,d]; i: index[n]; j: index[d]",
    ),
}
"""Bindings, by what, names."""


def milliseconds(function: Callable[[], Any]) -> float:
    """The best of a few runs: what the work costs when nothing else disturbs it."""
    times = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        function()
        times.append(time.perf_counter() - start)
    return min(times) * 1e3


def models() -> list[str]:
    return [
        name for base, definition in MODELS.items() for name in (base, *(f"{base}:{v}" for v in definition.variants))
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", metavar="FILE")
    args = parser.parse_args()
    start = time.perf_counter()
    import sympy  # noqa: F401  (the figures are beyond its import)

    print(f"importing SymPy: {(time.perf_counter() - start) * 1e3:.0f} ms")
    rows = [
        (milliseconds(lambda m=name, t=target: _derive(load(m), t)), name, target)
        for name in models()
        for target in load(name).targets
    ]
    times = [t for t, _, _ in rows]
    print(
        f"{len(rows)} targets: median {statistics.median(times):.1f} ms, all {sum(times) / 1e3:.1f} s, "
        f"slowest {max(times):.0f} ms"
    )
    for t, name, target in sorted(rows, reverse=True)[:10]:
        print(f"  {t:8.1f} ms  {name} {target}")
    networks = {
        name: milliseconds(lambda let=let, wrt=wrt, names=names: gradient(None, wrt, names, let=let, of="L"))
        for name, (let, wrt, names) in NETWORKS.items()
    }
    for name, t in networks.items():
        print(f"{name}: {t:.0f} ms")
    print(f"repeated `backproof derive batch_norm dL/dx`, whole process: {repeated():.0f} ms")
    beside = [(formula, *beside_sympy(formula, wrt, names, make)) for formula, wrt, names, make in SYMPY]
    for formula, ours, theirs in beside:
        print(f"{formula:16s} ours {ours:7.1f} ms (with steps, verified)   sympy {theirs:7.1f} ms")
    if args.json:
        with open(args.json, "w", encoding="utf-8") as out:
            json.dump(
                {
                    "targets": [{"model": m, "target": t, "ms": ms} for ms, m, t in rows],
                    "networks": networks,
                    "beside_sympy": beside,
                },
                out,
                indent=1,
            )


def repeated() -> float:
    """A whole process of `backproof derive` whose answer is in the cache, in milliseconds."""
    import os
    import subprocess
    import sys
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "checker", "derive", "batch_norm", "dL/dx"]

        def run() -> None:
            subprocess.run(command, check=True, capture_output=True, env={**os.environ, "BACKPROOF_CACHE": folder})

        run()
        return milliseconds(run)


def beside_sympy(formula: str, wrt: str, names: str, make: Callable[[Any], Any]) -> tuple[float, float]:
    """(ours, SymPy's) in milliseconds, SymPy's cache cleared before each run."""
    from types import SimpleNamespace

    import sympy
    from sympy.core.cache import clear_cache

    k = sympy.Symbol("k", integer=True, positive=True)
    symbols = {n: sympy.MatrixSymbol(n, k, k) for n in "AXB"} | {n: sympy.MatrixSymbol(n, k, 1) for n in "abx"}
    space = SimpleNamespace(**symbols, Trace=sympy.Trace, Determinant=sympy.Determinant)

    def theirs() -> None:
        clear_cache()
        make(space).diff(symbols[wrt])

    return milliseconds(lambda: gradient(formula, wrt, names)), milliseconds(theirs)


if __name__ == "__main__":
    main()
