"""What a document says of its names, as it is shown, and as it is put in the place of a name."""

from __future__ import annotations

from typing import Literal

from checker.documents.scan import Place
from derivations.domains import Declared
from derivations.frozen import frozen

How = Literal["declared", "inferred", "defined", "given"]

Key = tuple[Place, str]
"""Where a definition is made, and its name."""


@frozen
class Known:
    """Something that the document says of a name, as a person may check it: `X: real[n,d]`, `p = sigmoid(z)`."""

    name: str
    said: str
    how: How
    place: Place | None

    def to_json(self) -> dict[str, object]:
        line = self.place.line if self.place is not None else None
        return {"name": self.name, "declaration": self.said, "how": self.how, "line": line}


@frozen
class Binding:
    """A name that stands for a formula from a place on, as `row` says; `letters` are those of its axes, where it was
    defined entry by entry."""

    place: Place
    row: Declared
    said: str
    letters: tuple[str, ...] = ()

    @property
    def key(self) -> Key:
        return self.place, self.row.name
