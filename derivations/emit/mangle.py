"""Names for emitted code: one table, so that a declared name is the same identifier wherever it is printed.

λ → lambda_    ŷ → yhat    x' → x_prime    dL/dw → dL_dw    np → np_
"""

from __future__ import annotations

import builtins
import keyword
import re
import unicodedata
from types import MappingProxyType

_LETTERS = "αβγδεζηθικλμνξοπρστυφχψωΓΔΘΛΞΠΣΦΨΩςϵϕ"
_WORDS = (
    "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron pi rho sigma tau "
    "upsilon phi chi psi omega "
    "Gamma Delta Theta Lambda Xi Pi Sigma Phi Psi Omega sigma epsilon phi"
)
GREEK = MappingProxyType(dict(zip(_LETTERS, _WORDS.split(), strict=True)))
"""Greek letters by the names that people type."""

MARKS = MappingProxyType(
    {
        "\u0302": "hat",
        "\u0304": "bar",
        "\u0303": "tilde",
        "\u0307": "dot",
        "\u0308": "ddot",
        "'": "_prime",
        "′": "_prime",
        "*": "_star",
        "ℓ": "ell",
        "∂": "d",
        "∇": "grad",
    }
)
"""Accents and signs that become words."""

_OF_THE_FORM = frozenset({"np", "math", "dtype", "out", "workspace", "threads", "block", "rows"})

RESERVED = frozenset(keyword.kwlist) | frozenset(keyword.softkwlist) | frozenset(dir(builtins)) | _OF_THE_FORM
"""Identifiers that a name may not shadow."""


def identifier(name: str) -> str:
    """A valid ASCII identifier for a declared name, not yet unique. Never empty, never a keyword or builtin."""
    pieces = []
    for letter in unicodedata.normalize("NFD", name):
        if letter in MARKS:
            pieces.append(MARKS[letter])
        elif letter in GREEK:
            pieces.append(GREEK[letter])
        elif letter.isascii() and (letter.isalnum() or letter == "_"):
            pieces.append(letter)
        elif (
            unicodedata.decomposition(letter)
            and (plain := unicodedata.normalize("NFKD", letter)).isascii()
            and plain.isalnum()
        ):
            pieces.append(plain)
        else:
            pieces.append("_")
    text = re.sub(r"_{2,}", "_", "".join(pieces)).strip("_") or "x"
    if text[0].isdigit():
        text = "x" + text
    return text + "_" if text in RESERVED else text


class Scope:
    """The identifiers of one module: each declared name gets one, and no two names share one."""

    def __init__(self, taken: frozenset[str] = frozenset()):
        self._taken = set(taken)
        self._given: dict[tuple[str, str], str] = {}

    def of(self, name: str, role: str = "name") -> str:
        """The identifier of a declared name (or of a size: `role="size"`), the same at every call."""
        key = (role, name)
        if key not in self._given:
            self._given[key] = self.fresh(identifier(name))
        return self._given[key]

    def fresh(self, wish: str) -> str:
        """A new identifier, the wish itself where it is free."""
        text, k = wish, 2
        while text in self._taken or text in RESERVED:
            text, k = f"{wish}{'_' if wish[-1].isdigit() else ''}{k}", k + 1
        self._taken.add(text)
        return text
