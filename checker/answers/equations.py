"""Update rules, in any order: V := β V + (1-β) g; W := W - α V.

A rule is matched by what it updates and compared by its right side; V_{t+1} = β V_t + g_t is V' = βV + g. Where the
problem allows it, a letter may be named otherwise, and a constant factor may move between two names (V_s = c V, α_s = α
/ c: heavy ball and exponential average; V_s = -α V: a velocity that holds the rate).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import numpy as np

from checker.answers.compare import equal_to, explained
from checker.answers.definitions import defining, with_new_names
from checker.answers.entry_rules import Entry, at_entry, entry_of, with_letters
from checker.answers.lines import spelled
from checker.answers.numerals import plain
from checker.answers.outcome import named, place_in, unreadable, wrong
from checker.answers.reading import remarks, unreadable_piece
from checker.answers.reasons import judge_reasons
from checker.verdict import Diagnosis, Finding, Verdict
from derivations.domains import Declared, Names, parse_domain
from derivations.evaluate import draw, floats
from derivations.formula import (
    ONE,
    ZERO,
    Add,
    Elem,
    Formula,
    Node,
    div,
    instantiate,
    mul,
    names_in,
    num,
    renamed,
    replace_elems,
    same_shape,
)
from derivations.frozen import frozen
from derivations.notation import ReadError, read
from derivations.notation.read.prose import bare
from derivations.notation.spelling import ACCENT_COMMANDS, STYLES, kin

_RULE = re.compile(
    r"\s*(?P<left>[^=]+?)\s*(?::=|\\coloneqq|\\gets|\\leftarrow|<-|←|:\s*=|=)\s*(?P<right>.+?)\s*\Z", re.S
)
_LAYOUT = re.compile(r"\\(?:begin|end)\{[a-z]+\*?\}(?:\{\d+\})?|\\q?quad|\\left(?=\\\{|\.)|\\right(?=\\\}|\.)|&|\$")
_NEXT = re.compile(
    r"[\n;]|\\text\{\s*(?:and|,)\s*\}|\\\\|(?<=\S)(?:\s*(?:,\s*|\.\s+)(?:and\s+)?(?:[Tt]hen:?,?\s+)?|\s+and\s+(?:then\s+)?)(?=(?:\\(?:hat|bar|tilde|widehat)\s+)?\\?[A-Za-z](?:[\w\\'^+\-()]|\{[^{}]*\})*\s*(?::=|←|\\gets|\\leftarrow|=))"
)
_ADDED = re.compile(r"\A\s*([^=+\-]+?)\s*([+-])=\s*(.+)\Z", re.S)
_T = r"(?P<t{0}>[tkn])(?:\s*(?P<by{0}>[+-])\s*1)?\s*"
_TIMED = re.compile(
    rf"(?P<name>\\(?:{'|'.join(sorted({*STYLES, *ACCENT_COMMANDS}))})(?:\s*\{{[^\W\d_]+\}}|\s+[^\W\d_])"
    r"|\{[^\W\d_]+\}|\\[A-Za-z]+|[^\W\d_]+)"
    rf"(?:[_^]\{{\s*\(?\s*{_T.format(1)}\)?\s*\}}|[_^]\(\s*{_T.format(2)}\)|_(?P<t3>[tkn])(?![A-Za-z0-9]))"
)
_NAME = re.compile(r"[^\W\d_]+(?:_\w+)?")
Fault = Callable[[Formula, Formula, Names], Diagnosis | None]

_EXPECTED = "one equation a line: V := beta V + (1-beta) g"


@frozen
class Rule:
    """One written rule: what it updates, as written and in canonical spelling, and its right side as text."""

    left: str
    target: str
    right: str
    entry: Entry | None = None

    @property
    def dated(self) -> bool:
        """Whether what is new is marked, V' or V_{t+1}: then V is the old one in every rule."""
        return self.entry.new if self.entry is not None else spelled(self.left) != self.target


