"""A document as it is proofread, sentence by sentence: its declarations, then its definitions, then its claims."""

from __future__ import annotations

import re
from dataclasses import replace

from checker.answers.links import EQUALITIES, Link
from checker.answers.outcome import wrong
from checker.documents.arguments import arguments_of, at_a_number, without_arguments
from checker.documents.chains import Member, Row, rows_apart, rows_in
from checker.documents.constants import added
from checker.documents.context import Context
from checker.documents.declaring import declarations, described
from checker.documents.equations import SET_TO_ZERO, solution
from checker.documents.evidence import lefts_of
from checker.documents.half_known import mistaken, not_read, unknown_in
from checker.documents.introducing import Supposed, behind_where, case_of, goes_on, is_setting, supposed
from checker.documents.known import Binding
from checker.documents.limits import claims_limits
from checker.documents.lines import line_of
from checker.documents.marking import Judged, Thread, anew, marked, status_of
from checker.documents.marks import Line
from checker.documents.meanings import meaning, second
from checker.documents.own_letters import in_other_case
from checker.documents.rows_named import take_rows
from checker.documents.scan import Piece
from checker.documents.sentences import CLOSE, Sentence
from checker.documents.setting import Setting
from checker.documents.settling import bare_name, conforming, number, settled, without_lost
from checker.documents.shapes import judge_shapes, without_set
from checker.documents.statements import Said, statements
from checker.documents.stretches import about, is_condition, outside, stretches
from derivations.domains import Declared, Names, NamesError, parse_names
from derivations.formula import Formula, names_in, sqrt
from derivations.frozen import frozen
from derivations.notation.errors import ReadError
from derivations.notation.read.labels import Label, label_of

MOST_SIZES = 6
"""Sizes of which shapes are made for a letter that is not declared."""
SPREAD = frozenset(["bias", "broadcast"])
"""Notes of a reading that adds a side to every row or entry of another: no shape is evident by that."""
MOST_RETRIES = 6
"""How often a statement is read again with a letter more that is evident."""


@frozen
class Reading:
    """A statement on its way: its text as it is read, what its left side is (a second derivative, a new name), the
    arguments of that name, how words take it, and whether this is one of several readings."""

    piece: Piece
    said: Said
    text: str
    how: Supposed
    head: Formula | None = None
    left: Label | None = None
    arguments: str = ""
    one_of_several: bool = False
    square: bool = False
    """Whether the new name stands squared there: sigma^2 = …, which gives a standard deviation."""


@frozen
class Judgement:
    """A line, the relation that it comes from with the setting in which that was judged, and what it defines."""

    line: Line
    link: Link | None
    setting: Setting | None
    defines: Binding | None = None


