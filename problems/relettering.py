r"""The same problem in other letters.

    names = { x = "real[n,d]", w = "real[d]", eta = "positive" }
    reletter = ["w", "eta"]

    version 0    \partial J/\partial w   w - eta dJ/dw    \hat w   w1
    version 1    \partial J/\partial u   u - rho dJ/du    \hat u   u1

A letter changes with all that is made of it: its accents, numbers, primes and differentials. A Latin letter becomes one
of the same case, a Greek one a Greek one, never one that stands anywhere in the problem. Sizes, indices, names of
several letters, and letters with a meaning of their own stay.
"""

from __future__ import annotations

import random
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import fields, replace
from types import MappingProxyType
from typing import Any

from derivations.domains import DOMAINS
from derivations.frozen import frozen
from derivations.notation.spelling import ACCENTS, COMMANDS, GREEK, INDICES, OF_THEIR_OWN
from derivations.notation.spelling import LETTERS as CHARACTERS
from derivations.notation.words import FUNCTIONS
from problems.conventions import CONVENTIONS
from problems.schema import Part, Problem

VERSIONS = 3
"""Versions in other letters, besides the problem as it is written."""

ALL = "all"
"""Stands for every letter that is free to change."""

POOLS: tuple[tuple[str, ...], ...] = (
    tuple("abcghpqrsuvwxyz"),
    tuple("ABCGHKMQRSUVWXYZ"),
    ("alpha", "beta", "gamma", "eta", "kappa", "lambda", "mu", "nu", "xi", "rho", "tau", "phi", "psi", "omega"),
)
"""Letters that may stand for one another."""

IN_WORDS = tuple(name for name, row in CONVENTIONS.items() if not row.says)
"""Conventions in the author's own words."""

_STEADY = frozenset(["index", "size", "function"])
"""Domains whose names stay: they are part of shapes, or called with brackets."""

_SAID = re.compile(r"\$[^$]*\$|`[^`]*`")
_GREEK = "".join(char for char, name in CHARACTERS.items() if name in GREEK)
_SIGNS = re.compile(
    rf"\b(?:{'|'.join(sorted(name for name in FUNCTIONS if '_' in name))})\b"
    r"|\\(?:text|mathrm|operatorname|mathbb|mathcal|mathsf|begin|end)\*?\s*(?:\{[^{}]*\}|[A-Za-z])"
    rf"|\\(?P<command>[A-Za-z]+)|(?P<run>[A-Za-z]+)|(?P<char>[{_GREEK}])"
)
_WORDS = re.compile(
    rf"\b(?:e\.\s?g\.|i\.\s?e\.)|(?<![A-Za-z]['’])(?P<run>[A-Za-z]+)(?P<mark>[\u0300-\u036f]*)(?P<digits>[0-9]*)(?P<tie>-[a-z])?"
    rf"|(?P<char>[{_GREEK}])"
)
_RUN = re.compile(r"[A-Za-z]+")
FUNCTIONS_TOO = ("delta", "sigma")
"""Letters that are a name, and in the same text a function: Kronecker's δ, the sigmoid."""

_ENGLISH = frozenset(["a", "A", "I"])
"""Letters that are words as well, where nothing marks them as mathematics."""


@frozen
class Letters:
    """What each letter becomes. `known` are all letters of the problem, `names` all its names."""

    new: Mapping[str, str]
    known: frozenset[str]
    names: frozenset[str]

    def formula(self, text: str) -> str:
        """A text of the notation, or of LaTeX, in the new letters."""
        return unicodedata.normalize("NFC", _SIGNS.sub(self._sign, unicodedata.normalize("NFD", text)))

    def prose(self, text: str) -> str:
        """Words of the author: the mathematics between $ signs and backticks, and what stands outside and can only be
        a letter."""
        out, end = [], 0
        for found in _SAID.finditer(text):
            out += [self._words(text[end : found.start()]), self.formula(found[0])]
            end = found.end()
        return "".join([*out, self._words(text[end:])])

    def unsure(self, text: str) -> Iterator[str]:
        """Runs of letters in the mathematics of an author's words that hold a letter which changes, and were left as
        they are: no name, and not only letters of the problem."""
        for said in _SAID.finditer(text):
            for run in filter(None, (found["run"] for found in _SIGNS.finditer(said[0]))):
                if (
                    self._run(run) == run
                    and run not in self.names
                    and run not in FUNCTIONS
                    and set(run) & set(self.new)
                ):
                    yield run

    def _sign(self, found: re.Match[str]) -> str:
        if found["command"]:
            return "\\" + self.new.get(found["command"], found["command"])
        if found["char"]:
            return self._greek(found["char"])
        return self._run(found["run"]) if found["run"] else found[0]

    def _greek(self, char: str) -> str:
        new = self.new.get(CHARACTERS[char])
        return char if new is None else GREEK[new]

    def _run(self, run: str) -> str:
        """A run of letters: a name, the differential of one, or names that stand together."""
        letter, accent = parted(run)
        if letter in self.known:
            return self.new.get(letter, letter) + accent
        if run in self.names or run in FUNCTIONS:
            return run
        inner, accent = parted(run[1:]) if run[:1] == "d" else ("", "")
        if inner in self.known:
            return "d" + self.new.get(inner, inner) + accent
        return "".join(self.new.get(c, c) for c in run) if set(run) <= self.known | {"d"} else run

    def _words(self, text: str) -> str:
        plain = unicodedata.normalize("NFD", text)
        return unicodedata.normalize("NFC", _WORDS.sub(self._word, plain))

    def _word(self, found: re.Match[str]) -> str:
        if found["char"]:
            return self._greek(found["char"])
        run = found["run"]
        if not run or len(run) > 1 or found["tie"] or (found["digits"] and run + found["digits"] not in self.names):
            return found[0]
        if run in _ENGLISH and not found["mark"] and not found["digits"]:
            return found[0]
        return self.new.get(run, run) + found[0][1:]


