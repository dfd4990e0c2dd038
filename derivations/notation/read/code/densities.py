"""Densities of scipy.stats and torch.distributions, written out: `norm.logpdf(x, loc=mu, scale=sigma)`,
`Normal(mu, sigma).log_prob(x)`.

They go entry by entry, as all of NumPy does. Sources: the documentation of scipy.stats and torch.distributions.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from derivations.frozen import frozen
from derivations.notation.errors import ReadError
from derivations.notation.read.code.pieces import Called, again, between_commas, bracketed, called, closing, inner
from derivations.notation.read.token import Token

Taken = Callable[[str], bool | None]
Respell = Callable[[list[Token]], list[Token]]


@frozen
class Density:
    """A law by its names in SciPy and PyTorch: its parameters with what they are where left out ("" where they must
    be given), its log density, and its distribution function."""

    names: tuple[str, ...]
    parameters: tuple[tuple[str, str], ...]
    log: str
    below: str = ""


TABLE = (
    Density(
        ("norm",), (("loc", "0"), ("scale", "1")),
        "- square ( x - loc ) / ( 2 * square ( scale ) ) - log ( scale ) - log ( 2 * pi ) / 2",
        "normcdf ( ( x - loc ) / scale )",
    ),
    Density(
        ("Normal",), (("loc", ""), ("scale", "")),
        "- square ( x - loc ) / ( 2 * square ( scale ) ) - log ( scale ) - log ( 2 * pi ) / 2",
        "normcdf ( ( x - loc ) / scale )",
    ),
    Density(("bernoulli",), (("p", ""),), "x * log ( p ) + ( 1 - x ) * log ( 1 - p )"),
    Density(("Bernoulli",), (("probs", ""),), "x * log ( probs ) + ( 1 - x ) * log ( 1 - probs )"),
    Density(("poisson",), (("mu", ""),), "x * log ( mu ) - mu - lgamma ( x + 1 )"),
    Density(("Poisson",), (("rate", ""),), "x * log ( rate ) - rate - lgamma ( x + 1 )"),
    Density(
        ("laplace",), (("loc", "0"), ("scale", "1")), "- abs ( x - loc ) / scale - log ( 2 * scale )",
    ),
    Density(("Laplace",), (("loc", ""), ("scale", "")), "- abs ( x - loc ) / scale - log ( 2 * scale )"),
)  # fmt: skip
"""Laws whose density is one formula at every value that they take."""

BY_NAME: Mapping[str, Density] = MappingProxyType({name: row for row in TABLE for name in row.names})
METHODS: Mapping[str, str] = MappingProxyType({
    "logpdf": "log", "logpmf": "log", "log_prob": "log", "pdf": "exp", "pmf": "exp", "cdf": "below",
})  # fmt: skip
_MODULES = frozenset(["scipy", "stats", "torch", "distributions", "dist", "st", "sps", "ss", "D", "td"])


def density(tokens: list[Token], k: int, out: list[Token], taken: Taken, respelled: Respell) -> int | None:
    """The tokens of a density; None where none begins."""
    at = k
    while (
        at + 2 < len(tokens)
        and tokens[at].value in _MODULES
        and [tokens[at + 1].kind, tokens[at + 2].kind] == [".", "word"]
    ):
        at += 2
    token, row = tokens[k], BY_NAME.get(tokens[at].value)
    if row is None or token.kind != "word" or (at == k and taken(token.value) is True):
        return None
    given: list[list[Token]] = []
    behind = at + 1
    frozen_at = closing(tokens, behind)
    if frozen_at is not None:  # norm(mu, sigma).logpdf(x)
        given, behind = list(between_commas(tokens[behind + 1 : frozen_at])), frozen_at + 1
    method, bracket = _method(tokens, behind)
    end = None if method is None else closing(tokens, bracket)
    if method is None or end is None:
        return None
    call = Called(tokens[at].value, token.start, tokens[bracket - 1].end, tokens[end].end)
    first, *others = list(between_commas(tokens[bracket + 1 : end])) or [[]]
    if not first or (frozen_at is not None and others):
        raise _refused(call, row)
    letters = _parameters(call, row, others if frozen_at is None else given)
    values = {name: respelled(value) for name, value in {**letters, "x": first}.items()}
    text = row.below if METHODS[method] == "below" else row.log
    if not text:
        return None
    made = _written(call, text, values)
    out += called("exp", call, [made]) if METHODS[method] == "exp" else bracketed(call, made)
    return end + 1


def _method(tokens: list[Token], k: int) -> tuple[str | None, int]:
    """The method behind a position, and where its bracket opens."""
    if k + 2 >= len(tokens) or tokens[k].kind != ".":
        return None, k
    for length in (1, 3):  # log_prob is three tokens
        name = "".join(t.value for t in tokens[k + 1 : k + 1 + length])
        if name in METHODS and k + 1 + length < len(tokens):
            return name, k + 1 + length
    return None, k


def _parameters(call: Called, row: Density, given: list[list[Token]]) -> dict[str, list[Token]]:
    """Every parameter with its tokens, by its place or its name."""
    found: dict[str, list[Token]] = {}
    names = [name for name, _ in row.parameters]
    for place, argument in enumerate(given):
        named = len(argument) > 2 and argument[1].kind == "rel" and argument[1].value == "="
        name = argument[0].value if named else names[place] if place < len(names) else ""
        if name not in names or name in found:
            raise _refused(call, row)
        found[name] = argument[2:] if named else argument
    for name, usual in row.parameters:
        if name not in found and not usual:
            raise _refused(call, row)
        found.setdefault(name, [Token("num", usual, call.named, call.named)])
    return found


def _refused(call: Called, row: Density) -> ReadError:
    names = ", ".join(name for name, _ in row.parameters)
    return ReadError(
        f"a density of {call.name} is read with its values and {names}", (call.start, call.named),
        "the density as a formula", tag="operation",
    )  # fmt: skip


def _written(call: Called, text: str, values: Mapping[str, list[Token]]) -> list[Token]:
    """A formula of the table with its letters put in."""
    made: list[Token] = []
    for piece in text.split():
        if piece in values:
            made += inner(again(values[piece]))
        else:
            kind = "num" if piece.isdigit() else "word" if piece.isalpha() else piece
            made.append(Token(kind, piece, call.start, call.named, True))
    return made
