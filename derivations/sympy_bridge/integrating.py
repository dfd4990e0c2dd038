"""Definite integrals by SymPy, in a process of its own that can be stopped: run as a program, it reads a pickled task
and writes the pickled result, None where SymPy finds none."""

from __future__ import annotations

import pickle
import subprocess
import sys
from typing import Any

import sympy

SECONDS = 20
MEMORY = 2 << 30
"""Bytes that the process may have."""


def integral(body: Any, variable: Any, low: Any, high: Any) -> Any | None:
    """∫ body d(variable) between two limits in closed form; None where there is none, or it takes too long."""
    task = pickle.dumps((body, variable, low, high))
    command = [sys.executable, "-P", "-m", "derivations.sympy_bridge.integrating"]
    try:
        done = subprocess.run(command, input=task, capture_output=True, timeout=SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    if done.returncode != 0:
        return None
    found = pickle.loads(done.stdout)
    if found is None or found.has(sympy.Integral, sympy.Piecewise, sympy.I, sympy.nan, sympy.oo, sympy.zoo):
        return None
    return found


def main() -> None:
    try:
        import resource  # late: Windows has none

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    except (ImportError, ValueError, OSError):
        pass
    body, variable, low, high = pickle.load(sys.stdin.buffer)
    try:
        found = sympy.simplify(sympy.integrate(body, (variable, low, high), conds="none"))
    except Exception:  # whatever SymPy trips over, there is no closed form
        found = None
    sys.stdout.buffer.write(pickle.dumps(found))


if __name__ == "__main__":
    main()
