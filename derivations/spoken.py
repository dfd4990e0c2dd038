"""What a step says, for each dressing: names, between backticks, as they are spelled there."""

from __future__ import annotations

import re
from collections.abc import Mapping

from derivations.notation import spelling
from derivations.notation.write import Dressing

_LATEX_TEXT: Mapping[str, str] = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "&": r"\&",
    "%": r"\%",
    "#": r"\#",
    "_": r"\_",
    "^": r"\^{}",
    "~": r"\~{}",
}
_SYMBOLS: Mapping[str, str] = {
    "δ": r"$\delta$",
    "Σ": r"$\Sigma$",
    "≠": r"$\neq$",
    "∂": r"$\partial$",
    "λ": r"$\lambda$",
    "σ": r"$\sigma$",
    "≥": r"$\geq$",
    "≤": r"$\leq$",
    "·": r"$\cdot$",
    "⁻¹": r"$^{-1}$",
    "²": r"$^{2}$",
    "|": r"$\vert$",
    "→": r"$\to$",
    "ᵀ": r"$^\top$",
}


def spoken(text: str, dressing: Dressing) -> str:
    """What a step says, its names (between backticks) spelled for the dressing; for LaTeX as \\text{…} with the names
    in mathematics."""
    if dressing != "latex":
        spell = spelling.unicode if dressing == "unicode" else spelling.ascii
        parts = text.split("`")
        return "".join((_derivative_name(p, dressing) or spell(p)) if k % 2 else p for k, p in enumerate(parts))
    return f"\\text{{{words(text)}}}" if text else ""


def words(text: str) -> str:
    """What a step says as LaTeX among words."""
    return "".join(f"${p}$" if is_name else latex_text(p) for is_name, p in named(text))


def named(text: str) -> list[tuple[bool, str]]:
    """What a step says in pieces: words as they are, names (between backticks) in LaTeX, each with whether it is a
    name."""
    return [(k % 2 == 1, _latex_name(p) if k % 2 else p) for k, p in enumerate(text.split("`"))]


def marked(text: str) -> str:
    """What a step says, its names as LaTeX between $ signs; mathematics that stands so already is left as it is."""
    parts = text.split("`")
    return "".join(f"${_latex_name(p)}$" if k % 2 else p for k, p in enumerate(parts))


_HIGHER = re.compile(r"d(?P<order>[2-9])(?P<top>[^/]+)/d(?P<below>.+)\Z")


def _derivative_name(name: str, dressing: Dressing) -> str:
    """`d2L/dw2` as it is written in a dressing; empty for what is no higher derivative."""
    found = _HIGHER.match(name)
    if found is None:
        return ""
    order, top, below = found["order"], found["top"], found["below"].removesuffix(found["order"])
    if dressing == "ascii":
        return name
    mixed = below == found["below"]
    if dressing == "unicode":
        raised = {"2": "²", "3": "³", "4": "⁴"}.get(order, f"^{order}")
        under = (
            "∂" + "∂".join(map(spelling.unicode, below.split("d"))) if mixed else f"∂{spelling.unicode(below)}{raised}"
        )
        return f"∂{raised}{spelling.unicode(top)}/{under}"
    under = (
        r"\partial " + r"\,\partial ".join(map(spelling.latex, below.split("d")))
        if mixed
        else rf"\partial {spelling.latex(below)}^{{{order}}}"
    )
    return rf"\partial^{{{order}}} {spelling.latex(top)}/{under}"


def _latex_name(name: str) -> str:
    if _HIGHER.match(name):
        return _derivative_name(name, "latex")
    above, slash, below = name.partition("/")
    if not slash:
        return spelling.latex(name)
    return rf"\partial {spelling.latex(above[1:])}/\partial {spelling.latex(below[1:])}"


def latex_text(text: str) -> str:
    """Plain text inside \\text{…}, every special character escaped."""
    return "".join(_LATEX_TEXT.get(c) or _SYMBOLS.get(c) or c for c in re.findall("⁻¹|.", text, re.DOTALL))
