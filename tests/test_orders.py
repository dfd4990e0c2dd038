"""Every case table in one process, forwards, backwards and shuffled: the same verdict with the same evidence, whatever
was asked before."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterable
from dataclasses import replace
from fractions import Fraction
from itertools import chain
from pathlib import Path
from typing import Any

import pytest

from checker import check, compare
from checker.answers.choices import judge_choice
from checker.answers.claims import judge_claim
from checker.answers.conditions import as_condition, judge_condition
from checker.answers.counts import judge_count
from checker.answers.equations import judge_equations
from checker.answers.numbers import judge_number
from checker.answers.shapes import judge_shape
from checker.answers.tables import judge_trace
from checker.answers.witnesses import Predicate, judge_witness
from checker.diagnosis.diagnose import diagnose
from checker.diagnosis.forms import forms
from checker.verdict import Verdict
from derivations.domains import Names, parse_names
from derivations.notation import ReadError, read, read_condition
from problems.bank import load_bank
from tests import (
    test_bank,
    test_check,
    test_diagnosis,
    test_equality,
    test_kind_chain,
    test_kind_choice,
    test_kind_claim,
    test_kind_condition,
    test_kind_count,
    test_kind_equations,
    test_kind_number,
    test_kind_shape,
    test_kind_trace,
    test_kind_witness,
    test_worked_answers,
)

Ask = Callable[[], Verdict]


def condition(written: str, asked: str, names: Names) -> Verdict:
    try:
        return judge_condition(
            as_condition(read_condition(written, names)), as_condition(read_condition(asked, names)), names
        )
    except ReadError:
        return Verdict("unreadable")


def witness(written: str, predicates: Iterable[str]) -> Verdict:
    t = test_kind_witness
    read_as = [Predicate(p, as_condition(read_condition(p, t.LINE))) for p in predicates]
    return judge_witness(written.replace("w^T", "w"), ["w"], read_as, t.CORNERS, t.LINE)


def explained(names: str, truth: str, written: str) -> Verdict:
    declared = parse_names(names)
    true, student = read(truth, declared), read(written, declared)
    return replace(compare(student, true, declared), diagnosis=diagnose(student, true, forms=forms(true)))


def tables() -> dict[str, list[Ask]]:
    """One question a row; declarations that rows share are shared here as well, with what is kept with them."""
    number, trace, equations = test_kind_number, test_kind_trace, test_kind_equations
    links = test_kind_chain
    return {
        "equality": [
            lambda r=r: compare(*r[:3])
            for r in (*test_equality.EQUAL, *test_equality.DIFFERENT, *test_equality.UNSETTLED)
        ],
        "diagnosis": [lambda r=r: explained(*r[:3]) for r in (*test_diagnosis.TABLE, *test_diagnosis.WHERE)],
        "choice": [lambda r=r: judge_choice(*r[:3]) for r in test_kind_choice.TABLE],
        "claim": [lambda r=r: judge_claim(r[0], r[1], test_kind_claim.NAMES) for r in test_kind_claim.TABLE],
        "condition": [lambda r=r: condition(*r[:3]) for r in test_kind_condition.TABLE],
        "count": [lambda r=r: judge_count(*r[:3]) for r in test_kind_count.TABLE],
        "equations": [
            lambda r=r: judge_equations(r[0], equations.ROWS, equations.NAMES, {"V": "real"}, ("V", "alpha"))
            for r in equations.TABLE
        ],
        "number": [lambda r=r: judge_number(r[0], (r[1],)) for r in number.ONE_NUMBER],
        "numbers": [lambda r=r: judge_number(r[0], tuple(map(Fraction, r[1])), r[2]) for r in number.VECTORS],
        "shape": [lambda r=r: judge_shape(r[0], r[1]) for r in test_kind_shape.TABLE],
        "trace": [lambda r=r: judge_trace({**trace.RIGHT, **r[0]}, trace.ROWS, trace.DATA) for r in trace.TABLE],
        "witness": [lambda r=r: witness(r[0], r[1]) for r in test_kind_witness.TABLE],
        "chain": [lambda r=r: links.judged(*r[:3]) for r in links.TABLE],
        "up to": [
            lambda r=r: links.judged(r[0], links.PRIOR, None, relation="proportional", over=("theta",))
            for r in links.UP_TO
        ],
        "extrema": [lambda r=r: links.judged(r[0], links.PRIOR, None, relation="argmax") for r in links.EXTREMA],
        "solving": [lambda r=r: links.judged(*r[:3], relation="=>") for r in links.SOLVING],
    }


def same_in_every_order(asked: dict[str, Ask]) -> None:
    """Verdict, evidence, findings and reason, all but the time it took."""

    def said(order: Iterable[str]) -> dict[str, str]:
        return {label: json.dumps(replace(asked[label](), ms=None).to_json(), sort_keys=True) for label in order}

    labels = list(asked)
    forwards = said(labels)
    for order in (labels[::-1], random.Random(7).sample(labels, len(labels))):
        again = said(order)
        assert {k: v for k, v in again.items() if v != forwards[k]} == {}


def labelled(questions: dict[str, list[Ask]]) -> dict[str, Ask]:
    return {f"{name} {k}": ask for name, rows in questions.items() for k, ask in enumerate(rows)}


def of_parts(identities: Iterable[str]) -> dict[str, Ask]:
    """Every answer that the files of the bank call right or wrong."""
    asked: dict[str, Ask] = {}
    for identity in identities:
        part = test_bank.BANK.part(identity)
        answers: list[Any] = [
            *part.accepts,
            *part.rejects,
            *(m.answer for m in part.mistakes),
            *(e.answer for e in part.expect),
        ]
        asked |= {f"{identity} {k}": lambda a=answer, part=part: check(part, a) for k, answer in enumerate(answers)}
    return asked


def of_problems(folder: Path) -> dict[str, Ask]:
    """The tables of whole problems, each with its file."""
    asked: dict[str, Ask] = {}
    for module in (test_check, test_worked_answers):
        own = folder / module.__name__.rpartition(".")[2]
        own.mkdir()
        (own / "t1.toml").write_text(module.PROBLEM, encoding="utf-8")
        bank = load_bank(own)
        asked |= {
            f"{own.name} {k}": lambda r=r, bank=bank: check(f"t/1.{r[0]}", r[1], bank)
            for k, r in enumerate(module.TABLE)
        }
    return asked


def thinned(asked: dict[str, Ask], step: int) -> dict[str, Ask]:
    return {label: asked[label] for label in list(asked)[::step]}


@pytest.mark.long
def test_a_cross_section_in_every_order(tmp_path: Path) -> None:
    same_in_every_order(
        thinned(labelled(tables()), 40)
        | thinned(of_problems(tmp_path), 30)
        | thinned(of_parts(test_bank.CROSS_SECTION[2:8]), 9)
    )


@pytest.mark.soak
def test_everything_in_every_order(tmp_path: Path) -> None:
    parts = chain.from_iterable(problem.parts for problem in test_bank.BANK.problems())
    asked = labelled(tables()) | of_problems(tmp_path) | of_parts(p.id for p in parts)
    assert len(asked) > 1000
    same_in_every_order(asked)
