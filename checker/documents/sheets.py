"""A sheet: the parts that are asked, in order, the letters of each, and the labels by which a document speaks of
them."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property, lru_cache
from typing import Any

from checker.answers.given import point_of
from checker.answers.vocabulary import multiplied
from checker.check import truth_of
from checker.conventions import verdict_on
from checker.documents.constants import looked_for
from checker.documents.densities import factors
from checker.documents.setting import Setting
from checker.documents.spellings import spellings
from checker.kinds.contract import kind_of
from checker.verdict import Verdict
from derivations.atoms import forgets
from derivations.domains import DOMAINS, Declared, Names
from derivations.formula import Formula
from derivations.frozen import frozen
from problems.bank import Bank
from problems.schema import Part, Written
from problems.truth import Truth, TruthError, model_of

Path = tuple[str, ...]
"""A label taken apart: ("6", "b") for `6(b)`."""


class SheetError(LookupError):
    """No sheet of that name; says which there are."""


@frozen
class Asked:
    """One part of a sheet: its label, its truth, and the names that are used about it. Equal to itself alone."""

    part: Part[Any]
    label: Path
    truth: Truth
    setting: Setting

    def __eq__(self, other: object) -> bool:
        return self is other

    def __hash__(self) -> int:
        return id(self)

    def judged(self, text: str) -> Verdict:
        """The verdict on an answer, without its reason."""
        return _judged(self, text)

    def verdict(self, text: str) -> Verdict:
        """The verdict on an answer with its reason, its conventions settled."""
        return _verdict(self, text)

    @property
    def names(self) -> Names:
        return self.setting.names

    @property
    def id(self) -> str:
        return self.part.id

    @property
    def case(self) -> str:
        """The case in which it is asked: `i != j`."""
        return (self.part.derives or "").partition(" where ")[2]

    @property
    def problem(self) -> str:
        """The number of its problem: the first of its label."""
        return self.label[0]


MOST_VERDICTS = 16_384
"""Verdicts that are kept: the hand-ins of a class give the same answers hundreds of times."""


@lru_cache(maxsize=MOST_VERDICTS)
def _judged(asked: Asked, text: str) -> Verdict:
    return kind_of(asked.part).judge(asked.part, asked.truth, text, explain=False)


@lru_cache(maxsize=MOST_VERDICTS)
def _verdict(asked: Asked, text: str) -> Verdict:
    return verdict_on(asked.part, asked.truth, text)


forgets(_judged.cache_clear)
forgets(_verdict.cache_clear)


class Sheet:
    """The parts of one sheet, in the order in which they are asked. `pins`: further labels, and words of headings, each
    with the label that it stands for."""

    def __init__(
        self,
        name: str,
        asked: Sequence[Asked],
        lettered: Sequence[Asked] = (),
        pins: Mapping[str | Path, Path] | None = None,
    ):
        self.name, self.asked, self.pins = name, tuple(asked), dict(pins or {})
        self.lettered = tuple(lettered)
        """Parts in the letters of the sheet: further settings."""

    def pinned(self, text: str) -> Path | None:
        """The label that a heading, or the beginning of a line, is pinned to; the longest of several."""
        said = folded(text) if self.pins else ""
        found = [
            pin
            for pin in self.pins
            if isinstance(pin, str) and said.startswith(pin) and not said[len(pin) : len(pin) + 1].isalnum()
        ]
        return self.pins[max(found, key=len)] if found else None

    def having(self, path: Path) -> tuple[Asked, ...]:
        """The parts whose label begins with a path."""
        return tuple(a for a in self.asked if a.label[: len(path)] == path)

    @cached_property
    def paths(self) -> frozenset[Path]:
        """Every beginning of a label."""
        labels = (*(a.label for a in self.asked), *(pin for pin in self.pins if not isinstance(pin, str)))
        return frozenset(label[:k] for label in labels for k in range(1, len(label) + 1))

    def contexts(self, group: Sequence[Asked]) -> Iterator[Asked]:
        """A part of a group for each setting of names, then for each in the letters of the sheet."""
        seen: list[Setting] = []
        ids = {asked.id for asked in group}
        for asked in (*group, *(a for a in self.lettered if a.id in ids)):
            if asked.names and not any(asked.setting == setting for setting in seen):
                seen.append(asked.setting)
                yield asked

    def shared(self, asked: Asked, ids: Collection[str]) -> bool:
        """Whether one of some parts has the setting of a part as well."""
        return asked.id in ids or any(a.id in ids and a.setting == asked.setting for a in self.lettered)


def not_of(credit: Mapping[str, int], sheet: Sheet) -> frozenset[str]:
    """The parts of a sheet that ask the same with other data than a document uses, as far as `credit` tells: how many
    of its lines hold with the data of a part and not with those of every other one."""
    out: set[str] = set()
    for problem in {a.problem for a in sheet.asked}:
        same = [a for a in sheet.having((problem,)) if a.setting.point is not None and a.part.kind == "trace"]
        most = max((credit.get(a.id, 0) for a in same), default=0)
        out |= {a.id for a in same if credit.get(a.id, 0) + 1 < most}
    return frozenset(out)


_PIECES = re.compile(r"(?P<number>\d+)|(?P<letters>[a-z]+\d*)", re.IGNORECASE)


def label_path(text: str) -> Path:
    """`Q0.2` → ("0", "2"), `7.7a` → ("7", "7", "a"), `5a.dW2` → ("5", "a", "dw2")."""
    out: list[str] = []
    for piece in text.split("."):
        whole = re.fullmatch(r"[Qq](\d+)([a-z]?)", piece.strip()) or re.fullmatch(r"(\d+)([A-Za-z]*)", piece.strip())
        if whole is not None:
            out += [group.casefold() for group in whole.groups() if group]
        elif piece.strip():
            out.append(piece.strip().casefold())
    return tuple(out)


def sheet_of(name: str, bank: Bank) -> Sheet:
    """The sheet whose parts' ids begin with `name/`. Raises `SheetError`."""
    every = [part for problem in bank.problems() for part in problem.parts]
    chosen = [part for part in every if part.id.startswith(name.rstrip("/") + "/")]
    if not chosen:
        known = sorted({part.id.split("/")[0] for part in every})
        raise SheetError(f"no sheet {name!r}: there are {', '.join(known)}")
    return sheet_from(name, [(part, label_path(part.id.split("/", 1)[1])) for part in chosen])


