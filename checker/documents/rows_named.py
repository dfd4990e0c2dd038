"""Names that a document gives to the rows of an array: `where $x_i$ is the $i$-th row of $X$`."""

from __future__ import annotations

import re
from collections.abc import Iterator

from checker.documents.context import Context
from checker.documents.declaring import NAME
from checker.documents.sentences import CLOSE, FORMULA, OPEN, Sentence
from derivations.formula import Elem, Formula, Index
from derivations.frozen import frozen
from derivations.notation.read.labels import Label
from derivations.notation.spelling import canonical, parts


@frozen
class Rows:
    """A name for the rows of an array, or for its columns, and the letter that they are counted by."""

    name: str
    letter: str
    array: str
    columns: bool


_ROWS = re.compile(
    rf"{OPEN}(?P<row>\d+){CLOSE}\s+(?:is|are|be|denotes?|for|being|as)?\s*the\s+(?:{FORMULA}[\s-]*(?:th)?\s+|\w-?th\s+)?"
    rf"(?P<kind>row|column)s?\s+of\s+{OPEN}(?P<of>\d+){CLOSE}"
    rf"|(?P<kinds>row|column)s\s+of\s+{OPEN}(?P<ofs>\d+){CLOSE}\s+(?:are|be)\s+{OPEN}(?P<rows>\d+){CLOSE}",
    re.IGNORECASE,
)
_TRANSPOSED = re.compile(r"\^\s*\{?\s*(?:\\top|\\intercal|\\mathsf\s*\{?T\}?|T)\s*\}?\s*\Z")


def rows_named(sentence: Sentence) -> Iterator[Rows]:
    """What a sentence calls the rows of an array."""
    for found in _ROWS.finditer(re.sub(r"[*_`~]+", " ", sentence.words)):
        row, array = (sentence.formulas[int(found[at] or found[f"{at}s"])].inside.strip() for at in ("row", "of"))
        spelled = parts(_TRANSPOSED.sub("", row)) if NAME.fullmatch(_TRANSPOSED.sub("", row)) else None
        below = (*spelled.labels, *spelled.subscripts) if spelled is not None else ()
        if spelled is not None and len(below) == 1 and NAME.fullmatch(array):
            name = spelled.base + "".join(spelled.accents)
            yield Rows(name, below[0].strip("()[]"), canonical(array), "column" in (found["kind"], found["kinds"]))


def take_rows(sentence: Sentence, context: Context) -> None:
    """Bind what a sentence calls the rows of an array; a name that is known stays what it is."""
    for said in rows_named(sentence):
        array = context.names.get(said.array)
        if said.name in context.names or array is None or len(array.sizes) != 2:
            continue
        i, j = (Index(letter, size) for letter, size in zip("ij", array.sizes, strict=True))
        axes = (j, i) if said.columns else (i, j)
        context.running = {**context.running, said.letter: str(axes[0].size)}
        told = f"{said.name} = {said.array}{'^T' if said.columns else ''}"
        rows = Formula(Elem(said.array, (i, j)), axes, (), context.names)
        context.bind(Label(said.name, said.name, ()), rows, sentence.formulas[0].place, told)
