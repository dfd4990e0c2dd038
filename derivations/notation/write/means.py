"""Means that are kept, on a page: E_{e ~ N(0, 1)} of a body."""

from __future__ import annotations

from typing import TYPE_CHECKING

from derivations.formula import Bound
from derivations.kept_means import mean_in_letters
from derivations.notation.write.layout import Big, Compare, Lay, Range, Ref, Word

if TYPE_CHECKING:
    from derivations.notation.write.page import Page


def kept_mean(page: Page, node: Bound) -> Lay | None:
    """The arrangement of a mean over atoms; None for any other sum."""
    found = mean_in_letters(node)
    if found is None or page.names is None:
        return None
    law, letters, body = found
    drawn = []
    for letter in letters:
        sizes = page.names[letter].sizes
        written = law.of_vectors.replace("I", f"I_{sizes[0]}") if sizes else law.written
        said = Word(written, written, written.replace("N", r"\mathcal{N}"))
        drawn.append(Range("", "", True, Compare("~", Ref(letter), said)))
    return Big("mean", tuple(drawn), page.lay(body))
