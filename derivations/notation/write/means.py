"""Means that are kept, on a page: E_{e ~ N(0, 1)} of a body; a density that has a name, log N(z; m, s²), and its score,
∂ log N(z; m, s²)/∂m."""

from __future__ import annotations

from typing import TYPE_CHECKING

from derivations.densities import Written, as_written
from derivations.formula import TWO, Bound, Elem, Mul, Node, Pow, Tensor, call, map_up
from derivations.kept_means import density_beside, mean_in_letters
from derivations.laws.table import LAWS
from derivations.laws.written import JOINT, at
from derivations.notation.write.layout import Big, Compare, Fn, Lay, Partial, Range, Ref, Word
from derivations.notation.write.symbols import LAW

if TYPE_CHECKING:
    from derivations.notation.write.page import Page


def kept_mean(page: Page, node: Bound) -> Lay | None:
    """The arrangement of a mean over atoms; None for any other sum."""
    if page.names is None:
        return None
    if (beside := density_beside(node)) is not None and (known := as_written(beside[0], page.names)) is not None:
        drawn = Range("", "", True, Compare("~", Ref(_value(page, known)), _law(page, known)))
        return Big("mean", (drawn,), page.lay(beside[1]))
    found = mean_in_letters(node)
    if found is None:
        return None
    law, letters, body = found
    ranges = []
    for letter in letters:
        sizes = page.names[letter].sizes
        written = law.of_vectors.replace("I", f"I_{sizes[0]}") if sizes else law.written
        said = Word(written, written, written.replace("N", r"\mathcal{N}"))
        ranges.append(Range("", "", True, Compare("~", Ref(letter), said)))
    return Big("mean", tuple(ranges), page.lay(body))


def density(page: Page, elem: Elem) -> Lay | None:
    """log p(z), and ∂ log p(z)/∂θ, by the law; None for any other entry."""
    known = None if page.names is None else as_written(elem, page.names)
    if known is None:
        return None
    if known.law == "categorical":
        logarithm: Lay = _laid(page, call("log", at(known.parameters[0], known.value)))
    else:
        parameters = _parameters(page, known)
        inner = Fn(LAW + _name(known), (Ref(_value(page, known)), *parameters), held=len(parameters))
        logarithm = Fn("log", (inner,))
    return logarithm if known.by is None else Partial(logarithm, page.lay(known.by))


def _value(page: Page, known: Written) -> str:
    return known.letter or page.at((known.value,))[0]


def _name(known: Written) -> str:
    return LAWS["normal" if known.law == JOINT else known.law].spellings[0]


def _law(page: Page, known: Written) -> Lay:
    """The law as it is read back: of a categorical one its probabilities."""
    if known.law == "categorical":
        return _laid(page, known.parameters[0])
    return Fn(LAW + _name(known), _parameters(page, known))


def _laid(page: Page, node: Node) -> Lay:
    """The arrangement of a parameter, whose own indices the formula does not hold."""
    if isinstance(node, Tensor):  # σ ⊙ σ is read as a product: only as one does the array read back as itself
        node = Tensor(node.indices, map_up(node.body, _as_product))
    page.name_within(node)
    return page.lay(node)


def _as_product(node: Node) -> Node | None:
    return Mul((node.base, node.base)) if isinstance(node, Pow) and node.exponent == TWO else None


def _parameters(page: Page, known: Written) -> tuple[Lay, ...]:
    """The parameters; of a normal law with independent entries the variances are a diagonal matrix."""
    laid = tuple(_laid(page, p) for p in known.parameters)
    if known.law != "normal" or not isinstance(known.parameters[1], Tensor):
        return laid
    return laid[0], Fn("diag", laid[1:])
