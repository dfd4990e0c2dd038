r"""A loss of which a document gives derivatives only: what stands above the layer that it speaks of.

    y = \gamma \hat x + \beta,  \frac{\partial L}{\partial y_i} is given
    \frac{\partial L}{\partial \gamma} = \sum_i \frac{\partial L}{\partial y_i} \hat x_i

Whatever L is, at one point it is as good as \sum_i g_i y_i with g = ∂L/∂y: the chain rule asks for no more. What is
said of one of its derivatives alone, ∂L/∂y = y - t, says what L is, and is not judged.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from checker.answers.vocabulary import ancestors
from derivations.domains import DOMAINS, Declared, Names, parse_names
from derivations.formula import Bound, Elem, Formula, Index, mul
from derivations.notation.read.labels import label_of
from derivations.notation.spelling import parts

LETTERS = "ijklmnop"
_INSIDE = r"(?:[^{}]|\{[^{}]*\}){1,40}"
_DERIVATIVE = re.compile(
    rf"\\[dt]?frac\s*\{{\s*(?:\\partial|d(?![a-z])){_INSIDE}\}}\s*\{{\s*(?:\\partial|d(?![a-z])){_INSIDE}\}}"
    r"|\\nabla\s*_\s*(?:\{[^{}]{1,20}\}|\\?[A-Za-z]+)\s*\\?[A-Za-z]+"
)
_DRESS = re.compile(r"\\(?:mathcal|mathrm|text|ell)\s*\{\s*([A-Za-z])\s*\}")


def loss_above(name: str, texts: Sequence[str], names: Names) -> tuple[Declared, ...]:
    """The rows of a loss of which the formulas of a document say derivatives only, and of its gradient at the one name
    that all others lead to; none where it is more than that, or there are several."""
    by: set[str] = set()
    for text in texts:
        for label in _labels(text):
            of, _, wrt = label.partition("/d")
            if of == f"d{name}":
                spelled = parts(wrt)
                by.add(wrt if wrt in names else spelled.base + "".join(spelled.accents))
            elif of.startswith("d2") and of.endswith(name):
                return ()
        if _speaks_of(name, _DERIVATIVE.sub(" ", text)):
            return ()
    if not by or not by <= set(names):
        return ()
    last = [one for one in by if not any(one in ancestors(other, names) for other in by)]
    if len(last) != 1 or names[last[0]].role not in ("input", "node"):
        return ()
    above = f"d{name}/d{last[0]}"
    row = names[last[0]]
    shape = f"[{','.join(map(str, row.sizes))}]" if row.sizes else ""
    given = parse_names({above: f"real{shape}"})[above]
    at = tuple(Index(letter, size) for letter, size in zip(LETTERS, row.sizes, strict=False))
    product = mul(Elem(above, at), Elem(row.name, at))
    body = Bound("sum", at, product) if at else product
    return given, Declared(name, DOMAINS["real"], (), "node", definition=Formula(body, (), (), names.with_rows(given)))


def _labels(text: str) -> Iterator[str]:
    """The derivatives of a text, as `dL/dxhat`."""
    for found in _DERIVATIVE.finditer(text):
        label = label_of(found[0], Names())
        if label is not None:
            yield label.spelled


def _speaks_of(name: str, text: str) -> bool:
    """Whether a text says anything of a name but itself."""
    bare = _DRESS.sub(r"\1", text)
    return bare.strip(" .,") != name and re.search(rf"(?<![A-Za-z\\]){re.escape(name)}(?![A-Za-z])", bare) is not None