def parted(run: str) -> tuple[str, str]:
    """The letter of a run of letters, and its accents: (y, hat) of yhat; nothing of other runs."""
    for letter in (run if run in GREEK else "", *(name for name in GREEK if run.startswith(name)), run[:1]):
        if letter and (run == letter or run[len(letter) :] in ACCENTS):
            return letter, run[len(letter) :]
    return "", ""


def letters_of(name: str) -> str:
    """The letter that a declared name is made of; empty where it is of several."""
    run = re.match(r"[A-Za-z]*", name)
    return parted(run[0])[0] if run else ""


# ---------------------------------------------------------------- which letters


def versions(problem: Problem, wanted: Iterable[str], fault: Callable[[str], None]) -> tuple[Letters, ...]:
    """The letters of each version of a problem; what is wrong with those wanted goes to `fault`."""
    wanted = tuple(wanted)
    if not wanted:
        return ()
    if any(part.model for part in problem.parts):
        fault("reletter needs bindings in place, under `let`: the letters of a model are the same for all")
        return ()
    names = _names(problem)
    known = frozenset(filter(None, map(letters_of, names))) | INDICES
    used = {letter for text in _texts(problem) for letter in _letters_in(text)} | known
    steady = _steady(problem)
    free = [letter for letter in dict.fromkeys(map(letters_of, names)) if letter and letter not in steady]
    for letter in wanted:
        if letter != ALL and letter not in free:
            fault(f"{letter} is no letter that can change; those are {', '.join(free) or 'none'}")
    chosen = free if ALL in wanted else [letter for letter in free if letter in wanted]
    made = [_drawn(problem.id, number, chosen, used) for number in range(1, VERSIONS + 1)]
    if not chosen or not all(made):
        fault("no other letter is free")
        return ()
    return tuple(Letters(new, known, frozenset(names)) for new in made)


def _drawn(problem: str, number: int, chosen: Iterable[str], used: Iterable[str]) -> dict[str, str]:
    """A new letter for each, of its own kind, drawn by the problem and the number of the version."""
    draws, taken, new = random.Random(f"{problem} {number}"), set(used), {}
    for letter in chosen:
        open_ = [other for other in _pool_of(letter) if not {other, other.swapcase()} & taken]
        if open_:
            new[letter] = draws.choice(open_)
            taken.add(new[letter])
    return new


def _pool_of(letter: str) -> tuple[str, ...]:
    lower, upper, greek = POOLS
    if letter in GREEK:
        return greek if letter.islower() else ()
    return lower if letter.islower() else upper


def _names(problem: Problem) -> dict[str, str]:
    """Every name of a problem → its domain; empty for nodes and letters of the sheet."""
    out: dict[str, str] = dict(problem.names)
    for part in problem.parts:
        out |= part.declared
        bound = (*part.let, *part.letters, *part.introduces)
        out |= {_left(text): "" for text in bound if _left(text) not in out}
    return out


def _left(text: str) -> str:
    return re.sub(r"_(?:[A-Za-z]+|\{[A-Za-z, ]+\})\Z", "", text.partition("=")[0].rstrip(": "))


def _steady(problem: Problem) -> frozenset[str]:
    """Letters that stay: those of sizes and indices, those that stand below another name, those with a meaning of their
    own."""
    out = {*OF_THEIR_OWN, *INDICES, *FUNCTIONS_TOO}
    for name, domain in _names(problem).items():
        first, _, rest = name.partition("_")
        out |= set(_RUN.findall(rest)) | set(_RUN.findall(str(domain).partition("[")[2]))
        if str(domain).partition("[")[0].strip() in _STEADY:
            out.add(letters_of(first))
    return frozenset(out)