class Proofreader:
    """One document. What it knows grows from sentence to sentence."""

    def __init__(self, text: str, context: Context):
        self.text, self.context = text, context
        self.lines: list[Judgement] = []
        self.thread = Thread()
        self.case = ""
        self.in_case: list[Declared] = []
        """What names were before a sentence supposed more of them: `if $A$ is symmetric`."""
        self.to_zero = False  # whether the words in front of a formula set something equal to 0
        self.constants: frozenset[str] = frozenset()
        """Constants that the document adds: `+ C`."""
        self.later: list[tuple[Piece, Said, Supposed]] | None = None
        """Definitions of a sentence by what stands behind them, `p = \\sigma(z), z = w^T x`; None as they are read."""
        self.defining: dict[tuple[int, int], Binding] = {}
        """Definitions by the places of their statements: that of the formula, and that in it."""

    # ---------------------------------------------------------------- sentences

    def sentence(self, sentence: Sentence) -> None:
        """Take what a sentence declares; definitions behind its `where` come first, then the rest in order."""
        if sentence.heading is not None or _NO_CASE.match(sentence.words):
            for row in self.in_case:
                self.context.put(row)
            self.in_case = []
        if sentence.heading is not None:
            self.context.section(sentence.heading.level, is_setting(sentence.words))
            self.thread = Thread()
            self.context.case = " , ".join(p.inside.strip() for p in sentence.formulas if is_condition(p.inside))
            return
        every = list(declarations(sentence, self.context.running))
        self.in_case += [row for one in every if one.case and (row := self.context.names.get(one.name)) is not None]
        said = [one for one in every if not one.case or one.name in self.context.names]
        problems = [why for one in said if (why := self.context.declare(one))]
        take_rows(sentence, self.context)
        self.context.described.update(described(sentence))
        self.case = case_of(sentence)
        self.later = []
        self.context.awaited = lefts_of(piece.inside for piece in sentence.formulas)
        numbers = range(len(sentence.formulas))
        first = [k for k in numbers if behind_where(sentence, k)]
        for k in (*first, *(k for k in numbers if k not in set(first))):
            self.formula(sentence, k, problems)
        later, self.later = self.later, None
        self.context.awaited = frozenset()
        for piece, said, how in later:
            self.statement(piece, said, how)

    def formula(self, sentence: Sentence, number: int, problems: list[str]) -> None:
        piece = sentence.formulas[number]
        how = supposed(sentence, number)
        self.to_zero = SET_TO_ZERO.search(sentence.before(number).rpartition(CLOSE)[2]) is not None
        apart = not goes_on(sentence, number)
        for stretch in stretches(piece.inside):
            for said in statements(stretch):
                kind = about(said.text)
                if stretch.about != "relation" or not (kind == "relation" or (kind == "nothing" and said.op)):
                    self.other(piece, said, problems)
                    continue
                if apart or not said.op or said.follows:
                    self.thread = anew(self.thread, self.to_zero, said.follows)
                apart = False
                self.statement(piece, said, how)

    def other(self, piece: Piece, said: Said, problems: list[str]) -> None:
        """A declaration, shapes, or a formula that states nothing."""
        kind = about(said.text)
        if kind in ("shape", "declaration") and not any(k.place == piece.place for k in self.context.known):
            names, _ = self.context.with_indices(said.text)
            text, _ = without_arguments(said.text, self.context.applied)
            verdict = judge_shapes(text.strip(), names)
            if verdict is not None:
                self.add(
                    piece,
                    said,
                    Judged(said.start, said.end, "correct" if verdict.status == "correct" else "wrong", verdict),
                )
                return
        remark = "; ".join(problems) if kind == "declaration" else ""
        self.add(piece, said, Judged(said.start, said.end, "not_a_claim", remark=remark))

    # ---------------------------------------------------------------- statements

    def statement(self, piece: Piece, said: Said, how: Supposed) -> None:
        """Its definitions taken, its relations judged."""
        bare = said.text.strip()
        if is_condition(bare) and (how or bare == self.case):
            self.add(piece, said, Judged(said.start, said.end, "not_a_claim", remark="a condition"))
            return
        whole = said.end
        said, member = without_set(said)
        shape = judge_shapes(member, self.context.with_indices(member)[0]) if member else None
        if shape is not None:
            status = "correct" if shape.status == "correct" else "wrong"
            self.add(piece, replace(said, end=whole), Judged(said.end, whole, status, shape))
        reading, why = self.begun(piece, said, how)
        names, ways, error = (self.context.names, [], None) if why else self.read(reading)
        if not ways and error is not None and error.tag == "unknown-name" and self.later is not None and reading.left:
            self.context.lose(reading.left, piece.place)  # until then
            self.later.append((piece, said, how))
            return
        if not ways:
            self.thread = Thread()
            clash = self.context.clash(said.text) if error is not None and error.tag == "index" else ""
            if clash and not any(re.search(rf"(?<![A-Za-z]){name}\s*_", said.text) for name in self.context.guessed):
                self.add(piece, said, Judged(said.start, said.end, "wrong", wrong("shape", clash)))
            else:
                self.context.lose(reading.left, piece.place)
                self.add(piece, said, Judged(said.start, said.end, "unreadable", remark=why or not_read(error)))
            return
        reading = replace(reading, one_of_several=len(ways) > 1)
        setting = Setting(names, self.context.point(), constants=self.constants, claimed=claims_limits(reading.text))
        outcomes = [self.judged(rows, reading, setting) for rows in ways]
        found, setting, self.thread = outcomes[0]
        if len({tuple(j.status for j in other) for other, _, _ in outcomes}) > 1:
            why = "it can be read in two ways, which differ in value: write brackets"
            found = [Judged(said.start, said.end, "undecided", remark=why)]
        for judged in found:
            self.add(piece, said, judged, setting)

    def begun(self, piece: Piece, said: Said, how: Supposed) -> tuple[Reading, str]:
        """A statement without what its left side says, where that is no formula; and why it is not read."""
        known = self.context.applied
        arguments = arguments_of(said.text, self.context.names, known)
        text, why = without_arguments(said.text, known)
        why = why or self.context.row_of_entries(said.text) or at_a_number(said.text, self.context.names)
        if not said.op and _STEP.match(said.text):
            why = why or "a step of a recursion is not read"
        if "e" in self.context.names and _POWER_OF_E.search(text):
            why = r"e is a name of this document, and is the number here: write \exp(…)"
        sign = next(outside(text, _EQUALS), None) if not said.op else None
        new = sign is not None and self.context.fresh(text[: sign.start()].strip()) is not None
        why = why or mistaken(text[sign.end() :] if sign is not None and new else text, self.context)
        if sign is None or why or claims_limits(text):
            return Reading(piece, said, text, how, arguments=arguments), why
        left = text[: sign.start()].strip()
        head = second(left, self.context.with_indices(text)[0])
        label = self.context.fresh(left) if head is None else None
        squared = _SQUARE.match(left) if label is None and head is None else None
        if squared is not None and (root := self.context.fresh(squared["name"])) is not None and not root.indices:
            label = replace(root, text=left)
        if head is not None:
            said = replace(said, op="=")
            self.thread = replace(self.thread, head=head, last=head, sound=True)
        if head is not None or label is not None:
            text = " " * sign.end() + text[sign.end() :]
        return Reading(
            piece, said, text, how, head, label, arguments, square=label is not None and squared is not None
        ), ""

    def read(self, reading: Reading) -> tuple[Names, list[tuple[Row, ...]], ReadError | None]:
        """The rows of a statement, once for each way to read it; what is evident is inferred on the way."""
        text = reading.text
        new = added(text, self.text) - frozenset(self.context.names)
        self.constants |= {name for name in new if self.context.take(name, "real", reading.piece.place)}
        names, error = self.context.names, None
        for case in dict.fromkeys((reading.said.condition or self.case or self.context.case, "")):
            for _ in range(MOST_RETRIES):
                names = self.context.with_indices(f"{text} {case}")[0]
                try:
                    below = reading.left.indices if reading.left is not None else None
                    ways = list(rows_in(text, names, case, below))
                    other = in_other_case(row for way in ways for row in way)
                    if not any(self.context.set_apart(name, text, reading.piece.place) for name in other):
                        return names, ways, None
                    continue
                except ReadError as fault:
                    error = error or fault
                    place = reading.piece.place
                    if not (self.context.infer(fault, text, place) or self.conforms(fault, reading, case)):
                        break
        try:
            return names, [rows_apart(text, names)], error
        except ReadError as fault:
            return names, [], error or fault

    def conforms(self, fault: ReadError, reading: Reading, case: str) -> bool:
        """Take a letter that is not declared as the array that it has to be, where one shape alone conforms: the w of
        y - X w, for y in R^n and X in R^{n x d}."""
        name, ends = self.context.unknown(fault, reading.text)
        if not name:
            return False
        sizes = sorted({str(s) for row in self.context.names.values() for s in row.sizes})[:MOST_SIZES]
        tables = [(s, t) for s in sizes for t in sizes] if name.isupper() and not ends else []
        alone = [()] if name not in self.context.evidence.arrays else []
        shapes = [(*ends, *more) for more in (*alone, *((s,) for s in sizes), *tables)]
        kind = self.context.unsized.get(name, "real")
        if kind != "real" and ends:  # a vector, by words: its entries are numbers
            shapes = [ends]
        domains = [f"{kind}[{','.join(shape)}]" if shape else "real" for shape in shapes]
        fit = [domain for domain in domains if self.fits(reading, case, name, domain)]
        return len(fit) == 1 and self.context.take(name, fit[0], reading.piece.place)

    def fits(self, reading: Reading, case: str, name: str, domain: str) -> bool:
        """Whether a statement reads with a letter more, and its shapes conform."""
        before = self.context.names
        try:
            self.context.names = before.with_rows(*parse_names({name: domain}).values())
            ways = list(rows_in(reading.text, self.context.with_indices(f"{reading.text} {case}")[0], case))
        except (ReadError, NamesError):
            return False
        finally:
            self.context.names = before
        sides = [[m.formula for m in row.members] for row in ways[0]] if len(ways) == 1 else []
        entry = reading.left is not None and bool(reading.left.indices)
        if any(note.tag in SPREAD for row in sides for side in row for note in side.notes):
            return False
        return bool(sides) and all(
            side.shape_error is None and side.shape == (() if entry else row[0].shape) for row in sides for side in row
        )

    def judged(self, rows: tuple[Row, ...], reading: Reading, setting: Setting) -> tuple[list[Judged], Setting, Thread]:
        """The members of a statement judged, the setting with what it defines, and where the derivation is."""
        said, thread = reading.said, self.thread
        out: list[Judged] = []
        for k, given in enumerate(rows):
            joined = k == 0 and bool(said.op)
            row, false = conforming(_begins(given, reading) if k == 0 else given)
            out += false
            out += [Judged(lost.start, lost.end, "unreadable", remark=lost.why) for lost in row.lost]
            if not row.members:
                continue
            if joined and thread.last is None:
                first = row.members[0]
                out.append(Judged(said.start, first.end, "undecided", remark="what it goes on from was not understood"))
                row = replace(row, members=(replace(first, op=""), *row.members[1:]), continues=False)
            elif not joined:
                row, made, setting = self.defined(row, setting, reading)
                out += made
            if row.members:
                (found,), thread = marked((row,), thread if joined else anew(self.thread, self.to_zero), setting, False)
                out += [
                    self.known(settled(without_lost(j, row), setting, self.context.guessed, reading.how), reading.piece)
                    for j in found
                ]
        return out, setting, thread

    def known(self, judged: Judged, piece: Piece) -> Judged:
        """A false member, unless it speaks of something that is not all known."""
        if judged.link is None:
            return judged
        if judged.status == "not_a_claim" and judged.link.op in EQUALITIES:
            self.context.suppose(judged.link, piece.place)
        why = unknown_in(judged.link, self.context) if judged.status in ("wrong", "carried") else ""
        if judged.status == "wrong" and self.to_zero and judged.link.op in EQUALITIES and not self.thread.equation:
            why = why or "an equation; what was set equal to 0 is not known"
        return replace(judged, status="undecided", remark=why) if why else judged

    # ---------------------------------------------------------------- definitions

    def defined(self, row: Row, setting: Setting, reading: Reading) -> tuple[Row, list[Judged], Setting]:
        """A row whose left side is a name: what it means is put there, or it is bound from here on."""
        if row.label is not None:
            return self.labelled(row, row.label, setting, reading)
        first = row.members[0]
        name = bare_name(first.formula)
        if name is None or len(row.members) < 2 or row.members[1].op not in EQUALITIES:
            return row, [], setting
        if reading.one_of_several:
            if name not in self.context.stale:
                return row, [], setting
            why = "it can be read in two ways: write brackets"
            return (
                replace(row, members=()),
                [Judged(first.start, row.members[-1].end, "undecided", remark=why)],
                setting,
            )
        right, known = row.members[1], setting.names[name]
        value = number(right.formula)
        if known.role == "input" and not known.sizes and value is not None:
            if not reading.how and name in self.context.values:
                return row, [], setting
            self.context.give(name, value, reading.piece.place)
            rest = replace(row, members=row.members[1:] if len(row.members) > 2 else ())
            made = [Judged(first.start, right.end, "not_a_claim", remark="a value given to a letter")]
            return rest, made, replace(setting, point=self.context.point())
        new = known.role == "input" and not self.context.used(name) and name not in self.context.outright
        if not (new or self.differs(row, known.role == "node", name, setting, reading)):
            return row, [], setting
        label = label_of((first.formula.source or name).strip(), setting.names)
        if label is None or name in names_in(right.formula.body):
            return row, [], setting
        why = self.context.bind(
            label, right.formula, reading.piece.place, _said(name, right.formula), reading.arguments
        )
        rest = replace(row, members=(replace(right, op=""), *row.members[2:]))
        if not why:
            self.defining[reading.piece.place.start, first.start] = self.context.bindings[-1]
            made = [Judged(first.start, right.end, "not_a_claim", remark="a definition" if new else "defined anew")]
            return rest, made, replace(setting, names=self.renewed(setting.names))
        if name in self.context.stale and not self.context.outright & {name}:
            self.context.lose(label, reading.piece.place)
            return rest, [Judged(first.start, right.end, "undecided", remark=why)], setting
        if " is declared as " in why:
            return rest, [Judged(first.start, right.end, "wrong", wrong("shape", why))], setting
        return row, [], setting

    def differs(self, row: Row, node: bool, name: str, setting: Setting, reading: Reading) -> bool:
        """Whether a name that has a definition is given another one: words say so, or its section is over."""
        if not node or not (reading.how == "let" or name in self.context.stale):
            return False
        (found,), _ = marked((replace(row, members=row.members[:2]),), Thread(), setting, False)
        return not any(j.status == "correct" for j in found)

    def labelled(self, row: Row, text: str, setting: Setting, reading: Reading) -> tuple[Row, list[Judged], Setting]:
        """A row whose left side is no formula."""
        first = row.members[0]
        meant = meaning(text, setting.names) if reading.left is None else None
        if meant is not None:
            side = Member(meant, "", first.start, first.start)
            return replace(row, label=None, members=(side, replace(first, op="="), *row.members[1:])), [], setting
        label = reading.left or label_of(text, setting.names)
        row = replace(row, label=None)
        if label is None or "/d" in label.spelled:
            of = " a derivative of" if label is not None else ""
            why = f"nothing says what {text.strip()} is{of}: define it in the document"
            return row, [Judged(first.start, first.end, "undecided", remark=why)], setting
        why = "it can be read in two ways: write brackets"
        if not reading.one_of_several:
            said = _said(text.strip(), first.formula)
            value = first.formula
            if reading.square:
                value = replace(value, body=sqrt(value.body), source=None)
            why = self.context.bind(label, value, reading.piece.place, said, reading.arguments)
        if not why:
            self.defining[reading.piece.place.start, first.start] = self.context.bindings[-1]
        else:
            self.context.lose(label, reading.piece.place)
        zero, by = self.thread.equation, self.thread.unknown
        told = solution(label.text, first.formula, zero, by, setting.names) if zero is not None else None
        status = "not_a_claim" if told is None else status_of(told)
        made = [Judged(first.start, first.end, status, told, why or ("a definition" if told is None else ""))]
        return row, made, replace(setting, names=self.renewed(setting.names))

    def renewed(self, names: Names) -> Names:
        """The names of the context with the index letters that were inferred for a statement."""
        indices = [r for r in names.values() if r.role == "index" and r.name not in self.context.names]
        return self.context.names.with_rows(*indices)

    # ---------------------------------------------------------------- what comes of it

    def add(self, piece: Piece, said: Said, judged: Judged, setting: Setting | None = None) -> None:
        line = line_of(self.text, piece.at, said.end, judged, setting)
        defines = self.defining.get((piece.place.start, judged.start)) if judged.status == "not_a_claim" else None
        self.lines.append(Judgement(line, judged.link, setting, defines))


