"""Lines of emitted code beside hand-written code: `python benchmarks/code_length.py`.

For every case of `numpy_speed`: the function that `backproof code` or `gradient --numpy` prints, the same with the
helpers that it carries, and the clear form by hand with what it calls. Docstrings, blank lines and comments do not
count, nor does the check of shapes, which the hand-written forms do without; imports do not either.
"""

from __future__ import annotations

import ast
import inspect
import statistics
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

import numpy_by_hand  # noqa: E402
import numpy_formulas  # noqa: E402
from numpy_speed import CASES, Case  # noqa: E402


def length(function: ast.FunctionDef) -> int:
    """The statements of a function as lines, its head among them."""
    body = [node for node in function.body if not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))]
    if body and isinstance(body[0], ast.If) and isinstance(body[0].body[0], ast.Raise):
        body = body[1:]
    return 1 + sum(ast.unparse(node).count("\n") + 1 for node in body)


def functions(text: str) -> list[ast.FunctionDef]:
    return [node for node in ast.parse(text).body if isinstance(node, ast.FunctionDef)]


def source(case: Case) -> str:
    """The module that is printed for a case."""
    from derivations import gradient
    from derivations.functions import together
    from derivations.pipeline import posed

    (model, first), *_ = case.results
    if case.typed and model in numpy_formulas.FORMULAS:
        return together(posed(*numpy_formulas.FORMULAS[model])[0], [target for _, target in case.results])
    if model == "gradient":
        return gradient(first, "Z", "Z: real[m,K]; T: onehot[m,K]").source()
    return together(model, [target for _, target in case.results])


def by_hand(clear: Callable[..., Any]) -> int:
    """The lines of a hand-written function and of those of its module that it calls."""
    known = {f.name: f for f in functions(inspect.getsource(inspect.getmodule(clear)))}  # type: ignore[arg-type]
    wanted, queue = set(), [clear.__name__]
    while queue:
        name = queue.pop()
        if name in known and name not in wanted:
            wanted.add(name)
            queue += [node.id for node in ast.walk(known[name]) if isinstance(node, ast.Name)]
    return sum(length(known[name]) for name in wanted)


def rows() -> list[tuple[str, int, int, int]]:
    """(case, lines of the function, with its helpers, by hand)."""
    hand = {name: clear for module in (numpy_by_hand, numpy_formulas) for name, _, clear, *_ in module.cases()}
    found = []
    for case in CASES:
        if case.name in hand:
            *carried, last = functions(source(case))
            own = length(last)
            found.append((case.name, own, own + sum(map(length, carried)), by_hand(hand[case.name])))
    return found


def main() -> None:
    table = rows()
    print(f"{'':40s} function  with helpers  by hand   ratio")
    for name, own, whole, hand in table:
        print(f"{name:40s} {own:8d} {whole:13d} {hand:8d} {own / hand:7.2f}")
    print(f"median: function / by hand {statistics.median(own / hand for _, own, _, hand in table):.2f}, ", end="")
    print(f"with helpers {statistics.median(whole / hand for _, _, whole, hand in table):.2f}")


if __name__ == "__main__":
    main()
