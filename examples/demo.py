"""`make demo`: ten worked answers judged, one derivation as LaTeX, one derived NumPy function called."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from checker.__main__ import main
from derivations.functions import batch_norm_dx

HERE = Path(__file__).resolve().parent


def run(*argv: str) -> int:
    print(f"$ backproof {' '.join(argv)}\n")
    code = main(list(argv))
    print()
    return code


judged = run(
    "check",
    "--answers",
    str((HERE / "answers.toml").relative_to(Path.cwd()))
    if HERE.is_relative_to(Path.cwd())
    else str(HERE / "answers.toml"),
)
derived = run("derive", "softmax", "dL/dx", "--latex")

print(">>> from derivations.functions import batch_norm_dx")
rng = np.random.default_rng(0)
x, gamma, upstream = rng.normal(size=(8, 3)), rng.normal(size=3), rng.normal(size=(8, 3))
dx = batch_norm_dx(x=x, gamma=gamma, dL_dy=upstream)
print(
    f"batch_norm_dx(x, gamma, dL_dy) has the shape {dx.shape}; over the batch it sums to "
    f"{np.abs(dx.sum(axis=0)).max():.1g}"
)

print("\nThe same in the browser, for one person or a class: pip install 'backproof[web]', then backproof serve")

# Wrong answers are what the file is there to show (1); anything else is a fault of ours.
sys.exit(0 if judged == 1 and derived == 0 and np.allclose(dx.sum(axis=0), 0) else 1)
