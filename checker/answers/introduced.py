r"""Names that an answer on paper introduces: on a line for the lines behind it, `\delta = \hat y - y`, in front of the
formula, `g = dL/dy and W^T g`, or behind it, `W^T g, g = dL/dy`."""

from __future__ import annotations

import re

from checker.answers.arrays import split_top
from derivations.domains import Names
from derivations.notation.read.labels import Label, label_of
from derivations.notation.read.scope import scope_of
from derivations.notation.spelling import canonical, parts
from derivations.notation.words import FUNCTIONS

_BREAK = re.compile(r"\n|\\\\(?:\[[^\]\n]*\])?")
_STOP = re.compile(r"[,;]|(?<=[\s$])and(?=[\s$])|\\text\s*\{\s*and\s*\}")
_SIGN = re.compile(r"(?<![<>!:=])(?::=|&=|=|\\coloneqq|\\triangleq|←)(?![=>])")
_TEXT = re.compile(r"\$|&|\\begin\{[a-z]+\*?\}|\\end\{[a-z]+\*?\}")
_NAMES = re.compile(r"\\?[A-Za-z]+|[^\W\d_a-zA-Z]")
_FUNCTION = re.compile(r"[\s$]*(?P<name>\\?[A-Za-z]+(?:_\w)?)\s*(?P<of>\((?:[^()]|\([^()]*\))*\))\s*")
LONGEST = 4000
"""Characters of an answer that are looked at."""


def introduced(text: str, names: Names) -> tuple[list[tuple[str, str, str]], str] | None:
    """The definitions `(name, formula, "")` of names that a later line uses and nobody declared, and the text with
    their lines blank; None where there are none."""
    if len(text) > LONGEST or text.count("=") < 2:
        return None
    said: list[tuple[str, str, str]] = []
    seen: set[str] = set()
    at, rest = 0, text
    breaks = list(_BREAK.finditer(text))
    for found in (*(breaks or _stops(text)), None):
        end = len(text) if found is None else found.start()
        line = text[at:end]
        signs = _signs(line)
        label = _introduces(line[: signs[0].start()], names) if len(signs) == 1 else None
        if label is None and not breaks:
            break  # on one line, what is defined stands first
        if label is not None and label.spelled in seen:
            return None  # a name of two values
        if label is not None:
            seen.add(label.spelled)
        if label is not None and _used(label, text[end:]):
            said.append((label.text, _TEXT.sub(" ", line[signs[0].end() :]).strip(" ,;.\t"), ""))
            stop = end if found is None else found.end()
            rest = rest[:at] + blank(text[at:stop]) + rest[stop:]
        at = end if found is None else found.end()
    return (said, rest) if said else None


def _stops(text: str) -> list[re.Match[str]]:
    """What stands between the statements of one line, outside brackets: `A = …, g = A b`, `A = … and g = A b`."""
    depth, at, found = 0, 0, []
    for stop in _STOP.finditer(text):
        between = text[at : stop.start()]
        depth += sum(between.count(c) for c in "([{") - sum(between.count(c) for c in ")]}")
        at = stop.start()
        if depth == 0:
            found.append(stop)
    return found


def blank(text: str) -> str:
    """Nothing in the place of a text, on as many lines: what stands behind it keeps its place."""
    return "".join(c if c == "\n" else " " for c in text.replace(r"\\", "\n "))


def behind(text: str, names: Names) -> tuple[list[tuple[str, str, str]], str] | None:
    """The definitions behind a formula that uses their names, `g + W^T g, g = dL/dy`, and the text before them."""
    pieces = split_top(text, ",;") if len(text) <= LONGEST and "=" in text else []
    said: list[tuple[str, str, str]] = []
    while len(pieces) > 1:
        signs = _signs(pieces[-1])
        left = pieces[-1][: signs[0].start()] if len(signs) == 1 else ""
        before = ",".join(pieces[:-1])
        function = _FUNCTION.fullmatch(left)
        if function is not None and _applies(function["name"], before, names):
            said.append((function["name"], pieces.pop()[signs[0].end() :].strip(" $,;.\t"), function["of"]))
            continue
        label = _introduces(left, names) or _node(left, names) or _size(left, names)
        if label is None or not _used(label, before):
            break
        said.append((label.text, _TEXT.sub(" ", pieces.pop()[signs[0].end() :]).strip(" ,;.\t"), ""))
    return (said, ",".join(pieces)) if said else None


def _applies(name: str, text: str, names: Names) -> bool:
    """Whether a name that nobody declared stands before a bracket in a text."""
    scope = scope_of(names)
    known = canonical(name) in scope.rows or name.lstrip("\\") in FUNCTIONS
    return not known and re.search(rf"(?<![A-Za-z\\]){re.escape(name)}\s*(?:\\left)?\(", text) is not None


def _signs(text: str) -> list[re.Match[str]]:
    """The signs of equality outside braces: that of `\\sum_{j=1}^K` is none."""
    depth, at, found = 0, 0, []
    for sign in _SIGN.finditer(text):
        depth += text.count("{", at, sign.start()) - text.count("}", at, sign.start())
        at = sign.start()
        if depth == 0:
            found.append(sign)
    return found


def _introduces(left: str, names: Names) -> Label | None:
    """The label of a name that nobody declared, with declared indices at most."""
    label = _label(left, names)
    if label is None or not label.certain or "/d" in label.spelled or any(mark in label.text for mark in "(^'"):
        return None
    return label if all(letter in scope_of(names).indices for letter in label.indices) else None


def _node(left: str, names: Names) -> Label | None:
    """The label of a node of the question: what is said of it must be what it is."""
    label = _label(left, names)
    row = scope_of(names).rows.get(label.spelled) if label is not None else None
    return label if row is not None and row.definition is not None and not row.name.startswith("d") else None


def _size(left: str, names: Names) -> Label | None:
    """The label of a letter that is a size, which an answer cannot define anew."""
    label = _label(left, names)
    return label if label is not None and label.spelled in scope_of(names).sizes else None


def _label(left: str, names: Names) -> Label | None:
    return label_of(_TEXT.sub(" ", left).replace(r"\qquad", " ").replace(r"\quad", " "), names)


def _used(label: Label, text: str) -> bool:
    base = parts(label.spelled).base
    return any(parts(word).base == base for word in _NAMES.findall(text))
