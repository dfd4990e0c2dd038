r"""What an answer defines for itself: `σ(z), where z = w^T x + b`; `Let r = Xw - y. Then X^T r`; lines of assignments,
as in code.

A name that the question does not declare is put back by its definition. One that it declares must be what the answer
says it is.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from contextlib import suppress
from dataclasses import replace

from checker.answers.arrays import split_top
from checker.answers.compare import equal_to
from checker.answers.defined_functions import Function, by_entries, fits, functions, put_in
from checker.answers.given_names import IN_SET, definitions
from checker.answers.introduced import behind, blank, introduced
from checker.answers.outcome import unreadable, wrong
from checker.answers.plain_letters import SQUARE, in_plain_letters
from checker.answers.programs import Lines, last_value
from checker.answers.put_back import diagonals_put_back, entries_put_back, sets_put_back
from checker.answers.reading import unreadable_text
from checker.answers.shapes import judge_shape
from checker.answers.signs import without_glosses
from checker.answers.where_defined import BEFORE, BEFORE_THEN, BEHIND, BESIDE, BRACKETED, FOR, SO, unwrapped
from checker.answers.zero_padding import Padding, without_padding
from checker.verdict import Verdict
from derivations.domains import Names, parse_names
from derivations.formula import Elem, Formula, Node, instantiate, names_in, replace_elems
from derivations.model import ModelError, build
from derivations.notation import ReadError, Statement, read
from derivations.notation.read.code import COMMENTED, Program, program_of
from derivations.notation.read.phrases import GLOSSES, REASONING
from derivations.notation.read.prose import not_understood, take_apart, unexplained
from derivations.notation.read.scope import scope_of
from derivations.notation.read.targets import spelled_target
from derivations.notation.read.tokens import MAX_CHARS
from derivations.notation.spelling import canonical, parts
from derivations.notation.words import FUNCTIONS, PREFIXES

_ASSIGNED = re.compile(r"\s*(?P<left>[^\W\d]\w*)\s*=(?!=)(?P<right>.+)\Z", re.S)
_COMMENT = re.compile(r"\s*#[^\n]*")

_WORDS_APART = re.compile(r"\\text\w*\s*\{[\s,]*(where|with)\s+([a-zA-Z][a-zA-Z\s-]*?)\s*\}")

LONGEST = 2000
"""Characters of definitions that are looked at."""


class Defined:
    """The names of a question with those that an answer adds, and the answer without its definitions."""

    __slots__ = ("_added", "_functions", "_said", "another", "fault", "names", "padding", "shown", "text", "theirs")

    def __init__(self, text: str, names: Names):
        self.text, self.names, self.fault = text, names, None
        self.shown: str | None = None
        self.another: str | None = None
        """The name of a node that the answer says to be something else than the question does."""
        self.theirs: dict[str, str] = {}
        """Names that we have for those of an answer, and those."""
        self.padding: Padding | None = None
        self._added: frozenset[str] = frozenset()
        self._functions: dict[str, Function] = {}
        self._said: set[str] = set()
        """What it has said of which names: `p = A = B` says it twice."""

    def inline(self, formula: Formula, names: Names) -> Formula:
        """A formula read with the added names, without them, and with 0 beyond the ends where the answer says so."""
        formula = self._inline(formula, names)
        return formula if self.padding is None else self.padding.of(formula)

    def _inline(self, formula: Formula, names: Names) -> Formula:

        def by(elem: Elem) -> Node | None:
            row = self.names.get(elem.name) if elem.name in self._added else None
            return (
                None
                if row is None or row.definition is None
                else replace_elems(instantiate(row.definition, elem.at), by)
            )

        if not self._added and not self._functions:
            return formula
        body = put_in(replace_elems(formula.body, by), self._functions)
        return replace(formula, body=body, names=names, source=self.shown or formula.source)

    def in_their_names(self, verdict: Verdict) -> Verdict:
        """What a verdict says, in the names that the answer has."""
        if not self.theirs:
            return verdict
        ours = re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, self.theirs))})(?!\w)")

        def back(text: str) -> str:
            return ours.sub(lambda m: self.theirs[m[0]], text)

        why, at = verdict.diagnosis, verdict.at
        return replace(
            verdict,
            findings=tuple(replace(f, message=back(f.message)) for f in verdict.findings),
            diagnosis=None if why is None else replace(why, message=back(why.message)),
            at=None if at is None else replace(at, message=back(at.message), expected=back(at.expected)),
        )

    def inlined(self, statement: Statement, names: Names) -> Statement:
        """Every line of a statement without the added names."""
        return replace(
            statement,
            lines=tuple(
                replace(line, parts=tuple(self.inline(p, names) for p in line.parts)) for line in statement.lines
            ),
        )

    def take(self, said: list[tuple[str, str, str]]) -> bool:
        """Each definition, after those that it uses; False where one is of a function or cannot be read."""
        said = [_turned(*_diagonal(left, right, of, self.names)) for left, right, of in said]
        for left, right, _ in said:
            self.names = _with_own_indices(canonical(SQUARE.sub("", left)), right, self.names)
        said, self.text = sets_put_back(said, self.text)
        plain = in_plain_letters(said, self.text, self.names)
        self.theirs.update(plain.theirs)
        waiting, self.text = diagonals_put_back(plain.said, plain.text, self.names)
        while waiting:
            later = []
            for one in waiting:
                if any(_mentions(one[1], other[0]) for other in waiting if other is not one):
                    later.append(one)
                    continue
                try:
                    if not self._one(*one):
                        return False
                except (ReadError, ModelError):
                    later.append(one)
            if len(later) == len(waiting):  # t_i = 1[i = k] has an index more on its right
                left, self.text = entries_put_back(later, self.text, self.names)
                if len(left) == len(later):
                    return False
                later = left
            waiting = later
        return True

    def _one(self, left: str, right: str, applied: str) -> bool:
        """One definition; False for one of a function. Raises `ReadError`, `ModelError`."""
        within = IN_SET.search(right)
        if within is not None:
            right = right[: within.start()]
            shape = judge_shape(within["said"], read(right, self.names).shape, tuple(self.names.sizes))
            if shape.status != "correct":
                self.fault = self.fault or shape
        spelled = canonical(left)
        scope = scope_of(self.names)
        if spelled in scope.sizes and names_in(self.inline(read(right, self.names), self.names).body):
            self.fault = self.fault or unreadable(
                f"{left} = {right.strip()} defines {left} anew, which is the length of an axis here",
                "another letter for it",
            )
            return True
        if spelled in scope.sizes or spelled in scope.indices:
            return False  # a size and an index have their values from the question
        known = any(r.role in ("input", "node") and canonical(r.name) == spelled for r in self.names.values())
        if not known and (spelled in FUNCTIONS or spelled in PREFIXES):
            return self._function(left, right, applied)
        if not known and applied:
            return self._own_function(spelled, applied, right)
        if not known:
            model = build("the answer", self.names, f"{spelled} = {right}")
            self.names = model.names
            self._added |= {model.bindings[-1].name}
        elif self.fault is None:
            self.fault = _differs(
                self.theirs.get(left, left),
                right,
                self.inline(read(right, self.names), self.names),
                read(left, self.names),
                self.names,
            )
            if self.fault is not None and scope.rows[spelled].role == "node" and spelled not in self._said:
                self.another = left
        self._said.add(spelled)
        return True

    def _own_function(self, name: str, applied: str, right: str) -> bool:
        """`k(x, z) = x^T z`: a function that the question does not have; False where it is none, or may be several."""
        made = list(functions(name, applied, right, self.names))
        fit = [found for found in made if fits(self.text, found, self.names, alone=len(made) == 1)]
        if not fit:
            made = list(functions(name, applied, right, self.names, of_entries=True))
            fit = [found for found in made if fits(self.text, found, self.names, alone=False)]
        if not fit:
            made = list(by_entries(name, applied, right, self.names))
            fit = [found for found in made if fits(self.text, found, self.names, alone=False)]
        if len(fit) != 1:
            return False
        (found,) = fit
        self.names = self.names.with_rows(found.row)
        self._functions[name] = replace(found, value=self.inline(found.value, found.value.names))
        return True

    def _function(self, left: str, right: str, applied: str) -> bool:
        """`σ(t) = 1/(1+e^{-t})`: a function that everyone knows, which must be that one; False for anything else."""
        letter = re.fullmatch(r"\(\s*(\\?[A-Za-z]+)\s*\)", applied)
        if letter is None:
            return False
        names = (
            self.names
            if letter[1].lstrip("\\") in self.names
            else self.names.with_rows(*parse_names(f"{letter[1].lstrip(chr(92))}: real").values())
        )
        if self.fault is None:
            self.fault = _differs(left + applied, right, read(right, names), read(left + applied, names), names)
        return True


_REPEATED = re.compile(r"(?P<name>\\?[^\W\d_]+)_\{(?P<letter>[a-z]),?\s?(?P=letter)\}\Z")


def _diagonal(left: str, right: str, applied: str, names: Names) -> tuple[str, str, str]:
    """`S_{ii} = s_i` of a letter that nobody declared gives the diagonal of a matrix that has nothing else."""
    found = _REPEATED.match(left)
    if found is None or applied or canonical(found["name"]) in scope_of(names).bases:
        return left, right, applied
    return found["name"], f"diag({right})", ""


_INVERSE = re.compile(r"(?P<name>.+?)(?:\^-1|\^\{-1\}|⁻¹)\Z")


def _turned(left: str, right: str, applied: str) -> tuple[str, str, str]:
    """`S^{-1} = A` gives S, which is A^{-1}."""
    found = _INVERSE.match(left)
    return (left, right, applied) if found is None or applied else (found["name"], f"({right})^{{-1}}", "")


def _with_own_indices(left: str, right: str, names: Names) -> Names:
    """The names with the index that a definition introduces, the k of `M_k = Σ_i r_ik`: it runs over the only size for
    which the right side can be read with it free."""
    scope = scope_of(names)
    letters = parts(left).subscripts
    if len(letters) != 1 or not re.fullmatch(r"[a-z]", letters[0]):
        return names
    if letters[0] in scope.indices or letters[0] in scope.bases or letters[0] in scope.sizes:
        return names
    found: list[Names] = []
    for size in names.sizes:
        more = names.with_rows(*parse_names(f"{letters[0]}: index[{size}]").values())
        with suppress(ReadError):
            formula = read(right, more)
            if formula.shape_error is None and any(i.name == letters[0] for i in formula.free):
                found.append(more)
    return found[0] if len(found) == 1 else names


def defined(text: str, names: Names, target: str | None = None) -> Defined:
    """The answer split from its definitions; as it is where it states none that can be read."""
    if len(text) > MAX_CHARS:
        return Defined(text, names)  # whoever reads it says so
    text, padding = without_padding(without_glosses(text, names), names)
    made = _defined(text, names, target)
    made.padding = padding
    return made


def _defined(text: str, names: Names, target: str | None) -> Defined:
    try:
        program = program_of(text)
        if program is not None:
            return _carried(program, text, names, target)
    except ReadError as error:
        made = Defined(text, names)
        made.fault = unreadable_text(error)
        return made
    whole, text = text, unwrapped(text)
    for pattern, rest in (
        (BEHIND, lambda m: _head(text[: m.start()])),
        (BESIDE, lambda m: text[: m.start()]),
        (BEFORE_THEN, lambda m: blank(text[: m.start("rest")]) + m["rest"]),
        (BEFORE, lambda m: blank(text[: m.start("rest")]) + m["rest"]),
        (SO, lambda m: blank(text[: m.start("rest")]) + m["rest"]),
        (BRACKETED, lambda m: _head(text[: m.start()])),
        (FOR, lambda m: _head(text[: m.start()])),
    ):
        found = pattern.search(_WORDS_APART.sub(r"\\text{ \1 } \2 ", text) if pattern is BEHIND else text)
        said = _definitions_in(found)
        if found and said and pattern in (SO, BRACKETED, FOR) and not _new(said, names, pattern is not SO):
            continue  # `for y = 1`, `(i = j)`: a condition; `p = σ(z), so …`: a claim
        if found and said:
            made = Defined(rest(found), names)
            if made.take(said):
                return made
    return _assigned(whole, names) or _introduced(whole, names) or Defined(whole, names)


def _definitions_in(found: re.Match[str] | None) -> list[tuple[str, str, str]] | None:
    """The definitions that a pattern found."""
    return definitions(found["said"]) if found is not None and len(found["said"]) <= LONGEST else None


def with_new_names(text: str, names: Names, taken: Collection[str]) -> Defined | None:
    """Rules split from the names that they introduce, `w := w - a G, where G = …`; None where they introduce none, or
    one that is `taken` by a rule."""
    for pattern, rest in ((BEHIND, lambda m: _head(text[: m.start()])), (BEFORE, lambda m: m["rest"])):
        found = pattern.search(text)
        said = _definitions_in(found)
        if found is None or not said or not _new(said, names, False) or {canonical(a) for a, _, _ in said} & set(taken):
            continue
        made = Defined(rest(found), names)
        if made.take(said):
            return made
    return None


def defining(said: list[tuple[str, str, str]], names: Names) -> Names | None:
    """The names with those that definitions make; None where one cannot be read."""
    made = Defined("", names)
    return made.names if made.take(said) and made.fault is None else None


def _new(said: list[tuple[str, str, str]], names: Names, nodes: bool) -> bool:
    """Whether formulas, which may be conditions as well, define: each a letter that is nobody's, or a node, by what
    is no lone name or number (where `nodes`)."""
    rows = scope_of(names).rows
    if any(" " in left and left[0] != "\\" for left, _, _ in said):
        return False  # `since b = …` is no name
    given = [(rows.get(canonical(left)), right) for left, right, _ in said]
    return all(
        row is None or (nodes and row.role == "node" and re.search(r"[^\W_]\W*[-+*/ ]\W*[^\W_]", right.strip()))
        for row, right in given
    )


def _introduced(text: str, names: Names) -> Defined | None:
    """Names that lines on paper introduce for the lines behind them, or that stand behind the formula."""
    for found in (introduced(text, names), behind(text, names)):
        if found is not None:
            made = Defined(found[1], names)
            if made.take(found[0]):
                return made
    return None


def _carried(program: Program, text: str, names: Names, target: str | None) -> Defined:
    """Straight lines of code: every assignment put back. Raises `ReadError`."""
    lines = Lines(names, text)
    for step in program.steps:
        lines.take(step)
    made = Defined(last_value(program, lines, target), names)
    made.names, made._added = lines.names, frozenset(lines.added)
    made.shown, made.theirs = text, dict(lines.theirs)
    made.fault = _commented(program.comments, lines.names)
    return made


def _assigned(text: str, names: Names) -> Defined | None:
    """Lines of code: `r = X @ w - y`, then `g = X.T @ r / n`; every line but the last assigns to a name that the
    question does not have."""
    if "\n" not in text or len(text) > LONGEST:
        return None
    lines = [line for line in _COMMENT.sub("", text).split("\n") if line.strip()]
    said: list[tuple[str, str, str]] = []
    taken = {canonical(r.name) for r in names.values()}
    theirs: dict[str, str] = {}
    for k in range(len(lines) - 1):
        found = _ASSIGNED.match(lines[k].rstrip(" ;"))
        name = found["left"].replace("_", "") if found is not None else ""
        if (
            found is None
            or len(split_top(found["right"], "=")) > 1
            or {canonical(found["left"]), canonical(name)} & taken
        ):
            return None
        if name != found["left"]:  # d_z is one name in code, and z an index on paper
            theirs[name] = found["left"]
            lines[k + 1 :] = [re.sub(rf"\b{re.escape(found['left'])}\b", name, later) for later in lines[k + 1 :]]
        said.append((name, found["right"], ""))
        taken.add(canonical(name))
    made = Defined(lines[-1] if lines else "", names)
    made.theirs = theirs
    if not said or not made.take(said):
        return None
    commented = _commented([(m.start(), m[0]) for m in _COMMENT.finditer(text)], made.names)
    made.fault = made.fault if commented is None else commented
    return made


def _commented(comments: Iterable[tuple[int, str]], names: Names) -> Verdict | None:
    """The refusal of a comment in lines of code that says more than words of the field and names: `# times two`; None
    where there is none."""
    for at, comment in comments:
        words = comment.lstrip(" \t\n#\"'")
        start = at + len(comment) - len(words)
        words = words.rstrip(" \t\n\"'")
        found = take_apart(words, scope_of(names).spells, 0, REASONING | GLOSSES | COMMENTED)
        if found.unknown is not None and unexplained(words) is not None:
            return unreadable(
                not_understood(found.unknown.shown),
                "a comment in words of the field, or none",
                start + found.unknown.start,
                start + found.unknown.end,
            )
        formula = next(
            ((at, f) for at, f in found.formulas if re.search(r"[^\w\s(),.\[\]]|\d", f) and spelled_target(f) is None),
            None,
        )
        if formula is not None:
            return unreadable(
                "a formula in a comment is not read",
                "a line of code, or nothing",
                start + formula[0],
                start + formula[0] + len(formula[1]),
            )
    return None


def _head(text: str) -> str:
    """A text without the comma and the space that lead on to its definitions."""
    while (cut := text.rstrip(" \t\n,;.").removesuffix("\\quad").removesuffix("\\qquad").removesuffix("\\")) != text:
        text = cut
    return text


def _mentions(text: str, name: str) -> bool:
    """Whether a text speaks of a name: the s of `σ(s)`, which is no S that the question has."""
    return re.search(rf"(?<![A-Za-z\\]){re.escape(name)}(?![A-Za-z])", text) is not None


def _differs(left: str, right: str, mine: Formula, theirs: Formula, names: Names) -> Verdict | None:
    """A wrong verdict where a declared name is said to be something else."""
    found = equal_to(mine, theirs, names)
    if found.status != "wrong":
        return None
    return replace(wrong("definition", f"{left} is not {right.strip()} here"), evidence=found.evidence)