def judge_equations(
    answer: Any,
    rows: Mapping[str, Formula],
    names: Names,
    renames: Mapping[str, str] | None = None,
    rescale: Sequence[str] = (),
    fault: Fault = lambda *_: None,
    explain: bool = True,
) -> Verdict:
    """`rows` are the true rules by the name of what they give; `renames` letters that may be named otherwise; `rescale`
    two names that may share a factor.

    `fault` looks once more at a rule that equals the true one.
    """
    said = with_new_names(answer, names, {base(row) for row in rows}) if isinstance(answer, str) else None
    if said is not None:
        answer, names = said.text, said.names
    rules = written(answer)
    if rules is not None:
        rules, names = _with_steps(rules, rows, names)
        rules = [_of_entry(rule, rows, names) for rule in rules]
        _, _, own = _match(rules, rows, renames or {}, names)
        rules = [_untimed(rule, rows, names, own) for rule in rules]
    if rules is None:
        return unreadable("there is no equation in it", _EXPECTED, 0, len(str(answer)))
    matched, extra, letters = _match(rules, rows, renames or {}, names)
    if extra:
        return unreadable(
            f"{extra[0].left!r} is not asked; asked are {', '.join(base(r) for r in rows)}",
            _EXPECTED,
            *place_in(answer, extra[0].left),
        )
    known = names.with_rows(*(_letter(new, old, names, (renames or {}).get(old)) for new, old in letters.items()))
    right = {}
    for row, rule in matched.items():
        try:
            right[row] = _read_right(rule, known, rows[row])
        except ReadError as error:
            return unreadable_piece(error, rule.right, answer)
    at = {row: at_entry(rule.entry, right[row]) for row, rule in matched.items() if rule.entry is not None}
    other = [replace(found, id=row) for row, found in at.items() if isinstance(found, Verdict)]
    if other:
        return _whole({str(found.id): found for found in other})
    right |= {row: found for row, found in at.items() if isinstance(found, Formula)}
    mine = {row: replace(f, body=renamed(f.body, letters), names=names) for row, f in right.items()}
    dated = frozenset(row for row, rule in matched.items() if rule.dated)
    later = (
        {}
        if isinstance(answer, Mapping)
        else {row: n for n, rule in enumerate(rules) for row in matched if matched[row] is rule}
    )
    verdicts = _compare(mine, rows, names, dated, explain, later)
    said = [remark for f in right.values() for remark in remarks(f)]
    for row, verdict in verdicts.items():
        if verdict.status == "correct" and row in names_in(mine[row].body):
            verdicts[row] = replace(
                verdict,
                status="wrong",
                score=0.0,
                diagnosis=Diagnosis("restates-question", f"{row} is what is asked: it cannot stand on its right side"),
            )
            continue
        reason = fault(mine[row], rows[row], names) if verdict.status == "correct" else None
        if reason is not None:
            verdicts[row] = replace(verdict, status="wrong", score=0.0, diagnosis=reason)
    if rescale and any(v.status == "wrong" for v in verdicts.values()):
        for state, rate, how in (
            (s, r, how) for s, r in _factors(rows, [n for n in rescale if n in names or n in rows]) for how in MOVES
        ):
            moved = _rescaled(mine, rows, names, state, rate, how)
            again = _compare(moved, rows, names, dated, False, later) if moved is not None else {}
            if again and all(v.status in ("correct", "unreadable") for v in again.values()):
                note = Finding("rescaled", f"equal after a constant factor moves between {base(state)} and {rate}")
                verdicts = {k: replace(v, findings=(*v.findings, note)) for k, v in again.items()}
                break
    found = judge_reasons(_whole(verdicts), said, known)
    alike = [(new, old) for new, old in letters.items() if base(old) in kin(new) and new not in (renames or {})]
    notes = (Finding("letter", f"{new} was read as {old}") for new, old in alike)
    return replace(found, findings=(*notes, *found.findings))


