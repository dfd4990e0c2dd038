r"""Errors planted in documents: sixty of sixteen kinds, by a seed, at random among the claims.

Claims are found here by signs alone, with no help from what is tested: a member behind `=`, `\le`, `\approx` or `\in`
of a formula. A name that stands on a left side for the first time is defined there, no claim. An error is a change of
the text of one member.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

FOLDER = Path(__file__).parent / "documents"


@dataclass(frozen=True)
class Member:
    """What stands behind a relation: its place in the document, and the sign in front of it."""

    start: int
    end: int
    sign: str
    left: str


@dataclass(frozen=True)
class Planted:
    """One error: its kind, the place of the changed member in the new text, the texts before and after, and the place
    of its formula: what does not hold is a relation, whichever side of it is told."""

    kind: str
    start: int
    end: int
    before: str
    after: str
    formula: tuple[int, int]


_FORMULA = re.compile(
    r"\$\$(.+?)\$\$|\$([^$]+)\$|\\\[(.+?)\\\]|\\begin\{(align\*?|equation\*?)\}(.+?)\\end\{\4\}", re.DOTALL
)
_CUT = re.compile(r"\\\\|[,;]\s*\\q?quad|,\s*\\qquad|,\s(?=[^=]*=)|\\quad")
_SIGN = re.compile(r"(?<![<>!:_{a-z])=|\\approx|\\le(?![a-z])|\\in(?![a-z])")
_NAME = re.compile(r"[\s&]*(?:\\bar\s*)?\{?\\?[A-Za-z]+\}?(?:\s*_\s*(?:\w|\{\s*\w+\s*\}))?(?:\s*\(\w+\))?\s*\Z")
"""A left side that is a name: where it stands for the first time, it is defined; with `\\in` it is declared."""


def members(text: str, definitions: bool = False) -> list[Member]:
    """The members that are claims; with `definitions`, the right sides of names that are defined."""
    out: list[Member] = []
    defined: set[str] = set()
    for found in _FORMULA.finditer(text):
        group = next(g for g in (1, 2, 3, 5) if found[g] is not None)
        begin, inside = found.start(group), found[group]
        at = 0
        for cut in [*(m for m in _CUT.finditer(inside) if _level(inside, m.start()) == 0), None]:
            stop = cut.start() if cut else len(inside)
            signs = [m for m in _SIGN.finditer(inside, at, stop) if _level(inside, m.start()) == 0]
            ends = [*(m.start() for m in signs[1:]), stop][: len(signs)]
            for k, (sign, end) in enumerate(zip(signs, ends, strict=True)):
                bare = inside[sign.end() : end].rstrip(" .,&\n\\")
                lead = len(bare) - len(bare.lstrip(" &\n"))
                left = inside[at : sign.start()].strip(" &\n")
                named = k == 0 and _NAME.match(left) is not None
                listed = sign[0] == r"\in" and all(_NAME.match(one) for one in left.split(","))
                anew = listed or (named and left not in defined)
                defined |= {left} if named else set()
                if not bare.strip() or listed or anew != definitions:
                    continue
                start = begin + sign.end() + lead
                out.append(Member(start, begin + sign.end() + len(bare), sign[0], inside[at : sign.start()]))
            at = cut.end() if cut else stop
    return out


def _level(text: str, at: int) -> int:
    head = re.sub(r"\\[{}]", "  ", text[:at])
    return head.count("{") - head.count("}") + head.count("(") - head.count(")")


# ---------------------------------------------------------------- sixteen kinds


def _at(found: re.Match[str], new: str, group: int = 0) -> tuple[int, int, str]:
    return found.start(group), found.end(group), new


Change = tuple[int, int, str]


def sign(text: str) -> Iterator[Change]:
    for m in re.finditer(r"(?<=[\w}) ])\s*([+-])\s", text):
        if (
            _level(text, m.start(1)) >= 0
            and not text[: m.start(1)].rstrip().endswith(("^", "_", "="))
            and text[: m.start(1)].strip()
        ):
            yield _at(m, "-" if m[1] == "+" else "+", 1)
    if text.startswith("-"):
        yield 0, 1, ""


def lost_factor(text: str) -> Iterator[Change]:
    for m in re.finditer(r"(?<![\w^_.{\\/])(\d) (?=[\\A-Za-z(])", text):
        yield _at(m, "")
    for m in re.finditer(r"(?<=[)}\w]) (x_[ik]|x|X_\{ik\}|h_k|V_\{il\}|v_k)(?=$|\s*$)", text):
        yield _at(m, "")


def doubled_factor(text: str) -> Iterator[Change]:
    if not re.match(r"-|\d", text) and not re.search(r"[^(]\s[+-]\s", _outer(text)):
        yield 0, 0, "2 "


def lost_sum(text: str) -> Iterator[Change]:
    for m in re.finditer(r"\\sum\s*_\s*\{[^{}]*\}\s*\^\s*(?:\{\s*\w\s*\}|\w)\s*", text):
        yield _at(m, "")


def swapped_index(text: str) -> Iterator[Change]:
    ends = dict(re.findall(r"\\sum\s*_\s*\{\s*(\w)\s*=\s*1\s*\}\s*\^\s*\{?(\w)", text))
    for m in re.finditer(r"_\{([a-z])([a-z])\}", text):
        renamed = m[1] in ends and ends[m[1]] == ends.get(m[2])  # summed over both: the same sum, perhaps
        if m[1] != m[2] and not renamed and not text[: m.start()].endswith("\\delta"):
            yield _at(m, f"_{{{m[2]}{m[1]}}}")


def transposed(text: str) -> Iterator[Change]:
    for m in re.finditer(r"(?<=[A-Z])\s?\^\s*(?:\{\s*T\s*\}|T|\\top)", text):
        yield _at(m, "")


def lost_mean(text: str) -> Iterator[Change]:
    for m in re.finditer(r"\\frac(?:\{1\}\{[a-zN]\}|1[a-zN])\s*", text):
        yield _at(m, "")
    for m in re.finditer(r"\\frac(?:\{2\}\{[a-z]\}|2[a-z])\s*", text):
        yield _at(m, "2 ")
    for m in re.finditer(r"\\frac\{((?:[^{}]|\{[^{}]*\})+)\}\{m\}", text):
        yield _at(m, f"({m[1]})")


def exponent(text: str) -> Iterator[Change]:
    for m in re.finditer(r"\^\s*2(?!\w)", text):
        yield _at(m, "^3")


def slope_as_value(text: str) -> Iterator[Change]:
    for m in re.finditer(r"(s_i|p|\\sigma\(v\)|g\(x\)|q_c) ?\(1 - \1\)", text):
        yield _at(m, m[1])
    for m in re.finditer(r"1 - (h_k|\\tanh\(s\))\^2", text):
        yield _at(m, f"1 - {m[1]}")


def dropped_term(text: str) -> Iterator[Change]:
    outer = _outer(text)
    cuts = [m.start() for m in re.finditer(r"\s[+-]\s", outer) if m.start()]
    if cuts:
        yield cuts[-1], len(text), ""


def digit(text: str) -> Iterator[Change]:
    for m in re.finditer(r"(?<!\w)\d+\.(\d)(\d)(\d+)", text):
        yield _at(m, str((int(m[2]) + 4) % 10), 2)


def quotient_swapped(text: str) -> Iterator[Change]:
    for m in re.finditer(r"\\frac\{([^{}]+(?:\{[^{}]*\}[^{}]*)?) - ([^{}]+(?:\{[^{}]*\}[^{}]*)?)\}(?=\{)", text):
        yield _at(m, f"\\frac{{{m[2]} - {m[1]}}}")


def lost_bracket(text: str) -> Iterator[Change]:
    for m in re.finditer(r"(?<=[\w}]) ?\(([^()]+ [+-] [^()]+)\)(?!\^)", text):
        if not re.search(r"\\(?:log|exp|tanh|sigma|cos|sin)\s*\Z", text[: m.start()]):
            yield _at(m, f" {m[1]}")


def off_by_one(text: str) -> Iterator[Change]:
    for m in re.finditer(r"(\\sum\s*_\s*\{\s*\w\s*=\s*)1(\s*\})", text):
        yield _at(m, f"{m[1]}2{m[2]}")


def other_name(text: str) -> Iterator[Change]:
    names = list(re.finditer(r"(?<![\\A-Za-z{_^])([a-zA-Z])(?![A-Za-z(])", text))
    letters = sorted({m[1] for m in names} - set("deijklc"))
    for m in names:
        for other in letters:
            if other != m[1] and m[1] in letters and m[1].isupper() == other.isupper():
                yield _at(m, other, 1)


def shape(text: str) -> Iterator[Change]:
    found = re.fullmatch(r"(\\mathbb\s*\{\s*R\s*\}\s*\^\s*\{?)(\w)( \\times )(\w)(\}?)", text)
    if found and found[2] != found[4]:
        yield 0, len(text), f"{found[1]}{found[4]}{found[3]}{found[2]}{found[5]}"
    found = re.fullmatch(r"(\\mathbb\s*\{\s*R\s*\}\s*\^)(\w)", text)
    if found:
        yield 0, len(text), f"{found[1]}{{{found[2]} \\times {found[2]}}}"
    for m in re.finditer(r"(\([a-z] - [a-z]\)|\b[a-z]) ([a-z]|\([a-z] - [a-z]\))\^(T|\\top)(?![\w}])", text):
        yield _at(m, f"{m[1]}^{m[3]} {m[2]}" if len(m[1]) == 1 else f"{m[2]} {m[1]}^{m[3]}")


def _outer(text: str) -> str:
    """The text with what stands in brackets blank."""
    out, level = [], 0
    for char in text:
        level -= char in ")}"
        out.append(char if level == 0 else "_")
        level += char in "({"
    return "".join(out)


KINDS: dict[str, Callable[[str], Iterator[Change]]] = {
    "sign": sign,
    "lost factor": lost_factor,
    "doubled factor": doubled_factor,
    "lost sum": lost_sum,
    "swapped index": swapped_index,
    "transposed": transposed,
    "lost 1/n": lost_mean,
    "wrong exponent": exponent,
    "slope as value": slope_as_value,
    "dropped term": dropped_term,
    "wrong digit": digit,
    "quotient rule swapped": quotient_swapped,
    "lost bracket": lost_bracket,
    "off by one": off_by_one,
    "wrong name": other_name,
    "wrong shape": shape,
}


def texts() -> dict[str, str]:
    """The documents by their names."""
    return {path.name: path.read_text(encoding="utf-8") for path in sorted(FOLDER.iterdir())}


def plant(
    documents: dict[str, str], seed: int, errors: int = 60, definitions: bool = False
) -> dict[str, tuple[str, list[Planted]]]:
    """Each document with its errors: as many of each kind as there can be, no two in one formula. With `definitions`,
    one in each document, in a definition."""
    draw = random.Random(seed)
    places = {
        kind: [
            (name, member, change)
            for name, text in documents.items()
            for member in members(text, definitions)
            if not (kind == "doubled factor" and member.sign == r"\le")  # what is below a number is below twice that
            for change in make(text[member.start : member.end])
            if (member.sign == r"\in") == (kind == "wrong shape" and "mathbb" in change[2])
            and (change[2] or change[0] or change[1] < member.end - member.start)
        ]
        for kind, make in KINDS.items()
    }
    chosen: list[tuple[str, str, Member, Change]] = []
    taken: set[tuple[str, int]] = set()
    kinds = list(KINDS)
    while len(chosen) < errors and any(places.values()):
        draw.shuffle(kinds)
        for kind in kinds:
            draw.shuffle(places[kind])
            while places[kind] and len(chosen) < errors:
                name, member, change = places[kind].pop()
                line = documents[name].count("\n\n", 0, member.start), member.start
                if any(n == name and (definitions or abs(at - line[1]) < 60) for n, at in taken):
                    continue
                taken.add((name, member.start))
                chosen.append((name, kind, member, change))
                break
    out: dict[str, tuple[str, list[Planted]]] = {}
    for name, text in documents.items():
        planted, moved = [], 0
        new = text
        for _, kind, member, (a, b, with_) in sorted((c for c in chosen if c[0] == name), key=lambda c: c[2].start):
            start = member.start + moved
            before = new[start : member.end + moved]
            after = before[:a] + with_ + before[b:]
            new = new[:start] + after + new[member.end + moved :]
            moved += len(after) - len(before)
            planted.append(Planted(kind, start, start + len(after), before, after, (start, start)))
        formulas = [m.span() for m in _FORMULA.finditer(new)]
        planted = [replace(p, formula=next(f for f in formulas if f[0] <= p.start < f[1])) for p in planted]
        out[name] = new, planted
    return out
