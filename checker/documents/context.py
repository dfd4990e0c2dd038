r"""What a document has declared so far: names with their domains, what they are bound to, values, the case.

A document that goes on declares more. Names of a section that is over may still be read; one of them on a left side is
what the new section defines. What is not declared is taken as evident in three places only, and told: an index below
an array (its range is that of the axis), the end of a sum (a size), a letter of formulas that hold nothing but numbers
(a real number).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from copy import copy
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from checker.answers.given import point_of
from checker.answers.links import Link
from checker.documents.declaring import Declaration
from checker.documents.evidence import GREEK, Evidence, beside_arrays
from checker.documents.known import Binding, How, Key, Known
from checker.documents.scan import Place
from checker.documents.upstream import loss_above
from derivations.domains import DOMAINS, SQUARE, Declared, Names, NamesError, parse_names, show_domain, sizes_of_square
from derivations.evaluate.at_point import Point
from derivations.formula import Formula, Index, names_in, reindex
from derivations.notation.errors import ReadError
from derivations.notation.read.labels import Label, label_of
from derivations.notation.spelling import canonical, parts
from derivations.notation.words import FUNCTIONS

NOT_MENDED: Mapping[Key, Declared] = MappingProxyType({})

_OF_AN_EXERCISE = (
    "names", "values", "applied", "guessed", "lost", "indices", "described", "upstream", "depths", "stale", "unsized",
)  # fmt: skip
"""What an exercise adds to, and the next one does not know."""

MOST_INFERRED = 8
"""Letters of one statement that may be taken as evident."""


class Context:
    """The names of a document up to a place. `mended` are definitions that count in place of those that it makes, by
    where they are made and their name."""

    def __init__(self, names: Names, evidence: Evidence, mended: Mapping[Key, Declared] = NOT_MENDED):
        self.names = names
        self.evidence = evidence
        self.mended = mended
        self.bindings: list[Binding] = []
        self.outright = frozenset(names)
        """Names that the caller or the document declares outright: nothing that is read in words changes them."""
        self.known: list[Known] = []
        self.values: dict[str, str] = {}
        self.applied: dict[str, str] = {}
        """Names that were introduced with arguments, `J(\\theta)`, and these."""
        self.guessed: set[str] = set()
        """Letters whose domain is inferred."""
        self.lost: dict[str, Place] = {}
        """Names that the document defines in a way that was not understood, and where."""
        self.indices: dict[tuple[str, str], Declared] = {}
        """Index letters that were inferred, by their size: one is the same in every statement."""
        self.awaited: frozenset[str] = frozenset()
        """Names on left sides of the sentence that is read: these it may yet define."""
        self.described: dict[str, str] = {}
        """Names of which words say a property that is not used: `a unit vector u`."""
        self.unsized: dict[str, str] = {}
        """The domains of names of which no size is said: `a one-hot vector y`."""
        self.upstream: dict[str, str] = {}
        """Losses of which derivatives alone are given, each with the name of its gradient at the last name."""
        self.supposed: list[tuple[frozenset[str], int]] = []
        """The names of each equation that a section supposes, and its line."""
        self.running = evidence.running()
        self.case = ""
        self.depths: dict[str, int] = {}
        self.stale: set[str] = set()
        self.depth = 0
        self.setting: dict[str, Any] | None = None
        """What was known before the first exercise."""

    # ---------------------------------------------------------------- sections

    def exercise(self, evidence: Evidence) -> None:
        """An exercise begins: its letters are its own but for those of the setting before the first one."""
        if self.setting is None:
            self.setting = {name: copy(getattr(self, name)) for name in _OF_AN_EXERCISE}
        for name, value in self.setting.items():
            setattr(self, name, copy(value))
        self.evidence, self.running = evidence, evidence.running()

    def section(self, level: int, setting: bool) -> None:
        """A heading of a level begins; `setting`: its names are those of the whole document."""
        self.stale |= {name for name, depth in self.depths.items() if depth >= level}
        if "e" in self.stale and "e" not in self.outright:
            self.names = self.names.without("e")  # powers of e are those of the number again
        self.depth = 0 if setting else level
        self.case = ""
        self.supposed = []

    def told(self, name: str, said: str, how: How, place: Place | None) -> None:
        self.known.append(Known(name, said, how, place))
        self.lost.pop(name, None)
        self.depths[name] = self.depth
        self.stale.discard(name)

    # ---------------------------------------------------------------- declarations

    def declare(self, said: Declaration) -> str:
        """Take a declaration; the reason where it cannot be one."""
        spelled = parts(said.name)
        array = self.names.get(spelled.base + "".join(spelled.accents))
        if spelled.subscripts and array is not None and array.sizes and said.name not in self.names:
            rows = said.domain in ("onehot", "simplex")  # is said of each row
            below = "".join(spelled.subscripts)
            if len(below) not in (len(array.sizes), len(array.sizes) - rows) or not below.isalpha():
                return ""
            said = replace(said, name=array.name, refines=True)  # σ_j > 0 is said of every entry
        if self.is_product(said.name):
            return ""
        if said.name in self.outright or not re.fullmatch(r"[^\W\d_]\w*'*", said.name):
            return ""
        row = self.names.get(said.name)
        if row is not None and not said.sure:
            return ""
        domain = said.domain
        if row is not None and row.role == "node" and said.name not in self.stale:
            return ""
        if row is not None and row.role == "input" and row.sizes and "[" not in domain:
            shape = sizes_of_square(row) if domain in SQUARE else row.sizes
            domain = f"{domain}[{','.join(map(str, shape))}]"
        elif row is not None and row.role in ("index", "size") and said.refines:
            return ""
        elif row is None and said.refines and domain in (*SQUARE, "orthonormal", "onehot", "simplex"):
            self.unsized[said.name] = domain
            return f"of what size is {said.name}?"
        try:
            made = parse_names({said.name: domain})[said.name]
        except NamesError as error:
            return str(error)
        if row is not None and show_domain(made) == show_domain(row):
            self.stale.discard(said.name)
            return ""
        if said.name in self.names.sizes and made.role != "size":
            return f"{said.name} is a size"
        try:
            self.put(made)
        except NamesError as error:
            return str(error)
        self.values.pop(said.name, None)
        self.guessed.discard(said.name)
        self.told(said.name, said.show() if domain == said.domain else f"{said.name}: {domain}", "declared", said.place)
        return ""

    def put(self, row: Declared) -> None:
        """A name with its new row, behind all others; nodes that rest on an old one of the name are gone."""
        gone = {row.name}
        old = self.names.get(row.name)
        if old is not None and old.sizes == row.sizes and old.role == row.role == "input":
            self.names = self.names.with_rows(row)
            return
        for other in self.names.values():
            if other.definition is not None and names_in(other.definition.body) & gone:
                gone.add(other.name)
        self.names = self.names.without(*gone).with_rows(row)
        for name in gone - {row.name}:
            self.depths.pop(name, None)

    def is_product(self, name: str) -> bool:
        """Whether a word is several known names side by side: `BC`."""
        return len(name) > 1 and name not in self.names and all(letter in self.names for letter in name)

    def used(self, name: str) -> bool:
        """Whether something is defined by a name."""
        return any(
            row.definition is not None and row.name != name and name in names_in(row.definition.body)
            for row in self.names.values()
        )

    def bind(self, label: Label, formula: Formula, place: Place, said: str, arguments: str = "") -> str:
        """A name stands for a formula from here on; the reason where it cannot."""
        spelled = parts(label.spelled)
        letters = label.indices if all(self._index(formula, g) is not None for g in label.indices) else ()
        name = label.spelled if not letters else spelled.base + "".join(spelled.accents)
        if label.indices and not letters:
            return f"nothing says what {', '.join(label.indices)} runs over"
        if name in self.outright or not re.fullmatch(r"[^\W\d_]\w*", name):
            return f"{name} is no name that a formula can be given"
        if name in self.names.sizes:
            return f"{name} is a size"
        slots = [i for g in letters if (i := self._index(formula, g)) is not None]
        loose = [i.name for i in formula.free if i not in slots]
        if loose:
            return f"{', '.join(loose)} stands on the right side only"
        if formula.joint:
            return f"the entries of {name} run over pairs of indices"
        if letters and formula.axes:
            return f"an entry of {name} is set equal to an array"
        if name in names_in(formula.body):
            return f"{name} stands on both sides"
        axes = tuple(slots) if letters else formula.axes
        fresh = tuple(i.fresh() for i in axes)
        body = reindex(formula.body, dict(zip(axes, fresh, strict=True)))
        kept = fresh if letters else tuple(i for i in fresh if i.size != 1)
        row = self.names.get(name)
        domain = DOMAINS["real"]
        if row is not None and row.role == "input" and row.sizes != tuple(i.size for i in kept):
            shown = ["×".join(map(str, sizes)) or "a number" for sizes in (row.sizes, tuple(i.size for i in kept))]
            return f"{name} is declared as {shown[0]}, and this is {shown[1]}"
        definition = replace(formula, body=body, axes=kept, free=(), names=self.names.without(name))
        made = Declared(name, domain, tuple(i.size for i in kept), "node", definition=definition)
        made = self.mended.get((place, name), made)
        try:
            self.put(made)
        except NamesError as error:
            return str(error)
        self.bindings.append(Binding(place, made, said, letters))
        self.values.pop(name, None)
        if arguments:
            self.applied[name] = arguments
        else:
            self.applied.pop(name, None)
        self.told(name, said, "defined", place)
        return ""

    def lose(self, label: Label | None, place: Place) -> None:
        """A name is defined, and it was not understood as what: what is said of it is not judged."""
        if label is not None:
            self.lost[parts(label.spelled).base if label.indices else label.spelled] = place

    def _index(self, formula: Formula, letter: str) -> Index | None:
        free = next((i for i in formula.free if i.name == letter), None)
        row = self.names.get(letter)
        return free if free is not None else row.index if row is not None else None

    def give(self, name: str, value: str, place: Place) -> None:
        """A letter has a value: it counts where numbers are compared."""
        self.values[name] = value
        self.told(name, f"{name} = {value}", "given", place)

    def point(self) -> Point | None:
        """The values given to letters; None where there are none."""
        try:
            return point_of(self.values, self.names) if self.values else None
        except ValueError:
            return None

    # ---------------------------------------------------------------- what is evident

    def with_indices(self, text: str) -> tuple[Names, tuple[str, ...]]:
        """The names with the index letters that a statement uses below arrays, and what was inferred: each runs as far
        as the axis that it stands at, the same one everywhere."""
        found = self._standing(text)
        made: dict[str, str] = {}
        for letter, sizes in found.items():
            row = self.names.get(letter)
            taken = letter in self.names.sizes or (row is not None and row.role != "index")
            if (
                len(sizes) != 1
                or taken
                or not letter.islower()
                or (row is not None and row.index is not None and str(row.index.size) in sizes)
            ):
                continue
            if row is not None and letter in self.outright:
                continue
            made[letter] = f"index[{next(iter(sizes))}]"
        if not made:
            return self.names, ()
        rows = [self._running(letter, domain) for letter, domain in made.items()]
        try:
            return self.names.without(*made).with_rows(*rows), tuple(f"{k}: {v}" for k, v in made.items())
        except NamesError:  # an entry has a name of its own
            return self.names, ()

    def _standing(self, text: str) -> dict[str, set[str]]:
        """The letters below declared arrays, each with the sizes of the axes that it stands at."""
        found: dict[str, set[str]] = {}
        for used in _SUBSCRIPTED.finditer(text):
            below = used["many"] or used["one"]
            above = used["above"] or ""
            letters = [*above, *re.findall(r"[a-zA-Z]", re.sub(r"\\[A-Za-z]+|[,\s+\-−\d()]", "", below))]
            row = self.names.get(canonical(used["name"])) or self.names.get(canonical(used["name"].replace("\\", "")))
            if row is None or len(letters) > len(row.sizes) or row.role not in ("input", "node"):
                continue
            places = list(zip(letters, row.sizes, strict=False))
            if len(letters) < len(row.sizes) and any(self.running.get(g) != str(size) for g, size in places):
                continue  # a row, where sums tell how far its letter runs
            for letter, size in places:
                found.setdefault(letter, set()).add(str(size))
        for used in _UPPER.finditer(text):
            row = self.names.get(canonical(used["name"]))
            if row is not None and row.sizes and not (used["below"] and len(row.sizes) < 2):
                found.setdefault(used["letter"], set()).add(str(row.sizes[0]))
        return found

    def clash(self, text: str) -> str:
        """Why the indices of a statement cannot be: a letter that no sum binds stands at axes of two sizes."""
        for letter, sizes in self._standing(text).items():
            if len(sizes) > 1 and not re.search(_BOUND.format(letter), text):
                return f"{letter} runs over {' at one place and over '.join(sorted(sizes))} at another"
        return ""

    def _running(self, letter: str, domain: str) -> Declared:
        if (letter, domain) not in self.indices:
            self.indices[letter, domain] = parse_names({letter: domain})[letter]
        return self.indices[letter, domain]

    def fresh(self, left: str) -> Label | None:
        """The label of a left side that is a name which nobody declared, also where the reader would take it for
        another one: h beside a size H, E beside e."""
        label = label_of(left, Names())
        if label is None or label.turned or "/d" in label.spelled or not re.fullmatch(r"[^\W\d]\w*'*", label.spelled):
            return None
        spelled = parts(label.spelled)
        taken = {label.spelled, spelled.base + "".join(spelled.accents)} if label.indices else {label.spelled}
        if self.is_product(spelled.base) or (spelled.base in FUNCTIONS and spelled.base not in GREEK):
            return None
        return None if taken & {*self.names, *self.names.sizes} else label

    def infer(self, error: ReadError, text: str, place: Place) -> bool:
        """Take the letter that is not declared as evident, where it is; whether it was."""
        if error.tag != "unknown-name" or error.span is None or len(self.guessed) > 10 * MOST_INFERRED:
            return False
        found = _UNKNOWN.match(str(error.args[0]))
        if found is None:
            return False
        name = found["name"]
        if name in self.names or name in self.names.sizes or name in self.lost or len(name) > 12:
            return False
        if parts(name).base in self.awaited:
            return False
        if re.search(_DERIVED.format(re.escape(name)), text):  # what is differentiated is more than a letter
            if rows := loss_above(name, self.evidence.texts, self.names):
                self.names, self.upstream[name] = self.names.with_rows(*rows), rows[0].name
                self.told(name, f"{name}: a loss, by its derivatives", "inferred", place)
            return bool(rows)
        base = parts(name).base
        if name in self.evidence.ends:
            domain = "size"
        elif self._free(base) and base not in self.evidence.lefts and (ends := self.evidence.entries(base)):
            name, domain = base, f"real[{','.join(ends)}]"
        elif self._is_number(name, text):
            domain = "real"
        else:
            return False
        return self.take(name, domain, place)

    def set_apart(self, name: str, text: str, place: Place) -> bool:
        """Take a letter as a number of its own that was read as a declared one in the other case, x as X."""
        return self._free(name) and self._is_number(name, text) and self.take(name, "real", place)

    def _is_number(self, name: str, text: str) -> bool:
        return self.evidence.is_number(name) and not beside_arrays(text, self.names)

    def row_of_entries(self, text: str) -> str:
        """Why a text is not read that has fewer indices below a name than the entries that showed its sizes; "" where
        it has none such."""
        for found in _NUMBERED.finditer(text):
            name = canonical(found["name"])
            if name in self.guessed and name in self.names and len(self.names[name].sizes) > 1:
                return f"{name} has {len(self.names[name].sizes)} indices elsewhere: declare it"
        return ""

    def _free(self, name: str) -> bool:
        return name not in self.names and name not in self.names.sizes and name not in self.lost

    def suppose(self, link: Link, place: Place) -> None:
        """An equation is supposed: what is said of its names may follow from it."""
        names = names_in(link.left.formula.body) | names_in(link.right.formula.body)
        if names:
            self.supposed.append((frozenset(names), place.line))

    def unknown(self, error: ReadError, text: str) -> tuple[str, tuple[str, ...]]:
        """The one letter that is not declared, of those that an error speaks of, the w of Xw, and how far the indices
        run that it has, the k of w_k; "" where it is no single one, or is differentiated."""
        found = _UNKNOWN.match(str(error.args[0])) if error.tag == "unknown-name" else None
        if found is None:
            return "", ()
        spelled = parts(found["name"])
        letters = "".join(spelled.subscripts)
        runs = self.running | {
            row.name: str(row.index.size) for row in self.with_indices(text)[0].values() if row.index is not None
        }
        if letters and all(letter in runs for letter in letters):
            name, ends = spelled.base, tuple(runs[letter] for letter in letters)
        else:
            said, ends = found["name"], ()
            loose = [said] if said in GREEK else [c for c in said if self._free(c)] if said.isascii() else []
            name = loose[0] if len(loose) == 1 else ""
        if (
            not name
            or name in self.awaited
            or name in self.running
            or not self._free(name)
            or re.search(_DERIVED.format(re.escape(name)), text)
        ):
            return "", ()
        return name, ends

    def take(self, name: str, domain: str, place: Place) -> bool:
        """Take a name as evident; whether it can be."""
        try:
            self.names = self.names.with_rows(parse_names({name: domain})[name])
        except NamesError:
            return False
        if domain != "size":
            self.guessed.add(name)
        self.told(name, f"{name}: {domain}", "inferred", place)
        return True


_SUBSCRIPTED = re.compile(
    r"(?P<name>\\(?:hat|bar|tilde|mathbf|boldsymbol|bm|vec|widehat)\s*(?:\{\s*\\?[A-Za-z]+\s*\}|\s*\\?[A-Za-z]+)|\\?[A-Za-z]+)"
    r"(?:\^\s*\{?\s*\((?P<above>[a-z])\)\s*\}?)?\s*_\s*(?:\{(?P<many>[^{}]{1,12})\}|(?P<one>[a-z]))"
)
_UPPER = re.compile(
    r"(?P<name>\\(?:hat|bar|tilde|mathbf|boldsymbol|bm|vec)\s*(?:\{\s*\\?[A-Za-z]+\s*\}|\s*\\?[A-Za-z]+)|\\?[A-Za-z]+)"
    r"(?P<below>\s*_\s*(?:\{[^{}]{1,12}\}|\w))?\s*\^\s*\{?\s*\((?P<letter>[a-z])\)\s*\}?"
)
_DERIVED = r"(?:\\partial|\\frac\s*\{{\s*d)\s*\\?{0}(?![A-Za-z])\s*\}}"
_NUMBERED = re.compile(r"(?P<name>\\?[A-Za-z]+)\s*_\s*(?:\{\s*\d+\s*\}|\d)")
_BOUND = r"\\(?:sum|prod|max|min)(?:\\limits)?\s*_\s*(?:\{{[^{{}}]*\b{0}\b|{0})"
_UNKNOWN = re.compile(r"(?P<name>[^\W\d_]+(?:_[a-z]+)?) is not declared")


def declared_outright(texts: Iterable[str]) -> Names:
    """The names of declarations one after the other. Raises `NamesError`."""
    names = Names()
    for text in texts:
        names = names.with_rows(*parse_names(text).values())
    return names
