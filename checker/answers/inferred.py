r"""Domains by the letters used, for pairs that come without declarations. Only what is evident is inferred:

    x, \theta, \hat y, x_1, k_B       real numbers
    \sum_{i=1}^n x_i                  i runs from 1 to n, n is a size, x: real[n]
    u_i v_{ij}                        entries: i: index[n]; j: index[m]; u: real[n]; v: real[n,m]

Whatever could be read in two ways is asked about: a run of letters that may be a product or one name, what may be a
function of its brackets, E and i, signs that only arrays have. Capital letters that are multiplied may be matrices:
such a pair is equal only if it is so under either reading.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Literal

from checker.answers.forms import form_of, leaves, signed
from derivations.domains import NamesError, parse_names
from derivations.formula import Formula, left_to_do
from derivations.frozen import frozen
from derivations.notation import ReadError, read
from derivations.notation.read.fences import unfenced
from derivations.notation.read.macros import expanded
from derivations.notation.read.token import Token
from derivations.notation.read.tokens import tokenize
from derivations.notation.spelling import ACCENTS, GREEK, INDICES, OF_THEIR_OWN

Side = Literal["student", "truth"]

MOST = 40
"""Names of one pair that are inferred."""

_SIZES = ("n", "m", "d", "K", "p", "q", "N", "M", "D", "r", "s", "t")
"""Letters for sizes that no text names."""

_ARRAYS = re.compile(
    r"(?P<transpose>\^\s*\{?\s*(?:\\top|\\intercal|⊤|\\mathsf\s*\{?\s*T|\\mathrm\s*\{?\s*T)|ᵀ|\.T\b)"
    r"|(?P<bold>\\(?:mathbf|boldsymbol|bm|bf|vec)(?![A-Za-z]))"
    r"|(?P<norm>\\\||\|\||‖|\\l?Vert(?![A-Za-z]))"
    r"|(?P<product>@|⊙|⊗|\\(?:odot|otimes|circ)(?![A-Za-z]))"
    r"|(?P<operation>\\(?:nabla|det|mathbb)(?![A-Za-z])|∇|(?<![A-Za-z])(?:tr|Tr|det|diag|inv|vec|kron)(?![A-Za-z])"
    r"|\b(?:np|numpy|jnp|torch)\.(?:dot|sum|mean|outer|matmul|einsum|linalg|trace|kron|ravel|flatten)\b"
    r"|\.(?:ravel|flatten|reshape)(?=\())"
)
"""Signs that only arrays have, by what they are."""

_UNKNOWN = re.compile(r"(?P<name>\S+) is not declared")
_FUNCTIONS = frozenset("fghFGHPQ")
"""Letters that are functions at least as often as numbers where brackets stand behind them."""


class NotInferred(ValueError):
    """What the letters alone do not say; `side` is the text, `span` the place, `expected` what to write."""

    def __init__(self, side: Side, message: str, span: tuple[int, int] = (0, 0), expected: str = ""):
        super().__init__(message)
        self.side: Side = side
        self.span = span
        self.expected = expected or 'names that are declared, "x: real; A: real[n,d]"'


@frozen
class Inferred:
    """The declarations of a pair. `either` are those under which capital letters are matrices."""

    declared: Mapping[str, str]
    either: tuple[Mapping[str, str], ...] = ()

    @property
    def shown(self) -> str:
        return "; ".join(f"{name}: {domain}" for name, domain in self.declared.items())


def inferred(truth: str, student: str) -> Inferred:
    """The declarations that the letters of a pair say. Raises `NotInferred`, and `ReadError` nowhere: what cannot be
    read for another reason is left to whoever reads it."""
    sides: dict[Side, str] = {"truth": truth, "student": student}
    tokens: dict[Side, list[Token]] = {}
    for side, text in sides.items():
        if (found := _ARRAYS.search(text)) is not None:
            sign = found[0] if found.lastgroup != "operation" else f"{found[0]} is an operation on arrays; it"
            message = f"{sign} says that letters are arrays, and not of which shape: declare the names"
            raise NotInferred(side, message, found.span())
        try:
            tokens[side] = tokenize(unfenced(expanded(text)[0])[0], lambda _: None)
        except ReadError:
            tokens[side] = []
    axes = _Axes(tokens.values())
    declared = dict(axes.declared)
    for side, text in sides.items():
        for piece in _pieces(text):
            _names_of(side, piece, axes, declared)
    for side in sides:
        _ask_about_letters(side, tokens[side], declared)
    return Inferred(declared, _as_matrices(declared))


# ---------------------------------------------------------------- indices


class _Axes:
    """The indices of a pair: which letters run over what, and which names have them below."""

    def __init__(self, texts: Iterable[list[Token]]):
        self.ends: dict[str, str | None] = {}
        """Letters bound by a sum or a product, and where they end."""
        self.below: dict[str, list[tuple[str, ...]]] = {}
        """Letters → the letters below them, once for each place."""
        self.used: set[str] = set()
        self.texts: list[list[Token]] = list(texts)
        for tokens in self.texts:
            self.used |= {t.value for t in tokens if t.kind == "word"}
            for k, token in enumerate(tokens):
                if token.kind in ("sum", "prod") or (token.kind == "word" and token.value in ("sum", "prod")):
                    self._bound(tokens, k)
        self._same: dict[str, str] = {}
        for tokens in self.texts:
            for k, token in enumerate(tokens[:-1]):
                if token.kind == "word" and tokens[k + 1].kind == "_" and token.value not in ("sum", "prod"):
                    self._entry(token.value, _group(tokens, k + 2))
        self.declared = self._declared()

    def _bound(self, tokens: list[Token], k: int) -> None:
        if tokens[k + 1].kind != "_":
            return
        inside = _group(tokens, k + 2)
        letter = inside[0].value if inside and inside[0].kind == "word" else ""
        if len(letter) != 1:
            return
        behind = k + 3 if tokens[k + 2].mate < 0 else tokens[k + 2].mate + 1
        end = _group(tokens, behind + 1) if tokens[behind].kind == "^" else []
        size = end[0].value if len(end) == 1 and end[0].kind == "word" else None
        if self.ends.get(letter) is None:
            self.ends[letter] = size

    def _entry(self, base: str, inside: list[Token]) -> None:
        letters = [c for t in inside if t.kind == "word" for c in (t.value if _are_indices(t.value, self) else [])]
        if letters and all(t.kind in ("word", ",") for t in inside):
            self.below.setdefault(base, []).append(tuple(letters))

    def _root(self, key: str) -> str:
        while key in self._same:
            key = self._same[key]
        return key

    def _declared(self) -> dict[str, str]:
        """Sizes, indices and arrays. An axis and the letters on it have one size."""
        letters = {c for places in self.below.values() for place in places for c in place} | set(self.ends)
        for base, places in self.below.items():
            for place in places:
                for axis, letter in enumerate(place):
                    one, other = self._root(f"{base}[{axis}]"), self._root(letter)
                    if one != other:
                        self._same[one] = other
        said = {self._root(c): end for c, end in self.ends.items() if end is not None}
        free = iter([s for s in _SIZES if s not in self.used])
        sizes: dict[str, str] = {}
        for letter in sorted(letters):
            root = self._root(letter)
            if root not in sizes:
                sizes[root] = said.get(root) or next(free, "")
        declared = dict.fromkeys(sorted({e for e in self.ends.values() if e is not None}), "size")
        declared |= {c: f"index[{sizes[self._root(c)]}]" for c in sorted(letters - set(self.ends))}
        for base, places in sorted(self.below.items()):
            if len({len(place) for place in places}) == 1:
                axes = [sizes[self._root(f"{base}[{axis}]")] for axis in range(len(places[0]))]
                declared[base] = f"real[{','.join(axes)}]"
        return {name: domain for name, domain in declared.items() if "[]" not in domain and ",]" not in domain}


def _are_indices(word: str, axes: _Axes) -> bool:
    """Whether a word below a name is indices: letters that a sum binds, or i, j, k, l."""
    return all(c in axes.ends or c in INDICES for c in word)


def _group(tokens: list[Token], k: int) -> list[Token]:
    """What stands in the braces that open at a place, or the one token there."""
    if k >= len(tokens):
        return []
    return tokens[k + 1 : tokens[k].mate] if tokens[k].kind in ("{", "(") and tokens[k].mate > k else [tokens[k]]


# ---------------------------------------------------------------- names


def _pieces(text: str) -> list[str]:
    """The formulas of a text: of a relation its sides, of a set its values."""
    try:
        form = form_of(text) if signed(text) else None
        return [text] if form is None else leaves(form)
    except ReadError:
        return [text]


def _names_of(side: Side, text: str, axes: _Axes, declared: dict[str, str]) -> None:
    """Declare what the reader does not know, one name after the other."""
    for _ in range(MOST):
        try:
            found = read(text, parse_names(declared))
        except ReadError as error:
            if error.tag == "relation" and "=" in text:
                for piece in text.split("="):
                    _names_of(side, piece, axes, declared)
                return
            unknown = _UNKNOWN.match(error.message) if error.tag == "unknown-name" else None
            if unknown is None:
                return
            new = dict(_meant(side, unknown["name"], text, error))
            if not new.keys() - declared.keys():
                return
            declared.update(new)
        except NamesError as error:
            raise NotInferred(side, f"{error}: declare the names") from error
        else:
            _ask_about_reading(side, found)
            return
    raise NotInferred(side, f"more than {MOST} names")


def _meant(side: Side, name: str, text: str, error: ReadError) -> Iterator[tuple[str, str]]:
    """A name that is not declared, or the letters of a run."""
    base, _, below = name.partition("_")
    written = error.text[error.span[0] : error.span[1]] or name
    rest = error.text[error.span[1] :].lstrip(" ")
    plain = base
    for accent in ACCENTS:
        plain = plain.removesuffix(accent) if plain != accent else plain
    if below and not below.isdigit() and any(c in INDICES for c in below):
        raise NotInferred(side, f"what {name} is cannot be told from its letters: declare it", error.span)
    if name == "i":
        raise NotInferred(side, "i may be an index, a number, or the imaginary unit: declare it", error.span)
    if rest.startswith(("^{(", "'")):
        raise NotInferred(side, f"what stands above {name} may be a power or a label: declare it", error.span)
    if not below and rest.startswith("_") and (found := re.match(r"_\s*(?:\{\s*(\w+)\s*\}|(\w))", rest)):
        yield f"{base}_{found[1] or found[2]}", "real"
        return
    if len(plain) == 1 or plain in GREEK or plain == "ell" or "\\" in written or below:
        yield name, "real"
        return
    if re.match(r"d[A-Za-z]\Z", base):
        raise NotInferred(side, f"{base} may be a differential: declare the names", error.span)
    latex, code = re.search(r"\\[A-Za-z]|\$", text) is not None, "*" in text
    if latex == code or not base.isalpha():
        spaced = " ".join(base)
        message = f"{base} may be the product {spaced}, or one name: declare the names"
        raise NotInferred(side, message, error.span, f"{spaced}, or names that are declared")
    yield from [(base, "real")] if code else [(c, "real") for c in base]


def _ask_about_reading(side: Side, formula: Formula) -> None:
    """What was read and means something else where letters are arrays or functions."""
    if left_to_do(formula):
        raise NotInferred(side, "it holds a derivative, and the letters do not say of what: declare the names")
    if any(n.tag == "scalar-transpose" for n in formula.notes):
        raise NotInferred(side, "a transpose says that letters are arrays, and not of which shape: declare the names")


def _ask_about_letters(side: Side, tokens: list[Token], declared: Mapping[str, str]) -> None:
    """Letters that may be something else: E beside e, a function of its brackets."""
    for k, token in enumerate(tokens[:-1]):
        if token.kind != "word":
            continue
        span = token.start, token.end
        if token.value in ("E", "I") and token.value not in declared:
            raise NotInferred(side, f"{token.value} may be a name, or a constant: declare it", span)
        after = tokens[k + 1]
        if after.kind not in ("(", "[") or after.mate < 0 or declared.get(token.value) is None:
            continue
        inside = tokens[k + 2 : after.mate]
        alone = all(t.kind in ("word", ",", ";", "|", "_", "num") for t in inside)
        if not after.space and (alone or token.value in _FUNCTIONS) and any(t.kind == "word" for t in inside):
            message = f"{token.value}(…) may be a product, or a function of what stands in the brackets: declare it"
            raise NotInferred(side, message, span, f"{token.value} * (…) for the product")


# ---------------------------------------------------------------- capitals


def _as_matrices(declared: Mapping[str, str]) -> tuple[Mapping[str, str], ...]:
    """The other readings of a pair with capital letters beside other names: matrices and numbers, matrices and
    vectors."""
    plain = [name for name, domain in declared.items() if domain == "real"]
    capitals = {n for n in plain if len(n) == 1 and n.isupper()} - OF_THEIR_OWN
    if not capitals or len(plain) < 2:
        return ()
    size = next((s for s in _SIZES if s not in declared), "z")
    matrices = {**declared, **dict.fromkeys(capitals, f"real[{size},{size}]")}
    small = [n for n in plain if len(n) == 1 and n.islower()]
    return matrices, {**matrices, **dict.fromkeys(small, f"real[{size}]")}