def _with_steps(rules: list[Rule], rows: Mapping[str, Formula], names: Names) -> tuple[list[Rule], Names]:
    """The rules, and the names with what the first of them define for those behind them: `E := R - U V^T`."""
    taken = {base(row) for row in rows} | {base(row.name) for row in names.values()}
    while len(rules) > len(rows) and rules[0].target not in taken and re.fullmatch(r"[^\W\d_]\w*", rules[0].left):
        used = any(re.search(rf"(?<![^\W\d_]){re.escape(rules[0].left)}(?![^\W\d_])", rule.right) for rule in rules[1:])
        made = defining([(rules[0].left, rules[0].right, "")], names) if used else None
        if made is None:
            break
        rules, names = rules[1:], made
    return rules, names


def _of_entry(rule: Rule, rows: Mapping[str, Formula], names: Names) -> Rule:
    """`w_k := …` as the rule for w at k."""
    entry = entry_of(rule.left, rule.right, rows, names)
    return rule if entry is None else replace(rule, target=base(entry.row), entry=entry)


def _read_right(rule: Rule, names: Names, true: Formula) -> Formula:
    """The right side of a rule; of two readings the one that has the shape asked. Raises `ReadError`."""
    names = names if rule.entry is None else with_letters(rule.entry, true, names)
    try:
        return read(rule.right, names)
    except ReadError as error:
        fitting = [
            f
            for f in (read(r, names) for r in error.readings)
            if f.shape_error is None and same_shape(f.shape, true.shape)
        ]
        if len(fitting) != 1:
            raise
        return fitting[0]


def written(answer: Any) -> list[Rule] | None:
    """The rules of an answer, None where there is none."""
    if isinstance(answer, Mapping):
        pairs = [f"{k} = {v}" for k, v in answer.items()]
    else:
        lines = (
            list(answer)
            if isinstance(answer, (list, tuple))
            else _NEXT.split(_LAYOUT.sub(" ", bare(plain(str(answer))).text))
        )
        pairs = [bare(str(line).strip().strip("$&,")).text.strip() for line in lines]
    found = [_RULE.match(_ADDED.sub(r"\1 := \1 \2 (\3)", p)) for p in pairs if p]
    if not found or any(f is None for f in found):
        return None
    return [Rule(f["left"], base(f["left"]), f["right"]) for f in found if f is not None]


def _untimed(rule: Rule, rows: Mapping[str, Formula], names: Names, own: Mapping[str, str]) -> Rule:
    """V_{t+1} = β V_t + (1-β) g_t as V' = β V + (1-β) g: what is updated is new at the time of the left side and old
    one step before. `own` are letters of the answer that stand for ours."""
    left = None if rule.entry is not None else _TIMED.match(rule.left.strip())
    time = names.get(_time(left)[0]) if left is not None else None
    if left is None or (time is not None and time.role == "index"):
        return rule
    letter, now = _time(left)
    updated = {base(r): r for r in rows}

    def plainly(found: re.Match[str]) -> str:
        mine, (at, step) = base(found["name"]), _time(found)
        row = updated.get(own.get(mine, mine))
        if at != letter or row is None:
            return found["name"] if at == letter else found[0]
        if step == now:
            return (base(row) if mine in own else found["name"]) + "'" * row.endswith("'")
        return found["name"] if step == now - 1 else found[0]

    return Rule(rule.left, rule.target, _TIMED.sub(plainly, rule.right))


def _time(found: re.Match[str]) -> tuple[str, int]:
    """The letter of a time, and how many steps on: (t, 1) of V_{t+1}."""
    letter = found["t1"] or found["t2"] or found["t3"]
    return letter, {"+": 1, "-": -1}.get(found["by1"] or found["by2"] or "", 0)


def base(name: str) -> str:
    """A name without what marks it as new: V', V_new, V_{t+1}, V^{(t+1)} are all V."""
    name = re.sub(
        r"_\{?\s*(?:new|next|[tik]\s*\+\s*1|[tik])\s*\}?|\^\{?\s*\(?\s*(?:new|[tik]\s*\+\s*1|[tik])\s*\)?\s*\}?",
        "",
        name,
    )
    return spelled(name).replace("'", "")


