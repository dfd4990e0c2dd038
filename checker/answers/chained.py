r"""A formula said in several steps, `\frac{dJ}{dw} = 2x - x = x`: every link is judged, the last member is the
answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from checker.answers.links import EQUALITIES, Asked, without_extrema
from checker.answers.outcome import undecided, undeclared, unreadable
from checker.answers.statements import judge_chain, judge_statement
from checker.equality.echo import written
from checker.verdict import Diagnosis, Verdict
from derivations.domains import Names, NamesError, parse_names
from derivations.notation import ReadError, Statement, read_statement


def chain_in(text: str, names: Names) -> Statement | None:
    r"""The one chain of equalities that a text is, `a = b = c` with or without a label in front, `\arg\min_w a = b`
    without its `\arg\min_w`; None for anything else."""
    try:
        found = read_statement(without_extrema(text).text, names)
    except ReadError:
        return None
    lines = found.lines
    links = len(lines) == 1 and len(lines[0].parts) > 1 and all(op in EQUALITIES for op in lines[0].ops)
    return found if links and lines[0].by in EQUALITIES else None


def check_chain(text: str, names: str | Mapping[str, str] | Names) -> Verdict:
    """The lines of a derivation, each link judged; nothing is asked of where it ends. `correct` where every link
    holds."""
    try:
        found = judge_chain(text, (None, None), None, "=", None, parse_names(names), explain=True)
        if found.status == "correct" and not found.parts:
            return unreadable("there is no link in it to be judged", "formulas joined by a relation", 0, len(text))
        return found
    except NamesError as error:
        return undeclared(error)


def judge_chained(statement: Statement, text: str, names: Names) -> Verdict:
    """The links of a chain, in the words of a comparison: `equal` where every one holds, `different` with the first
    that does not. `text` is what it was read from."""
    asked = Asked(None, None, "=", (), None, explain=False)
    extrema = without_extrema(text)
    found = judge_statement(statement, asked, names, extrema)
    placed = [finding for part in found.parts for finding in part.findings if finding.tag == "stationary"]
    if found.status == "correct" and len(placed) < len(extrema.at):
        return undecided("extremum", "whether the extremum is there")
    if found.status == "correct":
        return replace(found, status="equal", score=None)
    if found.status != "wrong":
        return replace(found, score=None)
    parts = statement.lines[0].parts
    sides = next((parts[k : k + 2] for k, v in enumerate(found.parts) if v.status == "wrong"), ())
    said = " = ".join(" ".join((side.source or str(written(side))).split()) for side in sides)
    reason = Diagnosis("link", f"{said} is not true") if said else found.diagnosis
    return replace(found, status="different", score=None, diagnosis=reason, findings=())


def why_not(links: Verdict) -> str:
    """Why a chain comes to no formula."""
    return links.diagnosis.message if links.diagnosis is not None else "whether its members are equal is not settled"