_NO_CASE = re.compile(
    r"\W*(?:in general|generally|otherwise|if|without|for (?:a )?(?:general|arbitrary|any|every|all))\b", re.I
)
"""How a sentence begins in which no longer holds what was supposed before."""
_POWER_OF_E = re.compile(r"(?<![A-Za-z\\])e\s*\^(?!\s*\{?\s*(?:T\b|\\top|2\b|\(|\\intercal))")
_STEP = re.compile(r"\s*\\?[A-Za-z]+\s*(?:_|\^)\s*\{\s*\(?\s*[a-z]\s*[+]\s*1\s*\)?\s*\}\s*=")
_SQUARE = re.compile(r"(?P<name>.+?)\s*\^\s*(?:2|\{\s*2\s*\})\s*\Z", re.DOTALL)
_EQUALS = re.compile(r"(?<![<>!:=])=(?![=>])")


def _begins(row: Row, reading: Reading) -> Row:
    """The first row of a statement: joined to the one before it, or with the new name on its left side."""
    first, *others = row.members
    if reading.said.op:
        return replace(
            row, continues=True, members=(replace(first, op=reading.said.op, start=reading.said.start), *others)
        )
    if reading.left is not None and row.label is None:
        return replace(row, label=reading.left.text, members=(replace(first, start=reading.said.start), *others))
    return row


def _said(name: str, formula: Formula) -> str:
    return f"{name} = {(formula.source or '').strip()}"
