"""Examples that are the rows of a matrix: x_i beside x and X."""

from __future__ import annotations

from derivations.domains import Declared
from derivations.notation.read.meaning.context import Meaning
from derivations.notation.read.meaning.values import find
from derivations.notation.read.surface import Indexed


def one_of_rows(meaning: Meaning, row: Declared, t: Indexed) -> Declared | None:
    """X for x_i, where i is no index of the vector x and X has such vectors as its rows, one for each i."""
    item = t.items[0]
    letters = meaning.scope.letters(item.text, meaning.letters) if item.kind == "word" else []
    found = meaning.index_of(item.text if item.text in meaning.env else letters[0]) if letters else None
    size = find(meaning.ends.get(found, found.size)) if found is not None else None
    other = meaning.scope.rows_of(row, size)
    if other is not None and found is not None:
        name = meaning.text[t.base.start : t.base.end]
        meaning.note("letter", f"{name} with the index {found.name} was read as {other.name}, whose rows they are", t)
    return other