def _match(
    rules: Sequence[Rule], rows: Mapping[str, Formula], renames: Mapping[str, str], names: Names
) -> tuple[dict[str, Rule], list[Rule], dict[str, str]]:
    """Row → rule; the rules that belong to no row; letters of the student's → ours."""
    open_ = dict.fromkeys(rows)
    matched: dict[str, Rule] = {}
    extra: list[Rule] = []
    letters: dict[str, str] = {}
    for rule in rules:
        row = next((r for r in open_ if base(r) == rule.target), None)
        if row is None:
            extra.append(rule)
        else:
            matched[row] = rule
            del open_[row]
    for rule in list(extra):
        alike = [r for r in open_ if base(r) in kin(rule.target)]
        if len(alike) == 1 and rule.target not in names:  # w for W
            matched[alike[0]] = rule
            del open_[alike[0]]
            extra.remove(rule)
            letters[rule.target] = base(alike[0])
    for rule in list(extra):
        row = next((r for r in open_ if base(r) in {base(n) for n in renames}), None)
        if row is not None and _NAME.fullmatch(rule.target):
            matched[row] = rule
            del open_[row]
            extra.remove(rule)
            letters[rule.target] = next(n for n in renames if base(n) == base(row))
    return matched, extra, letters


def _letter(new: str, old: str, names: Names, domain: str | None) -> Declared:
    """The student's letter, declared like the one it stands for."""
    row = names.get(old)
    if row is None:
        return parse_domain(new, domain or "real")
    return Declared(new, row.domain, row.sizes)


def _compare(
    mine: Mapping[str, Formula],
    rows: Mapping[str, Formula],
    names: Names,
    dated: frozenset[str] = frozenset(),
    explain: bool = True,
    places: Mapping[str, int] = MappingProxyType({}),
) -> dict[str, Verdict]:
    """Each rule on its own; where it does not mark what is new, a name that another rule updates may be meant before or
    after its update, but not after one that is written behind it: that is asked. `places` are those of the rules."""
    verdicts: dict[str, Verdict] = {}
    for row, true in rows.items():
        if row not in mine:
            verdicts[row] = named(wrong("missing", f"the rule for {base(row)} is missing"), row)
            continue
        meant = mine[row]
        if meant.shape_error is not None and meant.shape_error.of_letter:
            verdicts[row] = named(unreadable(meant.shape_error.message, "an index that runs over that axis"), row)
            continue
        verdict = equal_to(meant, true, names)
        if verdict.status == "wrong" and row not in dated:
            after = replace(mine[row], body=replace_elems(mine[row].body, _updated(row, rows, names)))
            other = equal_to(after, true, names)
            behind = _updated_behind(row, mine[row], rows, places) if other.status == "correct" else None
            if behind is not None:
                verdicts[row] = behind
                continue
            if other.status == "correct" or after != mine[row]:
                verdict, meant = other, after
        if verdict.status == "wrong" and explain:
            verdict = explained(verdict, meant, true)
            if verdict.diagnosis is not None:
                verdict = replace(
                    verdict, diagnosis=replace(verdict.diagnosis, message=f"{base(row)}: {verdict.diagnosis.message}")
                )
        verdicts[row] = replace(verdict, id=row)
    return verdicts


def _updated(row: str, rows: Mapping[str, Formula], names: Names) -> Callable[[Elem], Node | None]:
    """V read as V after its update, in every rule but its own."""
    new = {base(r): r for r in rows if r != row}

    def by(elem: Elem) -> Node | None:
        after = new.get(base(elem.name))
        if after is None or elem.name == after:
            return None
        return Elem(after, elem.at) if after in names else instantiate(rows[after], elem.at)

    return by


def _updated_behind(row: str, mine: Formula, rows: Mapping[str, Formula], places: Mapping[str, int]) -> Verdict | None:
    """The question whether `W := W - α V` has the old V in it or the new one, where V is updated behind it."""
    used = {base(n) for n in names_in(mine.body)}
    later = [r for r in rows if base(r) in used and places.get(r, 0) > places.get(row, 0)]
    if not later:
        return None
    old = base(later[0])
    return named(
        unreadable(
            f"{base(row)} is updated before {old}, and it is right only with the new {old}",
            f"the rule for {old} first, or {old}' for the new one",
        ),
        row,
    )


