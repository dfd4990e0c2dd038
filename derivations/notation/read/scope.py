"""The declarations of a question as the reader looks them up: by canonical spelling, once for each `Names`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from copy import copy
from dataclasses import replace
from difflib import get_close_matches

from derivations.densities import unsaid
from derivations.domains import Declared, Kept, Names, NamesError
from derivations.formula import HALF, Elem, Index, Pow, Size, names_in
from derivations.notation.spelling import ACCENTS, GREEK, canonical, kin, parts
from derivations.notation.words import FUNCTIONS, NEVER_RUN


def _root_of(row: Declared) -> str | None:
    """v where a row is sqrt(v), entry by entry."""
    body = None if row.definition is None else row.definition.body
    if not (isinstance(body, Pow) and body.exponent == HALF and isinstance(body.base, Elem)):
        return None
    return canonical(body.base.name) if body.base.at == (row.definition.axes or row.definition.free) else None  # type: ignore[union-attr]


class Scope:
    """Look-up tables over some `Names`.

    rows      declared names (inputs, nodes, functions) by canonical spelling; an array of indices has the axes that
              a text sees, without the one that its entries run over
    labels    the size that the entries of an array of indices run over, by its name
    bases     the letter under subscripts, labels and primes of every declared name
    plain     bases that are declared just so and in no longer form: no search is needed
    indices   declared indices by letter
    sizes     symbolic sizes by canonical spelling, unless a name shadows them
    adjoints  declared derivatives by canonical spelling: `dL/dv`
    short     `dv` for `dL/dv` where only one adjoint ends so
    below     node → the names that it is computed from, as they are asked for
    renamed   what a text may call a name as well → the name
    squares   a name that is declared as the root of another → the other: v of sigma = sqrt(v), so that dL/dsigma^2 is
              dL/dv
    """

    __slots__ = (
        "adjoints", "bases", "below", "indices", "labels", "names", "plain", "renamed", "rows", "short", "sizes",
        "squares", "words",
    )  # fmt: skip

    def __init__(self, names: Names):
        self.names = names
        self.below: dict[str, frozenset[str]] = {}
        self.rows: dict[str, Declared] = {}
        self.indices: dict[str, Index] = {}
        self.sizes: dict[str, str] = {}
        self.adjoints: dict[str, Declared] = {}
        self.bases: set[str] = set()
        self.labels: dict[str, Size] = {}
        for row in names.values():
            spelling = canonical(row.name)
            if row.labels:
                self.labels[row.name] = row.sizes[-1]
                row = replace(row, sizes=row.sizes[:-1])
            if row.role == "size" or unsaid(row.name):
                continue
            if row.role == "index" and row.index is not None:
                self.indices[spelling] = row.index
            elif "/" in spelling:
                if "/d" not in spelling:
                    raise NamesError(
                        f"{row.name[:60]} is no name: with a / it is the name of a derivative, as dL/dx", row.name
                    )
                self.adjoints[spelling] = row
            else:
                if spelling in self.rows:
                    raise NamesError(
                        f"{self.rows[spelling].name} and {row.name} are two spellings of one name", row.name
                    )
                self.rows[spelling] = row
        for size in names.sizes:
            spelling = canonical(size)
            if spelling not in self.rows:
                self.sizes[spelling] = size
        longer: set[str] = set()
        for spelling, row in [*self.rows.items(), *((s, None) for s in self.sizes)]:
            base = _base(spelling)
            self.bases.add(base)
            if base != spelling:
                longer.add(base)
                whole = self.rows.get(base)
                below = spelling[len(base) + 1 :].rstrip("'")
                if row is not None and whole is not None and whole.sizes and below in self.indices:
                    raise NamesError(
                        f"{whole.name} has axes, {below} is an index and {row.name} is declared as well: {row.name} "
                        "would be two things",
                        row.name,
                    )
        for row in [r for r in names.values() if not r.labels]:
            called = (row.latex, *row.also) if row.role not in ("size", "index") else ()
            for alias in (canonical(name) for name in called if name):
                if alias not in self.rows and alias not in self.adjoints and alias not in self.sizes:
                    if "/" in alias:
                        self.adjoints[alias] = row
                    else:
                        self.rows[alias] = row
                        self.bases.add(_base(alias))
                        if _base(alias) != alias:
                            longer.add(_base(alias))
        self.renamed = {canonical(a): canonical(row.name) for row in names.values() for a in row.also if "/" not in a}
        self.squares = {spelling: of for spelling, row in self.rows.items() if (of := _root_of(row)) is not None}
        self.plain = self.bases - longer
        endings: dict[str, list[Declared]] = {}
        for spelling, row in self.adjoints.items():
            endings.setdefault("d" + spelling.split("/d", 1)[1], []).append(row)
        self.short = {short: rows[0] for short, rows in endings.items() if len(rows) == 1}
        self.words = [*self.rows, *self.indices, *self.sizes, *self.adjoints]

    def with_row(self, spelling: str, row: Declared) -> Scope:
        """These tables with one more name, or another in its place: the variable that an E binds."""
        made = copy(self)
        made.rows = {**self.rows, spelling: row}
        made.bases = self.bases | {spelling}
        made.plain = self.plain | ({spelling} - self.bases)
        made.indices = {letter: index for letter, index in self.indices.items() if letter != spelling}
        made.sizes = {name: size for name, size in self.sizes.items() if name != spelling}
        return made

    def target(self, spelled: str) -> str:
        """A target in the names of the question, where the text has other names for them: dL/dr_i for dL/de_i."""
        if not self.renamed:
            return spelled
        sides = spelled[1:].split("/d")
        said = [(side, _base(side)) for side in sides]
        return "d" + "/d".join(self.renamed.get(base, base) + side[len(base) :] for side, base in said)

    def meant(self, word: str) -> str | None:
        """The one declared letter that an undeclared one can stand for: x for X, λ for lam; None where there is none,
        or more than one."""
        if word in self.bases or word in self.sizes or word in self.indices:
            return None
        found = [
            other
            for other in kin(word)
            if other in self.bases and getattr(self.rows.get(other), "role", "input") != "function"
        ]
        return found[0] if len(found) == 1 else None

    def rows_of(self, row: Declared, size: object) -> Declared | None:
        """The matrix in the other case that has a vector as its rows, `size` of them: the X of x_i beside an x."""
        if len(row.sizes) != 1 or size in row.sizes or not (len(row.name) == 1 and row.name.islower()):
            return None
        other = self.rows.get(row.name.upper())
        return other if other is not None and other.sizes == (size, *row.sizes) else None

    def shown(self, spelling: str) -> str:
        """A declared name as its author wrote it; the letter of several (W of W1 and W2) as it is."""
        return self.rows[spelling].name if spelling in self.rows else self.sizes.get(spelling, spelling)

    def computed_from(self, name: str) -> frozenset[str]:
        """All names that a node is computed from."""
        found = self.below.get(name)
        if found is None:
            row = self.names.get(name)
            direct = frozenset() if row is None or row.definition is None else names_in(row.definition.body)
            found = self.below[name] = direct.union(*(self.computed_from(n) for n in direct))
        return found

    def spells(self, word: str) -> bool | None:
        """Whether letters are mathematics: a declared name, a function, a Greek letter, an adjoint; None where they may
        be several names run together."""
        if word in FUNCTIONS or word in GREEK or self.meant(word) is not None:
            return True
        if word[:1] == "d" and (word in self.short or word[1:] in self.bases):
            return True
        return self.declares(word)

    def declares(self, word: str) -> bool | None:
        """Whether letters are a declared name as they stand; None where they may be several names run together."""
        if word in self.rows or word in self.bases or word in self.indices or word in self.sizes:
            return True
        ends = {0}
        if word in NEVER_RUN:
            return False
        for at in range(min(len(word), 30)):
            if at in ends:
                ends |= {
                    end
                    for end in range(at + 1, len(word) + 1)
                    if (piece := word[at:end]) in self.rows
                    or piece in self.bases
                    or piece in self.sizes
                    or piece in self.indices
                }
        return None if len(word) in ends else False

    def is_label(self, name: str) -> bool:
        """Whether a name is one label, `y: index[K] of []`."""
        row = self.rows.get(name)
        return row is not None and row.labels and not row.sizes

    def letters(self, word: str, bound: Mapping[str, int]) -> list[str]:
        """A run in a subscript as index letters: ij is i and j; a known word or Greek name is one."""
        if len(word) == 1 or word in GREEK or word in self.indices or word in self.sizes or bound.get(word):
            return [word]
        if word in self.rows and self.rows[word].labels:
            return [word]
        out: list[str] = []
        for char in word:
            if char == "'" and out:
                out[-1] += "'"
            else:
                out.append(char)
        return out

    def nearest(self, word: str) -> tuple[str, ...]:
        """Declared names that look like a word, at most three."""
        pool = {w: self._shown(w) for w in self.words}
        lower = word.lower().replace("_", "")
        found = [w for w in pool if w.lower().replace("_", "") == lower] or get_close_matches(word[:60], pool, 3, 0.5)
        if not found:
            bare = _without_accent(word)
            found = [w for w in pool if _without_accent(w) == bare]
        return tuple(pool[w] for w in found[:3])

    def known(self) -> str:
        """The declared names and sizes, as a list for people."""
        names = ", ".join([r.name for r in self.rows.values()][:12]) or "none"
        return f"one of the declared names: {names}" + (
            f"; sizes: {', '.join(list(self.sizes.values())[:6])}" if self.sizes else ""
        )

    def _shown(self, spelling: str) -> str:
        row = self.rows.get(spelling) or self.adjoints.get(spelling)
        return row.name if row is not None else spelling


_USUAL = re.compile(r"(?!not\Z)[A-Za-z]+(?:_[A-Za-z0-9]+)*'*\Z")
"""Spellings that can be written in a formula, by their looks."""


def _without_accent(word: str) -> str:
    """`yhat_i` → `y`."""
    base = word.split("_", 1)[0]
    return next((base.removesuffix(a) for a in ACCENTS if base.endswith(a) and base != a), base)


def _base(spelling: str) -> str:
    found = parts(spelling)
    return found.base + "".join(found.accents)


_SCOPES: Kept[tuple[()], Scope] = Kept()


def scope_of(names: Names) -> Scope:
    """The tables of some names, made once and kept with them."""
    table = _SCOPES.under(names)
    found = table.get(())
    if found is None:
        found = Scope(names)
        odd = [row for spelling, row in found.rows.items() if not _USUAL.match(spelling)]
        if odd:
            from derivations.notation.read.grammar.names import reads_as  # it stands on scopes itself

            for row in odd:
                if not any(reads_as(text, row, found) for text in (row.name, canonical(row.name))):
                    raise NamesError(
                        (
                            f"{row.name[:60]} cannot be used as a name: no formula can speak of it; write "
                            "letters, with letters and digits below"
                        ),
                        row.name,
                    )
        table[()] = found
    return found
