r"""Names of a question's own functions that a document gives to others: `J(\theta) = …`, twice what the sheet calls
J."""

from __future__ import annotations

import re
from functools import lru_cache

from checker.answers.upto import up_to_verdict
from checker.documents.claims import Claim
from checker.documents.definitions import Definition, Definitions
from checker.documents.limits import closed
from derivations.atoms import forgets
from derivations.domains import Names
from derivations.formula import names_in
from derivations.notation import read
from derivations.notation.errors import ReadError
from derivations.notation.spelling import canonical

_NAME = re.compile(r"(?P<name>\\?[A-Za-z]+)\s*(?:\([^()]{1,40}\))?\Z")


def put_closed(claim: Claim, known: Definitions, names: Names, text: str) -> str:
    """A text with what a document supposes put in, and its limits and infinite sums in closed form."""
    return closed(known.put_in(claim.expanded(text)), names)


def redefined(definitions: Definitions, names: Names) -> frozenset[str]:
    """The scalar functions of a question of which a document says that they are something else, constants apart."""
    return frozenset(name for one in definitions.held if (name := _redefined(one, names)))


@lru_cache(maxsize=1024)
def _redefined(one: Definition, names: Names) -> str:
    found = _NAME.match(one.left)
    name = canonical(found["name"]) if found is not None else ""
    row = names.get(name)
    if row is None or row.role != "node" or row.sizes:
        return ""
    try:
        said, own = read(one.right, names), read(name, names)
    except ReadError:
        return name
    if not names_in(said.body):
        return ""  # its value
    if said.axes or said.free or said.shape_error is not None:
        return name
    return "" if up_to_verdict(said, own, names, "constant", _inputs(names)) is not None else name


def _inputs(names: Names) -> tuple[str, ...]:
    """The arrays that a function may be differentiated by."""
    return tuple(name for name, row in names.items() if row.role == "input" and row.sizes)


forgets(_redefined.cache_clear)