def sheet_from(
    name: str, labelled: Sequence[tuple[Part[Any], Path]], pins: Mapping[str | Path, Path] | None = None
) -> Sheet:
    """The sheet of some parts, each under a label. Raises `TruthError`."""
    return Sheet(
        name,
        [asked_of(part, label) for part, label in labelled],
        [asked for part, label in labelled for asked in (*_by_letters(part, label), *_as_written(part, label))],
        pins,
    )


def _by_letters(part: Part[Any], label: Path) -> Iterator[Asked]:
    """A part in the letters of the sheet, where the problem says what they are: a setting for the lines of a
    document."""
    if not part.called or part.kind != "formula":
        return
    new = {node: letter for letter, node in part.called}

    def put(text: str) -> str:
        return re.sub(r"(?<![A-Za-z\\])[A-Za-z]+\d*(?![A-Za-z(])", lambda m: new.get(m[0], m[0]), text)

    derives = re.sub(r"\bd([A-Za-z]\w*)", lambda m: "d" + new.get(m[1], m[1]), part.derives or "")
    turned = replace(
        part, let=tuple(put(line) for line in part.let), derives=derives, vocabulary=None, letters=(), earlier=()
    )
    yield asked_of(turned, label)


def settings_written(part: Part[Any]) -> Iterator[Setting]:
    """The settings in which hand-ins write a part. Raises `TruthError`, `ReadError`, `NamesError`."""
    for asked in _as_written(part, ()):
        yield asked.setting
    for one in part.written:
        if not one.names and not one.let:
            names = truth_of(part).names
            yield _setting(names, one)


def _as_written(part: Part[Any], label: Path) -> Iterator[Asked]:
    """A part in the letters in which hand-ins write it: further settings."""
    for one in part.written:
        if one.names or one.let:
            turned = replace(part, let=one.let, declared=one.names, model=None, upstream=None)
            names = model_of(turned).names
            setting = _setting(names, one)
            sought = looked_for(part.derives, setting.densities, names)
            yield Asked(turned, label, Truth(names), replace(setting, looked_for=sought))


def _setting(names: Names, one: Written) -> Setting:
    try:
        return Setting(names, spelled=spellings(one.spelled), densities=factors(one.densities))
    except ValueError as error:
        raise TruthError(str(error), ".written") from error


def asked_of(part: Part[Any], label: Path) -> Asked:
    """A part under a label, with its truth. Raises `TruthError`."""
    truth = truth_of(part)
    names = multiplied(part, truth.names)
    if part.kind == "trace":
        names = names.with_rows(*_values(truth))
    given = getattr(part.payload, "given", None)
    point = point_of(given, names) if given else None
    spelled = [row for one in part.written if not one.names and not one.let for row in one.spelled]
    sought = looked_for(part.derives, (), names)
    setting = Setting(names, point, _called(part, truth), spellings(spelled), looked_for=sought)
    return Asked(part, label, truth, setting)


def _values(truth: Truth) -> Iterator[Declared]:
    """The values that a trace asks for, as names: δ₃ in the line behind the one that says what it is."""
    for name, formula in truth.rows.items():
        if name.isidentifier() and name not in truth.names and not formula.axes and not formula.free:
            yield Declared(name, DOMAINS["real"], (), "node", definition=formula)


def _called(part: Part[Any], truth: Truth) -> tuple[tuple[str, Formula], ...]:
    """What left sides mean here: the rows of a trace, and what is asked for."""
    asked = [(part.derives, truth.formula)] if part.derives and truth.formula is not None else []
    return (*truth.rows.items(), *asked)


def folded(text: str) -> str:
    """The words of a heading without their dressing: `**Diagonal  entries**` → `diagonal entries`."""
    return " ".join(re.sub(r"[*_`#>]+|\\(?:textbf|textit|emph)\b|[{}]", " ", text).split()).casefold()
