"""Under which names a claim is judged, and what else is known where it stands."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace

from checker.documents.densities import Factor
from checker.documents.left_sides import derivative_named, names_target
from checker.documents.spellings import PLAIN, Spellings
from derivations.domains import Declared, Names, parse_names
from derivations.evaluate.at_point import Point
from derivations.formula import Deriv, Elem, Formula, names_in
from derivations.frozen import frozen


@frozen
class Setting:
    """The names under which a claim is judged, the data at which its letters are numbers, if there are any, and what
    left sides that are no formulas mean: `w5'` of a trace, the quantity that is asked for."""

    names: Names
    point: Point | None = None
    called: tuple[tuple[str, Formula], ...] = ()
    spelled: Spellings = PLAIN
    """What its quantities are called in hand-ins."""
    densities: tuple[Factor, ...] = ()
    """What their joint density is made of."""
    otherwise: frozenset[str] = frozenset()
    """Names of its functions that the document gives to others: of their derivatives nothing is known here."""
    looked_for: frozenset[str] = frozenset()
    """What is looked for: what does not depend on it is a constant."""
    constants: frozenset[str] = frozenset()
    """Names of constants that the document adds: `+ C`."""
    claimed: bool = False
    """Whether what is said is a claim whatever its sides are: a limit gives no letter a value, and solves nothing."""
    laid_out: frozenset[str] = frozenset()
    """Arrays of which the document has shown that they lie as the sheet's do."""

    def knowing(self, letters: Mapping[str, str]) -> Setting:
        """With further letters and their domains, those that it does not have."""
        rows = parse_names({name: domain for name, domain in letters.items() if name not in self.names})
        return self.with_rows(rows.values())

    def adding(self, constants: Collection[str]) -> Setting:
        """With constants that are added; a letter that means something else here is none."""
        new = frozenset(constants) - frozenset(self.names)
        known = self.knowing(dict.fromkeys(sorted(new), "real"))
        return replace(known, constants=self.constants | new) if new else self

    def with_rows(self, rows: Iterable[Declared]) -> Setting:
        """With further names."""
        more = tuple(rows)
        return replace(self, names=self.names.with_rows(*more)) if more else self

    def meant(self, label: str) -> Formula | None:
        """What a left side stands for; None where that is not known."""
        known = next((formula for target, formula in self.called if names_target(label, target, self.names)), None)
        if known is not None:
            return known
        found = derivative_named(label, self.names)
        held = None if found is None else next((n for n in self.otherwise if _is_of(found, n)), None)
        return found if held is None else None


def _is_of(formula: Formula, name: str) -> bool:
    """Whether a derivative is that of a name."""
    body = formula.body
    if isinstance(body, Deriv):
        return name in names_in(body.of)
    return isinstance(body, Elem) and body.name.startswith(f"d{name}/d")