def _factors(rows: Mapping[str, Formula], rescale: Sequence[str]) -> list[tuple[str, str]]:
    """(state, rate): an updated name and a rate between which a factor may move; the state is named, or any whose rule
    is free of the rate."""
    states = [r for r in rows if base(r) in {base(n) for n in rescale}]
    rates = [n for n in rescale if base(n) not in {base(r) for r in rows}]
    return [(s, r) for r in rates for s in (states or [s for s in rows if r not in names_in(rows[s].body)])]


MOVES = ("shared", "alone", "absorbed", "absorbed-")
"""With the constant c that the rule for V shows at V = 0: V_s = c V and α_s = α/c; V_s = c V; V_s = α V and α_s = α/c;
V_s = -α V and α_s = -α/c."""


def _rescaled(
    mine: Mapping[str, Formula], rows: Mapping[str, Formula], names: Names, state: str, rate: str, how: str
) -> dict[str, Formula] | None:
    """The student's rules in our V and α, after one of the `MOVES`."""
    row = next((r for r in rows if base(r) == base(state)), None)
    if row is None or row not in mine:
        return None
    at_zero = [
        replace_elems(f.body, lambda e: ZERO if base(e.name) == base(state) else None) for f in (mine[row], rows[row])
    ]
    scale = _constant(at_zero[0], at_zero[1], rows[row].body, state)
    if scale is None:
        return None

    sign = num(-1 if how == "absorbed-" else 1)
    factor = mul(sign, Elem(rate)) if how.startswith("absorbed") else scale
    turned = {"shared": div(Elem(rate), scale), "alone": Elem(rate)}.get(how, div(mul(sign, Elem(rate)), scale))

    if not _positive(turned, names):
        return None

    def moved(elem: Elem) -> Node | None:
        if base(elem.name) == base(state):
            return mul(factor, elem)
        return turned if elem.name == rate else None

    made = {name: replace(f, body=replace_elems(f.body, moved)) for name, f in mine.items()}
    made[row] = replace(made[row], body=div(made[row].body, factor))
    return made


def _positive(node: Node, names: Names) -> bool:
    """Whether a rate stays a rate: one that turned negative would climb."""
    with np.errstate(all="ignore"):
        values = [
            floats.evaluate(Formula(node, names=names), a) for a in draw.assignments(names, 1, points=16, count=1)
        ]
    return all(bool(np.all(v[np.isfinite(v)] > 0)) for v in values)


def _constant(a: Node, b: Node, rule: Node, state: str) -> Node | None:
    """a / b with everything common cancelled: what may remain are numbers and the names that multiply the state in its
    own rule."""
    terms = rule.args if isinstance(rule, Add) else (rule,)
    allowed = {n for t in terms if any(base(x) == base(state) for x in names_in(t)) for n in names_in(t)}

    def drop(elem: Elem) -> Node | None:
        return None if elem.name in allowed else ONE

    return div(replace_elems(a, drop), replace_elems(b, drop))


def _whole(verdicts: Mapping[str, Verdict]) -> Verdict:
    parts = tuple(verdicts.values())
    if all(p.status == "correct" for p in parts):
        notes = tuple(dict.fromkeys(f for p in parts for f in p.findings if f.tag == "rescaled"))
        weakest = max(parts, key=lambda p: ("proved", "proved_at_sizes", "agrees", None).index(p.evidence.strength))
        return Verdict("correct", 1.0, weakest.evidence, findings=notes, parts=parts)
    bad = next((p for p in parts if p.status == "wrong"), None)
    if bad is None:
        first = next(p for p in parts if p.status != "correct")
        return Verdict(first.status, None, findings=first.findings, at=first.at, parts=parts)
    score = None if any(p.score is None for p in parts) else sum(p.score or 0.0 for p in parts) / len(parts)
    return Verdict("wrong", score, bad.evidence, bad.diagnosis, parts=parts)
