r"""A plain letter for the name of a definition that the reader would take for something else: `D_{KL} = …`,
`h_\theta(x) = …`, the N of `N_k = …` where N is the length of an axis, the Γ of `Γ = …` beside the function Γ(z)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from string import ascii_uppercase

from derivations.domains import Names
from derivations.frozen import frozen
from derivations.notation.read.scope import Scope, scope_of
from derivations.notation.spelling import COMMANDS, GREEK, LETTERS, Spelled, canonical, parts
from derivations.notation.words import FUNCTIONS, PREFIXES

Said = tuple[str, str, str]
"""A definition: the name, the formula, the arguments behind the name."""
_APPLIED = r"(?=\s*(?:\\left|\\[bB]ig+l?)?\s*\()"


@frozen
class Plain:
    """Definitions in plain letters, the text in them, and what our letters are in the answer."""

    said: tuple[Said, ...]
    text: str
    theirs: tuple[tuple[str, str], ...] = ()

    def letter(self, scope: Scope) -> str | None:
        """A letter that stands nowhere."""
        written = self.text + "".join(left + right for left, right, _ in self.said) + "EIT"
        return next((c for c in ascii_uppercase if c not in scope.bases and c not in written), None)

    def with_letter(self, scope: Scope, there: re.Pattern[str], left: str) -> Plain:
        """Another letter wherever a name stands; the same where no letter is left."""
        letter = self.letter(scope)
        if letter is None or there.sub(letter, left) == left:
            return self

        def put(text: str) -> str:  # the letter never joins a word: `\\log\\pi_\\theta`
            return there.sub(lambda m: f" {letter}" if text[: m.start()][-1:].isalpha() else letter, text)

        said = tuple((put(a), put(b), of) for a, b, of in self.said)
        return Plain(said, put(self.text), (*self.theirs, (put(left), left)))


def in_plain_letters(said: Sequence[Said], text: str, names: Names) -> Plain:
    """The definitions, and the text that uses them, in letters that are read as the names that they are."""
    scope = scope_of(names)
    made = Plain(tuple(said), text)
    for left, right, of in said:
        square = SQUARE.search(left)
        spelled = parts(canonical(left[: square.start()] if square is not None else left))
        if square is not None:
            made = _of_a_square(made, scope, left, spelled)
        elif of and left.endswith("'") and canonical(left) not in scope.rows:
            made = _of_a_slope(made, scope, left)
        elif spelled.subscripts:
            there = _with_subscript(spelled, scope, said)
            made = made if there is None else made.with_letter(scope, there, left)
        elif not of and _is_a_function(spelled.canonical, scope):
            there = re.compile(letter_pattern(spelled.base))
            applied = re.compile(letter_pattern(spelled.base) + _APPLIED)
            if not any(applied.search(one) for one in (made.text, right)):
                made = made.with_letter(scope, there, left)
    return made


SQUARE = re.compile(r"(?:\^2|\^\{2\}|²|\^\+|\^\{\+\}|⁺|\^\\dagger|\^\{\\dagger\}|†)\Z")
"""What may be given of a name instead of it: its square, its pseudoinverse."""
_MARKS = (
    (frozenset("2²"), r"\s*(?:\^\s*2|\^\s*\{\s*2\s*\}|²)"),
    (frozenset("+⁺r†"), r"\s*(?:\^\s*(?:\+|\\dagger)|\^\s*\{\s*(?:\+|\\dagger)\s*\}|⁺|†)"),
)


def _of_a_square(made: Plain, scope: Scope, left: str, spelled: Spelled) -> Plain:
    """`σ_j^2 = …` says what the square is, wherever it stands; σ_j alone stays unknown."""
    mark = left.rstrip("}")[-1]
    behind = next(pattern for characters, pattern in _MARKS if mark in characters)
    under = r"(?P<below>\s*_\s*(?:\{\s*[A-Za-z,\s]+\}|[a-z]))" if spelled.subscripts else "(?P<below>)"
    there = re.compile(letter_pattern(spelled.base) + under + behind)
    letter = made.letter(scope)
    if letter is None or not there.search(made.text):
        return made

    def put(text: str) -> str:
        return there.sub(lambda m: f" {letter}{m['below']} ", text)

    said = tuple((put(a).strip(), put(b), of) for a, b, of in made.said)
    return Plain(said, put(made.text), (*made.theirs, (letter, left)))


def _of_a_slope(made: Plain, scope: Scope, left: str) -> Plain:
    """`f'(g) = …` of a node f, `g'(z) = …` of anything: a function of the answer's own, where it is applied."""
    there = re.compile(rf"(?<![A-Za-z\\\\]){re.escape(left)}(?=\s*\()")
    letter = made.letter(scope)
    if letter is None or not there.search(made.text):
        return made
    said = tuple((letter if a == left else a, there.sub(letter, b), c) for a, b, c in made.said)
    return Plain(said, there.sub(letter, made.text), (*made.theirs, (letter, left)))


def _is_a_function(name: str, scope: Scope) -> bool:
    return (name in FUNCTIONS or name in PREFIXES) and name not in scope.rows and name not in scope.sizes


def _with_subscript(spelled: Spelled, scope: Scope, said: Sequence[Said]) -> re.Pattern[str] | None:
    """Where a name with a word or a name of the question below it stands, or with an index where the letter is the
    length of an axis; None where it is read as it is."""
    below = "_".join(spelled.subscripts)
    indexed = all(letter in scope.indices for letter in below.replace("_", ""))
    counted = spelled.base in scope.sizes and spelled.base not in scope.rows
    counted = counted or any(canonical(other) == spelled.base for other, _, _ in said)
    counted = counted or _is_a_function(spelled.base, scope)
    if below.isdecimal() or (indexed and not counted) or spelled.canonical in scope.rows:
        return None
    if indexed:
        return re.compile(letter_pattern(spelled.base) + r"(?=\s*_)")
    inside = letter_pattern(below) if below in GREEK else re.escape(below)
    return re.compile(
        rf"{letter_pattern(spelled.base)}\s*_\s*(?:\{{\s*(?:\\[a-z]+\s*\{{)?\s*{inside}\s*\}}(?:\s*\}})?|{inside})"
    )


def letter_pattern(name: str, styled: bool = False) -> str:
    """A letter as a pattern, in every spelling; `styled` where a command for its style may stand before it."""
    if name not in GREEK:
        return re.escape(name) if styled else rf"(?<![A-Za-z\\]){re.escape(name)}"
    commands = "|".join(command for command, meant in COMMANDS.items() if meant == name)
    characters = "".join(char for char, meant in LETTERS.items() if meant == name)
    return rf"(?:\\(?:{commands})(?![A-Za-z])|(?<![A-Za-z\\]){name}(?![A-Za-z])|[{characters}])"
