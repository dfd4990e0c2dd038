r"""Marked text on a terminal: what authors write between $ signs, LaTeX, as Unicode.

    What is $\partial L/\partial \hat x_i$?      What is ∂L/∂x̂ᵢ?
    $y_i = e^{x_i} / \sum_k e^{x_k}$             yᵢ = e^(xᵢ) / ∑ₖ e^(xₖ)
    $x \in \mathbb R^K$, $\frac{a+b}{2}$         x ∈ ℝ^K, (a+b)/2

It is for people: nothing is read back from it. A command in no table is shown as its name. Text outside the $ signs is
left as it is. No SymPy, no NumPy.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from types import MappingProxyType

from checker.output import to_ascii
from derivations.notation.spelling import ACCENT_COMMANDS, ACCENTS, COMMANDS, GREEK, STYLES, SUBSCRIPTS, SUPERSCRIPTS

_MARKED = re.compile(r"\$\$?([^$]+)\$\$?")
_TOKENS = re.compile(r"\\[A-Za-z]+|\\.|\s+|.", re.DOTALL)
FUNCTION = "\x00"
"""Stands before and behind the name of a function until it is known what is beside it."""
DEEPEST = 40
"""Groups inside one another; what lies deeper is shown as it is typed."""

_BETWEEN: Mapping[str, str] = MappingProxyType({
    "in": "∈", "notin": "∉", "ne": "≠", "neq": "≠", "le": "≤", "leq": "≤", "ge": "≥", "geq": "≥", "approx": "≈",
    "propto": "∝", "equiv": "≡", "sim": "∼", "to": "→", "rightarrow": "→", "mapsto": "↦", "leftarrow": "←",
    "gets": "←", "Rightarrow": "⇒", "implies": "⇒", "iff": "⇔", "Leftrightarrow": "⇔", "cdot": "·", "times": "×",
    "odot": "⊙", "circ": "∘", "otimes": "⊗", "oplus": "⊕", "pm": "±", "mid": "|", "land": "∧", "lor": "∨",
    "subset": "⊂", "cup": "∪", "cap": "∩", "ll": "≪", "gg": "≫", "perp": "⊥", "coloneqq": ":=",
})  # fmt: skip
"""Signs that stand between two things, with a blank on either side."""

_SIGNS: Mapping[str, str] = MappingProxyType({
    "sum": "∑", "prod": "∏", "int": "∫", "partial": "∂", "nabla": "∇", "infty": "∞", "forall": "∀ ", "exists": "∃ ",
    "top": "⊤", "dots": "…", "ldots": "…", "cdots": "⋯", "vdots": "⋮", "prime": "′", "ell": "ℓ", "langle": "⟨",
    "rangle": "⟩", "lfloor": "⌊", "rfloor": "⌋", "lceil": "⌈", "rceil": "⌉", "|": "‖", "Vert": "‖", "lVert": "‖",
    "rVert": "‖", "vert": "|", "lvert": "|", "rvert": "|", "{": "{", "}": "}", "%": "%", "_": "_", "&": "&", "#": "#",
    ",": " ", ";": " ", ":": " ", " ": " ", "!": "", "quad": "  ", "qquad": "   ", "\\": "; ", "intercal": "ᵀ",
    "neg": "¬", "emptyset": "∅", "star": "*", "ast": "*", "left": "", "right": "", "big": "", "Big": "", "bigl": "",
    "bigr": "", "displaystyle": "", "textstyle": "", "limits": "", "colon": ":",
})  # fmt: skip
"""Other commands that are one sign, or only a matter of looks."""

_BOARD: Mapping[str, str] = MappingProxyType({
    "R": "ℝ", "N": "ℕ", "Z": "ℤ", "Q": "ℚ", "C": "ℂ", "P": "ℙ", "E": "𝔼", "1": "𝟙",
})  # fmt: skip
_FRACTIONS = frozenset(["frac", "tfrac", "dfrac", "cfrac"])
_LOW = {plain: char for char, plain in SUBSCRIPTS.items()} | {
    GREEK[plain]: char for char, plain in SUBSCRIPTS.items() if plain in GREEK
}
_HIGH = {plain: char for char, plain in SUPERSCRIPTS.items()} | {"⊤": "ᵀ", "′": "′", "*": "*", "-": "⁻"}


def as_shown(text: str, dressing: str = "unicode") -> str:
    """A text with the mathematics between its $ signs as a terminal can show it."""
    made = _MARKED.sub(lambda found: mathematics(found[1]), text)
    return to_ascii(made) if dressing == "ascii" else made


def mathematics(latex: str) -> str:
    """LaTeX as Unicode."""
    text = _Reader(_TOKENS.findall(latex)).rest(0)
    text = re.sub(
        rf"(?<=[^\W_]|\)){FUNCTION}(?=[^\W_])|{FUNCTION}{FUNCTION}|(?<=\w){FUNCTION}(?=[^\s()\[_^,;.])", " ", text
    )
    return re.sub(r"  +", " ", text.replace(FUNCTION, "")).strip()


class _Reader:
    """The tokens of a formula, read from left to right."""

    def __init__(self, tokens: list[str]):
        self.tokens, self.at = tokens, 0

    def rest(self, depth: int, until: str = "") -> str:
        """Everything up to the token that ends the group, or to the end."""
        out = ""
        while self.at < len(self.tokens):
            token = self.tokens[self.at]
            self.at += 1
            if token == until:
                return out
            out += self.one(token, depth)
        return out

    def one(self, token: str, depth: int) -> str:
        """What one token, with what belongs to it, looks like."""
        if token in "^_":
            return _raised(self.argument(depth), _HIGH if token == "^" else _LOW, token)
        if token == "{":
            return self.rest(depth + 1, "}") if depth < DEEPEST else "{"
        if token == "'":
            return "′"
        if token in "}~" or token.isspace():
            return " " if token != "}" else ""
        if not token.startswith("\\"):
            return " " if token == "&" else token
        return self.command(token[1:], depth)

    def command(self, name: str, depth: int) -> str:
        letter = COMMANDS.get(name, name)
        if letter in GREEK:
            return GREEK[letter]
        if name.isalpha() and self.at < len(self.tokens) and self.tokens[self.at].isspace():
            self.at += 1  # the blank only ends the name
        if name in _BETWEEN:
            return f" {_BETWEEN[name]} "
        if name in _SIGNS:
            return _SIGNS[name]
        build = _BUILT.get(name)
        if build is not None:
            return build(self, depth)
        if name in ACCENT_COMMANDS:
            return _accented(self.argument(depth), ACCENT_COMMANDS[name])
        if name in STYLES:
            return self.argument(depth)
        return f"{FUNCTION}{name}{FUNCTION}"

    def argument(self, depth: int) -> str:
        """The next group, command or character."""
        while self.at < len(self.tokens) and self.tokens[self.at].isspace():
            self.at += 1
        if self.at == len(self.tokens):
            return ""
        token = self.tokens[self.at]
        self.at += 1
        return self.one(token, depth).strip()

    def option(self, depth: int) -> str:
        """What stands in square brackets, where it does."""
        if self.at < len(self.tokens) and self.tokens[self.at] == "[":
            self.at += 1
            return self.rest(depth + 1, "]")
        return ""


def _fraction(reader: _Reader, depth: int) -> str:
    return f"{_together(reader.argument(depth))}/{_together(reader.argument(depth), below=True)}"


def _root(reader: _Reader, depth: int) -> str:
    which = {"": "√", "3": "∛", "4": "∜"}.get(degree := reader.option(depth), f"{degree}√")
    inner = reader.argument(depth)
    return which + (inner if len(_letters(inner)) == 1 else f"({inner})")


def _board(reader: _Reader, depth: int) -> str:
    inner = reader.argument(depth)
    return _BOARD.get(inner, inner)


def _environment(reader: _Reader, depth: int) -> str:
    """`\\begin{bmatrix} a & b \\\\ c \\end{bmatrix}`: its rows with semicolons between, in brackets."""
    reader.argument(depth)
    return "["


def _ended(reader: _Reader, depth: int) -> str:
    reader.argument(depth)
    return "]"


_BUILT: Mapping[str, Callable[[_Reader, int], str]] = MappingProxyType({
    **dict.fromkeys(_FRACTIONS, _fraction), "sqrt": _root, "mathbb": _board, "mathds": _board, "begin": _environment,
    "end": _ended,
})  # fmt: skip


def _together(text: str, below: bool = False) -> str:
    """A part of a quotient, in brackets where it is more than one thing; `below` a product is too."""
    if not below:
        return f"({text})" if re.search(r"[-+=]", text.lstrip("-")) else text
    one = len(_letters(text)) <= 1 or text.isdecimal() or (text.startswith("∂") and " " not in text)
    return text if one else f"({text})"


def _letters(text: str) -> str:
    """The characters of a name without its subscripts, superscripts and accents."""
    return "".join(c for c in text if c not in SUBSCRIPTS and c not in SUPERSCRIPTS and not unicodedata.combining(c))


def _raised(text: str, table: Mapping[str, str], sign: str) -> str:
    """A subscript or a superscript, by its own characters where all of them have one."""
    packed = text.replace(" ", "") if sign == "_" else text
    if packed and all(c in table for c in packed):
        return "".join(table[c] for c in packed)
    return f"{sign}{text}" if len(_letters(text)) <= 1 or (sign == "_" and text.isalpha()) else f"{sign}({text})"


def _accented(text: str, accent: str) -> str:
    if len(text) == 1:
        return unicodedata.normalize("NFC", text + ACCENTS[accent][1])
    return f"{accent}({text})"
