"""A document as it is marked from its beginning to its end: the setting in which each stretch is judged, the case it is
said in, the names that it has been given, and the part that it answers."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial

from checker.answers.links import ORDERS, without_extrema
from checker.documents.chains import Row, rows_apart, rows_in, sides
from checker.documents.claims import FORMULA, Claim
from checker.documents.code_answers import LANGUAGES, said_in_code
from checker.documents.constants import added
from checker.documents.definitions import FUNCTION, SINGLE, Definitions
from checker.documents.densities import DENSITY, densities
from checker.documents.ending import Seen, at_the_end
from checker.documents.equations import SET_TO_ZERO, differentiated_by
from checker.documents.found import Found, Given, Written, only_elsewhere, only_supposed
from checker.documents.gathering import ASSIGNED
from checker.documents.layouts import shown_by
from checker.documents.left_sides import with_slopes, without_arguments
from checker.documents.limits import claims_limits, closed
from checker.documents.lines import line_of
from checker.documents.marking import EQUATION, Judged, Thread, marked, status_of
from checker.documents.marks import Line
from checker.documents.own_letters import by_letters, in_other_case, in_own_letters
from checker.documents.placing import OF_ANOTHER, Answer, answered, asks_for, is_named, known_mistake
from checker.documents.redefining import put_closed, redefined
from checker.documents.setting import Setting
from checker.documents.shapes import judge_product, set_behind
from checker.documents.sheets import Asked, Path, Sheet
from checker.documents.spoken_answers import Spoken, clauses_around, counted, said_in_words, unrelated
from checker.documents.steps import as_update, joined_on
from checker.documents.stray_indices import strays
from checker.documents.stretches import Stretch, declared_letters, is_condition, own_rows
from derivations.notation.errors import ReadError
from derivations.notation.spelling import canonical

MOST_WORDS = 4
"""Words of a line of plain text that is taken for a formula."""

THREADS = 4
"""Derivations that a line may go on from."""

LOOKED_AHEAD = 300
"""Characters around a formula in which a letter of it may be introduced."""


class Marker:
    """The marks of one document. `without`: ids of parts whose settings are not those of this document."""

    def __init__(self, sheet: Sheet, text: str, without: Collection[str] = ()):
        self.sheet, self.text, self.without = sheet, text, frozenset(without)
        self.lines: list[Line] = []
        self.answers: list[Given] = []
        self.written: list[Written] = []
        self.threads: dict[Asked, tuple[Thread, ...]] = {}
        """The derivations in each setting of the sheet, the last one first."""
        self.letters: dict[str, str] = {}
        """Letters that the document itself declares: `for c > 0`."""
        self.constants: frozenset[str] = frozenset()
        """Constants that it adds: `+ C`."""
        self.definitions, self.supposed = Definitions(), Definitions()
        """What the document's own names stand for; and what it supposes of names of the question."""
        self.case = ""
        """The case in which what follows is said: `i ≠ j`."""
        self.path: Path = ()
        self.laid_out: frozenset[str] = frozenset()
        """Arrays of the problem that lie as the sheet's do, as lines show that hold."""
        self.begun = 0
        """Where the problem begins that is being answered."""
        self.recent = ""
        """The problem that the last line which holds belongs to."""
        self.credit: Counter[str] = Counter()

    def mark_all(self, said: Sequence[tuple[Claim, Stretch]]) -> None:
        for claim, stretch in said:
            self.mark(claim, stretch)
        seen = Seen(self.sheet, self.lines, self.answers, self.written, self.without)
        self.answers = at_the_end(seen)

    # ---------------------------------------------------------------- one stretch

    def mark(self, claim: Claim, stretch: Stretch) -> None:
        """Judge a stretch: its rows by their relations, and as answers to the parts that they name."""
        if claim.path != self.path:
            if claim.path[:1] != self.path[:1]:  # what one problem calls δ is nothing to the next
                self.definitions, self.threads, self.letters, self.constants = Definitions(), {}, {}, frozenset()
                self.laid_out = frozenset()
                self.begun = max(0, claim.piece.place.start - LOOKED_AHEAD)
            self.path, self.case, self.supposed = claim.path, "", Definitions()
        if claim.spoken:
            self.words(claim, stretch)
            return
        self.judge(claim, stretch)
        if claim.supposed and not claim.piece.display and is_condition(stretch.text):
            self.case = stretch.text.strip()

    def words(self, claim: Claim, stretch: Stretch) -> None:
        """The answers that a line of words gives, or a block of code."""
        under = self.sheet.having(claim.path)
        if claim.piece.kind == "code":
            for start, end, answer in said_in_code(claim, under) if claim.piece.language in LANGUAGES else ():
                self.answer(claim, stretch, start, end, answer)
            return
        done = {g.answer.asked.id for g in self.answers if g.answer.verdict.status == "correct"}
        for start, end, said in said_in_words(claim, under, done):
            self.spoken(claim, stretch, start, end, said)

    def spoken(self, claim: Claim, stretch: Stretch, start: int, end: int, said: Spoken) -> None:
        """An answer in words; where it is not said which of several parts it answers, that is for a person."""
        if said.open:
            self.add(claim, stretch, Judged(start, end, "undecided", None, said.open), said.answer.asked)
        else:
            self.answer(claim, stretch, start, end, said.answer)

    def counted(self, claim: Claim, stretch: Stretch) -> Spoken | None:
        """The count or the shape that a formula in a line gives with the words of its clause."""
        if not claim.sure or (claim.piece.display and not claim.plain) or stretch.about in ("relation", "declaration"):
            return None
        done = {g.answer.asked.id for g in self.answers if g.answer.verdict.status == "correct"}
        return counted(clauses_around(claim, stretch.text.strip()), self.sheet.having(claim.path), done)

    def judge(self, claim: Claim, stretch: Stretch) -> None:
        """The rows of a stretch, in the setting that fits, or what it is else."""
        self.letters |= declared_letters(stretch.text)
        self.constants |= added(stretch.text, self.text)
        stretch = as_update(claim, stretch, self.sheet)
        if stretch.about == "declaration":
            self.alone(claim, replace(stretch, about="shape"), None)
            return
        if (cut := set_behind(stretch.text, claim.expanded)) is not None:  # Z = XW \\in \\mathbb R^{n x k}
            self.judge(claim, replace(stretch, end=cut, text=stretch.text[:cut]))
            member = f"{sides(stretch.text[stretch.start : cut])[0]} {stretch.text[cut:]}"
            self.alone(claim, replace(stretch, start=cut, text=member, about="shape"), None)
            return
        if (said := self.counted(claim, stretch)) is not None:
            self.spoken(claim, stretch, stretch.start, stretch.end, said)
            return
        before = dict(self.threads)
        found, error = (None, None) if stretch.about == "shape" else self.linked(claim, stretch)
        if (found is None or any(row.lost for row in found.rows)) and len(apart := own_rows(stretch)) > 1:
            self.threads = before  # rows of a display may belong to several parts
            for one in apart:
                self.judge(claim, one)
            return
        own = {a.problem for a in self.sheet.having(claim.path[:1])} if claim.sure else set[str]()
        elsewhere = found is not None and bool(own) and found.asked.problem not in own and not found.holds
        own_letters = found is None or found.unknown or elsewhere
        if own_letters and (told := self.own_derivative(claim, stretch)) is not None:
            for one in told:
                self.add(claim, stretch, one, None)
            return
        if found is None:
            self.alone(claim, stretch, error)
            return
        if elsewhere:
            if (told := by_letters(claim, stretch)) is not None:
                for one in told:
                    self.add(claim, stretch, one, None)
                return
            found = replace(found, judged=tuple(tuple(map(only_elsewhere, row)) for row in found.judged))
        for row, judged in zip(found.rows, found.judged, strict=True):
            self.row(claim, stretch, row, judged, found)

    def own_derivative(self, claim: Claim, stretch: Stretch) -> tuple[Judged, ...] | None:
        """What is said in letters that neither the document nor the sheet gives a meaning to."""
        near = self.sheet.having(claim.path[:1]) if claim.sure else self.sheet.asked
        nodes = {name for asked in near for name, row in asked.names.items() if row.role == "node"}
        defined = {canonical(one.left) for one in self.definitions.held}
        return in_own_letters(claim, stretch, stretch.condition or claim.case or self.case, nodes | defined)

    def row(self, claim: Claim, stretch: Stretch, row: Row, judged: tuple[Judged, ...], found: Found) -> None:
        """A row and what its members come to; and the part that it answers."""
        text = claim.expanded(stretch.text[row.members[0].start : row.members[-1].end])
        said = sides(text.strip(" &"))
        supposes = len(row.members) == 2 and row.members[1].op not in ORDERS  # x > 0 gives x no value
        in_case = bool(claim.case or stretch.condition)  # `h = x` for x > 0 is not what h is
        if row.label is not None and not in_case:
            if len(said) > 1:
                free = canonical(said[0].partition("(")[0].strip()) not in found.asked.names
                self.definitions = self.definitions.bare(said[0], said[1], free)
            near = self.sheet.having(claim.path[:1]) if claim.sure else ()  # h(x), where an h is asked about
            ours = any(canonical(said[0].partition("(")[0].strip(" &\n")) in a.names for a in near)
            self.definitions = self.definitions.with_row(said, "as written" if ours else "everywhere")
        elif supposes and claim.supposed and not in_case and judged[-1].status == "not_a_claim":
            self.supposed = self.supposed.with_one(said[0], said[-1])
        elif judged and judged[0].status == "correct" and FUNCTION.match(said[0]):
            self.definitions = self.definitions.with_one(said[0], said[1], "at others")
        if claim.sure:
            self.keep(claim, text)
        settled = any(j.status in ("correct", "wrong", "carried") for j in judged)
        sought = any(member.sought is not None for member in row.members)  # the place of an extremum is no formula
        answer = None if row.members[-1].sought is not None else self.placed(claim, stretch, text, settled)
        false = any(j.status == "wrong" for j in judged) and answer is not None and answer.verdict.status == "correct"
        if false and claim.sure and answer is not None and answer.asked not in self.sheet.having(claim.path):
            answer = self.placed(claim, stretch, text, settled, here=True)  # a false line answers no other part
        lettered = row.label is not None and claim.piece.display and not claim.supposed and not sought
        if answer is None and not settled and lettered and (near := known_mistake(text, self.sheet)) is not None:
            remark = f"if it is meant for {near.asked.id}: {near.verdict.reason}"
            self.add(
                claim, stretch, Judged(row.members[0].start, row.members[-1].end, "undecided", None, remark), near.asked
            )
            return
        if answer is not None and any(f.tag == OF_ANOTHER for f in answer.verdict.findings):
            why = answer.verdict.findings[0].message
            judged = tuple(replace(j, status="undecided", remark=why) if j.status == "correct" else j for j in judged)
        zero = bool(judged) and judged[-1].remark == EQUATION and SINGLE.fullmatch(said[0]) is not None
        if zero and answer is not None and answer.verdict.status == "wrong":
            answer = None  # when a name is 0, no answer to what it is
        if answer is not None and not settled:
            self.answer(claim, stretch, row.members[0].start, row.members[-1].end, answer)
            return
        if answer is not None and [j.status for j in judged] == ["wrong"] and asks_for(claim, text, answer, self.sheet):
            judged = (replace(judged[0], status="correct", verdict=answer.verdict, link=None),)
        if found.anew and (answer is None or answer.verdict.status != "correct"):
            condition = claim.supposed and is_condition(stretch.text)
            judged = tuple(only_supposed(one, condition) for one in judged)
        asked = found.asked
        part = answer.asked if answer is not None else asked
        self.laid_out |= shown_by([one.link for one in judged if one.status == "correct"], asked.names)
        for one in judged:
            self.add(claim, stretch, one, asked, part)
            if one.status == "wrong" and not self.lines[-1].reason and answer is not None and len(judged) == 1:
                self.lines[-1] = replace(self.lines[-1], reason=answer.verdict.reason)  # what is said of the part
        if not judged and not row.lost:
            self.add(
                claim, stretch, unrelated(claim, stretch.text, row.members[0].start, row.members[-1].end), asked, part
            )
        for lost in row.lost:
            self.add(claim, stretch, Judged(lost.start, lost.end, "unreadable", remark=lost.why), asked, part)
        if answer is not None:
            self.answers.append(Given(answer, len(self.lines) - 1))

    def keep(self, claim: Claim, text: str) -> None:
        """Keep a row under its label: it may be one of several that an answer is made of."""
        said = sides(text.strip(" &"))
        left = ASSIGNED.split(said[0])[0]
        self.written.append(Written(text, left, said[-1], claim.path, len(self.lines)))

    def linked(self, claim: Claim, stretch: Stretch) -> tuple[Found | None, ReadError | None]:
        """The stretch in the setting in which most of it holds: one of its own problem, if any reads it."""
        under = self.sheet.having(claim.path) if claim.sure else ()
        near = (*under, *self.sheet.having(claim.path[:1])) if claim.sure else ()
        own = {asked.id for asked in under}
        recent = self.sheet.having((self.recent,)) if self.recent else ()
        error: ReadError | None = None
        best: Found | None = None
        tried: set[Asked] = set()
        goes_on = joined_on(claim, stretch)
        stands = stretch.follows or claim.piece.display
        solving = {asked for asked, of in self.threads.items() if stands and of[0].equation is not None}
        # a formula alone is the same in every setting that reads it, unless it goes on, or rests on something false
        alone = stretch.bare and not goes_on and not any(of[0].false for of in self.threads.values())
        for group in ((recent, near) if goes_on else (near, recent)) + (self.sheet.asked,):
            every: list[Found] = []
            at_data = any(asked.setting.point is not None for asked in group)  # which data it uses, all of them tell
            for asked in self.sheet.contexts(group):
                if alone and (every or best is not None):
                    break
                if not at_data and any(f.settled for f in every):
                    break
                if asked.id in self.without or asked in tried:
                    continue
                tried.add(asked)
                try:
                    made = self.readings(claim, stretch, asked)
                    begun = goes_on and asked in self.threads
                    # what another part supposes
                    supposes = asked.setting.densities and not self.sheet.shared(asked, own) and not begun
                    every += (f for f in made if f.holds) if supposes else made
                except ReadError as fault:
                    error = error or fault
            if any(f.asked in solving for f in every):  # what is solved here is not known in the others
                every = [f for f in every if f.asked in solving or f.holds]
            if every:
                best = max([*([best] if best is not None else []), *every], key=lambda f: f.rank)
            if best is None or (group is recent and not claim.sure and not goes_on and not best.holds):
                continue  # under no label, what does not hold in one problem may belong to another
            if best.understood or any(best.count(s) for s in ("correct", "wrong", "carried")):
                self.credited(every)
                break
        if best is not None:
            before = self.threads.get(best.asked, ())
            self.threads[best.asked] = (best.thread, *before)[:THREADS]
            if best.count("correct"):
                self.recent = best.asked.problem
        return best, error

    def credited(self, every: Sequence[Found]) -> None:
        """Count for a setting what holds in it and not in every other one."""
        holding = {f.asked.id for f in every if f.holds}
        if len(holding) < len({f.asked.id for f in every}):
            self.credit.update(holding)

    def readings(self, claim: Claim, stretch: Stretch, asked: Asked) -> Iterator[Found]:
        """The stretch judged in one setting, in each way in which it may be read; where it does not hold, in the case
        that was said before it."""
        last = self.threads.get(asked, (Thread(),))
        solving = stretch.follows or claim.piece.display
        fresh = Thread(false=last[0].false, implied=stretch.follows)
        if SET_TO_ZERO.search(claim.before.rpartition(FORMULA)[2]) and last[0].last is not None:
            fresh = replace(fresh, equation=last[0].last, unknown=differentiated_by(last[0].head))
        elif solving:
            fresh = replace(fresh, equation=last[0].equation, unknown=last[0].unknown)
        if solving and (by := differentiated_by(last[0].head)):  # nothing else is set to 0 without a word
            fresh = replace(fresh, before=last[0].last, unknown=fresh.unknown or by)
        supposed = claim.supposed and not self.names_asked(claim, stretch)
        goes_on = joined_on(claim, stretch)
        under = self.case_asked(claim)
        otherwise = redefined(self.definitions, asked.names)
        claimed = claims_limits(claim.expanded(stretch.text))
        own = replace(asked.setting, otherwise=otherwise, laid_out=self.laid_out, claimed=claimed)
        around = self.text[self.begun : claim.piece.place.end + LOOKED_AHEAD]
        own = own.with_rows(strays(claim.expanded(stretch.text), own.names, around))
        for condition in dict.fromkeys(("", stretch.condition or claim.case or self.case or under)):
            every = [(False, *one) for one in self.rows(claim, stretch, own, condition)]
            for anew, setting, rows in (*every, *((True, *one) for one in self.anew(claim, stretch, own))):
                # columns of a scanned page run into one another: a line may go on from one before the last
                for thread in last if goes_on else (fresh,):
                    judged, after = marked(rows, thread, setting, supposed)
                    found = Found(asked, rows, judged, after, goes_on, anew)
                    yield found
                    if found.holds:
                        return
            taken = in_other_case(row for _, _, rows in every for row in rows)
            if taken and not self.letters.keys() & taken.keys():  # c was read as C, and may be a number of its own
                for setting, rows in self.rows(claim, stretch, own.knowing(taken), condition):
                    judged, after = marked(rows, fresh, setting, supposed)
                    found = Found(asked, rows, judged, after, goes_on)
                    if found.holds:
                        yield found
                        return

    def case_asked(self, claim: Claim) -> str:
        """The case in which what a claim stands under is asked, where it is one."""
        cases = {asked.case for asked in self.sheet.having(claim.path)} if claim.sure else {""}
        return next(iter(cases)) if len(cases) == 1 else ""

    def names_asked(self, claim: Claim, stretch: Stretch) -> bool:
        """Whether a stretch says what a part asks: `with γ = …`, where γ is asked, is an answer."""
        near = self.sheet.having(claim.path) if claim.sure else ()
        return any(a.part.derives and is_named(stretch.text, a) for a in near)

    def rows(
        self, claim: Claim, stretch: Stretch, setting: Setting, condition: str
    ) -> Iterator[tuple[Setting, tuple[Row, ...]]]:
        """The rows of a stretch; where it cannot be read as it stands, with the letters that the document declares and
        with what its own names stand for, then member by member."""
        stretch = replace(stretch, text=without_arguments(stretch.text, setting.names))
        setting = setting.adding(self.constants)
        more = setting.knowing(self.letters)
        said = claim.expanded(stretch.text)
        called = setting.spelled.put_in(said) != said or (bool(setting.densities) and DENSITY.search(said) is not None)
        called = called or self.definitions.takes(said) or with_slopes(said, setting.names) != said
        dressed = bool(claim.macros) and said.split() != stretch.text.split()  # by commands of the document
        if not called and not dressed and not without_extrema(stretch.text).at:
            for known in dict.fromkeys((setting.names, more.names)):
                try:
                    for rows in rows_in(stretch.text, known, condition):
                        yield replace(setting, names=known), rows
                    return
                except ReadError:
                    continue
        definitions = self.definitions.without(DENSITY) if setting.densities else self.definitions
        own = densities(setting.spelled.put_in(definitions.put_in(said)), more.names, setting.densities)
        more = more.with_rows(own.rows)

        def expand(text: str) -> str:
            text = claim.expanded(text)
            numbers = not (called and "partial" in text)  # nothing is differentiated by a number
            text = with_slopes(setting.spelled.put_in(definitions.put_in(text, numbers)), setting.names)
            return densities(closed(text, more.names), more.names, setting.densities).text

        text = ASSIGNED.sub(lambda m: "=".rjust(len(m[0])), stretch.text) if called else stretch.text
        ways, way = 1, 0
        while way < ways:
            rows = rows_apart(text, more.names, condition, definitions, expand, bool(setting.densities), way)
            yield more, rows
            ways, way = max((row.ways for row in rows), default=1), way + 1

    def anew(self, claim: Claim, stretch: Stretch, setting: Setting) -> Iterator[tuple[Setting, tuple[Row, ...]]]:
        """The rows with what the document supposes of names that mean something else here: `with L = -log p_k`."""
        if self.supposed.put_in(stretch.text) != stretch.text:
            with suppress(ReadError):
                put = partial(put_closed, claim, self.supposed, setting.names)
                yield setting, rows_apart(stretch.text, setting.names, "", self.supposed, put)

    def alone(self, claim: Claim, stretch: Stretch, error: ReadError | None) -> None:
        """A stretch that no setting reads as formulas and relations: an answer of another kind, or not understood."""
        answer = self.placed(claim, stretch, claim.expanded(stretch.text.strip()))
        product = judge_product(stretch.text.strip()) if stretch.about == "shape" else None
        if product is not None and (answer is None or answer.verdict.status != "correct"):
            self.add(claim, stretch, Judged(stretch.start, stretch.end, status_of(product), product), None)
        elif answer is not None:
            self.answer(claim, stretch, stretch.start, stretch.end, answer)
        elif (found := by_letters(claim, stretch)) is not None:
            for judged in found:
                self.add(claim, stretch, judged, None)
        elif (
            claim.plain and claim.sure and (said := self.counted(claim, replace(stretch, about="nothing"))) is not None
        ):
            self.spoken(claim, stretch, stretch.start, stretch.end, said)
        elif claim.plain and len(re.findall(r"[^\W\d_]{3,}", stretch.text)) > MOST_WORDS:
            return  # a sentence that has a sign of mathematics in it
        elif stretch.about in ("nothing", "shape") or claim.supposed:
            self.add(claim, stretch, unrelated(claim, stretch.text, stretch.start, stretch.end), None)
        else:
            why = str(error).split("\n")[0] if error is not None else ""
            if claim.sure and ASSIGNED.search(stretch.text) is not None:
                self.keep(claim, claim.expanded(stretch.text).strip())
            self.add(claim, stretch, Judged(stretch.start, stretch.end, "unreadable", remark=why), None)

    # ---------------------------------------------------------------- what comes of it

    def placed(
        self, claim: Claim, stretch: Stretch, text: str, settled: bool = False, here: bool = False
    ) -> Answer | None:
        done = frozenset(g.answer.asked.id for g in self.answers if g.answer.verdict.status == "correct")
        found = answered(claim, stretch, text, self.sheet, self.recent, done, settled, here)
        if found is not None or (said := self.definitions.put_in(text)) == text:
            return found
        found = answered(claim, stretch, said, self.sheet, self.recent, done, settled, here)  # its S is Σ_k e^{x_k}
        return found if found is not None and found.verdict.status == "correct" else None

    def answer(self, claim: Claim, stretch: Stretch, start: int, end: int, answer: Answer) -> None:
        status = status_of(answer.verdict)
        if status == "wrong" and not answer.sure:  # a value by cases is the answer, perhaps
            status = "undecided" if stretch.value and stretch.about == "relation" else "not_a_claim"
        self.add(claim, stretch, Judged(start, end, status, answer.verdict), answer.asked)
        if status == "correct" and answer.asked.part.kind == "shape":
            self.laid_out |= {(answer.asked.part.derives or "").removeprefix("shape of ")}
        bare = claim.piece.display and stretch.value
        self.answers.append(Given(answer, len(self.lines) - 1, bare))

    def add(
        self, claim: Claim, stretch: Stretch, judged: Judged, asked: Asked | None, part: Asked | None = None
    ) -> None:
        shown = part or asked
        setting = asked.setting if asked is not None else None
        identity = shown.id if asked is not None and shown is not None else None
        self.lines.append(line_of(self.text, claim.piece.at, stretch.end, judged, setting, identity))
