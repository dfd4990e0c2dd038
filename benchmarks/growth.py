"""How emitted code grows: `python benchmarks/growth.py [--model NAME] [--seconds 0.005] [--json FILE]`.

For a gradient of every model, and the losses of `numpy_formulas`, each size in turn is doubled while the others stay,
until a call takes long enough to be measured and the last doublings agree. Beside the measured exponent log2 t(2n)/t(n)
stands the counted one, which is the power of that size in the operations of the program (`derivations.emit.cost`);
tests/test_cost.py holds it equal to the best that is known by hand. BLAS gets faster with larger matrices, and what
falls out of a cache slower: a measured exponent is off by 0.3 either way.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"):
    os.environ[variable] = "1"
HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

START, MOST = 32, 2**24
"""The length that every size begins with, and the entries of the largest argument."""


def programs() -> Iterator[tuple[str, Any]]:
    """The derivations whose code is measured, with what they are called."""
    from numpy_formulas import FORMULAS

    from derivations import derive
    from derivations.models import MODELS, load
    from derivations.pipeline import posed

    for model in MODELS:
        target = next((t for t in load(model).targets if t.startswith("d")), load(model).targets[0])
        yield f"{model} {target}", derive(model, target)
    for name, target in (
        ("gp", "df/dl"), ("gaussian", "df/dS"), ("logistic", "d2f/dw2"), ("logistic", "d2f/dw2 along v"),
        ("factorisation", "df/dU"), ("infonce", "df/du"), ("softmax", "df/dW"),
    ):  # fmt: skip
        yield f"{name} {target}", derive(posed(*FORMULAS[name])[0], target)


def arguments(derivation: Any, lengths: Mapping[str, int]) -> dict[str, Any]:
    """Numbers that fit the declarations, at sizes that are too large to be drawn exactly."""
    import numpy as np

    from derivations.emit.mangle import identifier

    rng, given = np.random.default_rng(0), {}
    for row in derivation.names.inputs():
        shape = tuple(s if isinstance(s, int) else lengths[s] for s in row.sizes)
        domain = row.domain
        if domain.structure == "posdef":
            value = np.eye(shape[0]) * 2 + 1 / shape[0]
        elif domain.structure == "onehot":
            value = np.zeros(shape)
            np.put_along_axis(value, rng.integers(0, shape[-1], (*shape[:-1], 1)), 1, axis=-1)
        elif domain.structure == "simplex":
            value = np.full(shape, 1 / shape[-1])
        elif domain.values:
            value = rng.choice(np.array(domain.values, float), shape)
        elif domain.name == "probability":
            value = rng.uniform(0.1, 0.9, shape)
        elif domain.low is not None:
            value = rng.uniform(0.5, 1.5, shape)
        else:
            value = rng.normal(size=shape) / max(1, shape[-1] if shape else 1) ** 0.5
        given[identifier(row.name)] = value
    return given


def growth(derivation: Any, seconds: float) -> dict[str, tuple[float, int]]:
    """Each size: the measured exponent and the counted one."""
    import inspect

    from derivations.emit.choose import chosen
    from derivations.emit.cost import exponent, operations

    counted = operations(chosen({"out": derivation.result}, derivation.names).arrays.values())
    sizes = sorted({s for letters in counted for s in letters})
    function = derivation.numpy()
    wanted = inspect.signature(function).parameters

    def timed(lengths: Mapping[str, int]) -> float:
        given = {**lengths, **arguments(derivation, lengths)}
        return best_of(lambda: function(**{k: v for k, v in given.items() if k in wanted}))

    found = {}
    for size in sizes:
        base = dict.fromkeys((s for row in derivation.names.inputs() for s in row.sizes if isinstance(s, str)), START)
        lengths = {**base, **dict.fromkeys(sizes, START)}
        times = [timed(lengths)]
        while times[-1] < 4 * seconds or len(times) < 3:
            lengths = {**lengths, size: 2 * lengths[size]}
            if max(_entries(row.sizes, lengths) for row in derivation.names.inputs()) > MOST:
                break
            times.append(timed(lengths))
        found[size] = (_slope(times), exponent(counted, size))
    return found


def _entries(sizes: tuple[Any, ...], lengths: Mapping[str, int]) -> int:
    entries = 1
    for s in sizes:
        entries *= s if isinstance(s, int) else lengths[s]
    return entries


def _slope(times: list[float]) -> float:
    """log2 of the growth at one of the last two doublings, on the average of both."""
    import math

    return math.log2(times[-1] / times[-3]) / 2


def best_of(run: Callable[[], Any], least: int = 3, budget: float = 0.1) -> float:
    """The least processor time of several calls, on one thread: who else uses the machine counts little."""
    run()
    times: list[float] = []
    end = time.perf_counter() + budget
    while len(times) < least or (time.perf_counter() < end and len(times) < 200):
        start = time.thread_time()
        run()
        times.append(time.thread_time() - start)
    return min(times)


def main() -> int:
    parser = argparse.ArgumentParser(description="How emitted code grows with each size.")
    parser.add_argument("--model", help="only rows whose name contains this")
    parser.add_argument("--seconds", type=float, default=0.005, help="how long the calls take that count")
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    options = parser.parse_args()
    rows = {}
    for name, derivation in programs():
        if options.model and options.model not in name:
            continue
        rows[name] = growth(derivation, options.seconds)
        shown = "   ".join(f"{s}: {measured:.1f} ({best})" for s, (measured, best) in rows[name].items())
        print(f"{name:40s} {shown}", flush=True)
    if options.json:
        options.json.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
