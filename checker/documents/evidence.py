"""What the formulas of a whole document show of its letters: which are more than numbers, which are ends of sums, how
far an index runs, and which arrays are only written by their entries."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from derivations.domains import Names
from derivations.notation.spelling import canonical


class Evidence:
    """What the formulas of one document show."""

    def __init__(self, texts: Sequence[str]):
        self.texts = tuple(texts)
        self.arrays: set[str] = set()
        self.listed: dict[str, set[tuple[str, ...]]] = {}
        """Names with letters below them, and these."""
        self.lefts: set[str] = set()
        """Names of which a left side speaks entry by entry."""
        self.ends: set[str] = set()
        self.runs: dict[str, set[str]] = {}
        """Indices of sums, and how far they run."""
        for text in texts:
            for found in _AS_ARRAY.finditer(text):
                self.arrays |= {canonical(g) for g in found.groups() if g}
            self.lefts |= {canonical(found["name"]) for found in _AS_LEFT.finditer(text) if found["below"]}
            for found in _AS_LIST.finditer(text):
                self.listed.setdefault(canonical(found["name"]), set()).add(tuple(re.findall(r"[a-z]", found["below"])))
            for found in _AS_END.finditer(text):
                self.ends.add(found["end"])
                self.runs.setdefault(found["letter"], set()).add(found["end"])

    def running(self) -> dict[str, str]:
        """The indices that run to one end wherever a sum tells."""
        return {letter: next(iter(ends)) for letter, ends in self.runs.items() if len(ends) == 1}

    def entries(self, name: str) -> tuple[str, ...]:
        """The sizes of an array of which only entries are written, and the sums say how far each index of them runs."""
        known = self.running()
        sizes = {tuple(known.get(letter, "") for letter in letters) for letters in self.listed.get(name, ())}
        told = {row for row in sizes if "" not in row}
        if name in self.arrays or len({len(row) for row in sizes}) != 1 or len(told) != 1:
            return ()
        return next(iter(told))

    def is_number(self, name: str) -> bool:
        """Whether a letter is one, small, and used as nothing but a number."""
        return (
            ((len(name) == 1 and name.islower()) or name in GREEK)
            and name not in self.arrays
            and (name not in self.listed or name in GREEK)
            and name not in _LETTERS_OF_INDICES
        )


GREEK = frozenset(
    [
        "alpha",
        "beta",
        "gamma",
        "delta",
        "epsilon",
        "eta",
        "kappa",
        "lambda",
        "mu",
        "nu",
        "rho",
        "tau",
        "phi",
        "psi",
        "omega",
        "sigma",
        "theta",
        "xi",
        "zeta",
    ]
)
_LETTERS_OF_INDICES = frozenset("ijkl")
_L = r"(\\?[A-Za-z]+)"
_AS_ARRAY = re.compile(
    rf"{_L}\s*\^\s*\{{?\s*(?:\\top|\\intercal|\\mathsf\{{T\}}|T|\\T)(?![A-Za-z])"
    rf"|\^\s*\{{?\s*(?:\\top|T)(?![A-Za-z])\s*\}}?\s*{_L}"
    rf"|\\(?:mathbf|boldsymbol|bm|vec)\s*\{{?\s*{_L}"
    rf"|{_L}\s*_\s*(?:\{{[^{{}}]{{1,12}}\}}|\w)\s*\^\s*\{{?\s*(?:\\top|\\intercal|T)(?![A-Za-z])"
    rf"|{_L}\s*(?:\\in|∈)\s*(?:\\mathbb\s*\{{?R\}}?|ℝ)\s*\^"
    rf"|\\(?:left)?\s*(?:\\\||\\[lr]?Vert|‖)\s*{_L}"
    rf"|\\(?:nabla|∇)_\s*\{{?{_L}"
)
_AS_LEFT = re.compile(
    r"(?:\A|[,;&.]|\\\\|\\q?quad|\n)\s*(?P<name>\\?[A-Za-z]+)(?P<below>\s*_\s*(?:\{[^{}]{1,12}\}|[a-z]))?\s*&?\s*:?="
)
_AS_LIST = re.compile(
    r"(?P<name>\\?[A-Za-z]+)\s*_\s*(?:\{\s*)?(?P<below>[a-z](?:\s*,?\s*[a-z])*)"
    r"(?:\s*\}|(?<=_[a-z])|(?<=_ [a-z]))(?![A-Za-z])"
)
_AS_END = re.compile(
    r"\\(?:sum|prod)(?:\\limits)?\s*_\s*\{\s*(?P<letter>[a-z])\s*=[^{}]*\}\s*\^\s*\{?\s*(?P<end>[A-Za-z])(?![A-Za-z])"
)


def lefts_of(texts: Iterable[str]) -> frozenset[str]:
    """The names that are left sides, alone or with what stands below them."""
    return frozenset(canonical(found["name"]) for text in texts for found in _AS_LEFT.finditer(text))


def beside_arrays(text: str, names: Names) -> bool:
    """Whether an array stands in a text that is more than its entries."""
    words = set(_LETTERS.findall(_ENTRY.sub(" ", text)))
    return any(
        row.sizes and row.role in ("input", "node") and (name in words or "\\" + name in words)
        for name, row in names.items()
    )


_ENTRY = re.compile(
    r"(?:\\(?:hat|bar|tilde|widehat|widetilde)\s*)?\{?\s*\\?[A-Za-z]+\s*\}?\s*_\s*(?:\{\s*[a-z](?:\s*,?\s*[a-z])*\s*\}|[a-z])(?!\s*\^\s*\{?\s*(?:T|\\top))"
)
_LETTERS = re.compile(r"\\?[A-Za-z]+")