def _letters_in(text: str) -> Iterator[str]:
    """Every letter that stands in a text, as mathematics or as a word of one letter."""
    for found in _SIGNS.finditer(text):
        if found["command"]:
            yield COMMANDS.get(found["command"], found["command"])
        elif found["char"]:
            yield CHARACTERS[found["char"]]
        elif found["run"]:
            letter, _ = parted(found["run"])
            yield from (letter,) if letter else found["run"] if len(found["run"]) < 4 else ()
    yield from (m[0] for m in re.finditer(r"[A-Za-z](?=[\u0300-\u036f])", unicodedata.normalize("NFD", text)))


def _texts(problem: Problem) -> Iterator[str]:
    yield from (problem.about, *problem.let, *problem.facts, *problem.letters)
    for part in problem.parts:
        for row in fields(part):
            if row.name not in ("id", "kind", "problem", "costs", "reletter", "lettered"):
                yield from _strings(getattr(part, row.name))


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        yield from (text for pair in value.items() for held in pair for text in _strings(held))
    elif isinstance(value, tuple):
        yield from (text for held in value for text in _strings(held))
    elif hasattr(value, "__dataclass_fields__"):
        yield from (text for row in fields(value) for text in _strings(getattr(value, row.name)))


# ---------------------------------------------------------------- a part, a problem


def relettered(part: Part[Any], letters: Letters) -> Part[Any]:
    """A part in other letters: its question, its names and bindings, and what its author says of answers."""
    put, say = letters.formula, letters.prose
    own = say if part.stated else put
    return replace(
        part,
        ask=say(part.ask),
        figure=None if part.figure is None else say(part.figure),
        hints=tuple(map(say, part.hints)),
        derives=None if part.derives is None else put(part.derives),
        upstream=None if part.upstream is None else put(part.upstream),
        **{
            name: _each(getattr(part, name), put)
            for name in ("let", "facts", "letters", "earlier", "introduces", "also", "vocabulary", "hides")
        },
        declared=_named(part.declared, put),
        called=tuple((letter, put(node)) for letter, node in part.called),
        conventions={**part.conventions, **{n: say(part.conventions[n]) for n in IN_WORDS if n in part.conventions}},
        vary=_named(part.vary, put),
        written=(),
        expect=tuple(replace(one, answer=one.answer if part.stated else _each(one.answer, put)) for one in part.expect),
        accepts=part.accepts if part.stated else _each(part.accepts, put),
        rejects=part.rejects if part.stated else _each(part.rejects, put),
        mistakes=tuple(
            replace(one, answer=one.answer if part.stated else _each(one.answer, put), message=say(one.message))
            for one in part.mistakes
        ),
        demonstrations=tuple(_demonstration(one, letters) for one in part.demonstrations),
        payload=_payload(part.payload, own, letters),
        lettered=letters,
    )


def relettered_problem(problem: Problem, letters: Letters) -> Problem:
    """What all parts share, and all parts, in other letters."""
    return replace(
        problem,
        about=letters.prose(problem.about),
        let=_each(problem.let, letters.formula),
        facts=_each(problem.facts, letters.formula),
        letters=_each(problem.letters, letters.formula),
        names=_named(problem.names, letters.formula),
        given=_named(problem.given, letters.formula),
        parts=tuple(part if part.lettered else relettered(part, letters) for part in problem.parts),
    )


def _named(table: Mapping[str, Any], put: Callable[[str], str]) -> Mapping[str, Any]:
    """A table by names."""
    return MappingProxyType({put(name): value for name, value in table.items()})


def _each(value: Any, put: Callable[[str], str]) -> Any:
    """Every text of a value, the names of tables too."""
    if isinstance(value, str):
        return put(value)
    if isinstance(value, Mapping):
        return MappingProxyType({put(name): _each(held, put) for name, held in value.items()})
    return tuple(_each(held, put) for held in value) if isinstance(value, tuple) else value


def _demonstration(one: Any, letters: Letters) -> Any:
    put = letters.formula
    return replace(
        one,
        statement=None if one.statement is None else put(one.statement),
        names=_named(one.names, put),
        where=_each(one.where, put),
        says=letters.prose(one.says),
    )


def _is_domain(text: Any) -> bool:
    return re.split(r"[\[(\s]", str(text), maxsplit=1)[0] in DOMAINS


def _payload(payload: Any, own: Callable[[str], str], letters: Letters) -> Any:
    """What only this kind has; a table of declarations keeps its domains."""
    made: dict[str, Any] = {}
    for row in fields(payload):
        value, key = getattr(payload, row.name), row.metadata.get("key")
        if key is not None and key.type == "tables":
            made[row.name] = tuple(_demonstration(one, letters) for one in value)
        elif key is not None and key.type == "declarations" and all(map(_is_domain, value.values())):
            made[row.name] = _named(value, own)
        elif row.name == "key":
            made[row.name] = value
        elif row.name == "options":
            made[row.name] = MappingProxyType({letter: own(str(text)) for letter, text in value.items()})
        else:
            made[row.name] = _each(value, own)
    return replace(payload, **made)
