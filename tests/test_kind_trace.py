"""A trace on a network of one hidden unit: z = w i + b, h = sigmoid(z), o = v h, d = o - t, v' = v - eta d h, all at
stated data."""

from __future__ import annotations

from fractions import Fraction

import pytest

from checker import check
from checker.answers.given import point_of
from checker.answers.tables import Row, judge_trace
from checker.check import find
from derivations.domains import DOMAINS, Declared, Names
from derivations.evaluate.at_point import Point, value_at
from derivations.evaluate.exact_values import ball
from derivations.formula import Elem, Formula, add, call, mul, neg
from problems.truth import truth

E = {n: Elem(n) for n in ("w", "i", "b", "v", "t", "eta", "z", "h", "o", "d", "v'")}
NODES = {
    "z": add(mul(E["w"], E["i"]), E["b"]),
    "h": call("sigmoid", E["z"]),
    "o": mul(E["v"], E["h"]),
    "d": add(E["o"], neg(E["t"])),
}
UPDATE = add(E["v"], neg(mul(E["eta"], E["d"], E["h"])))
NAMES = Names([
    *(Declared(n, DOMAINS["real"]) for n in ("w", "i", "b", "v", "t", "eta")),
    *(Declared(n, DOMAINS["real"], role="node", definition=Formula(body)) for n, body in NODES.items()),
])  # fmt: skip
DATA = Point(
    {},
    {
        "w": Fraction("0.5"),
        "i": Fraction(2),
        "b": Fraction("0.1"),
        "v": Fraction("0.8"),
        "t": Fraction(1),
        "eta": Fraction("0.5"),
    },
    NAMES,
)
ROWS = (*(Row(n, Formula(E[n], names=NAMES)) for n in NODES), Row("v'", Formula(UPDATE, names=NAMES)))
# z = 1.1, h = 0.7502601056, o = 0.6002080845, d = -0.3997919155, v' = 0.9499739629

RIGHT = {"z": "1.1", "h": "0.75026", "o": "0.60021", "d": "-0.39979", "v'": "0.94997"}

TABLE = [
    # what is written instead                                          z         h         o         d         v'
    # first reason
    ({}, ("right", "right", "right", "right", "right"), None),
    ({"d": "0.39979"}, ("right", "right", "right", "here", "repaired"), "sign"),
    ({"d": "0.39979", "v'": "0.65003"}, ("right", "right", "right", "here", "carried"), "sign"),
    ({"v'": "0.65003"}, ("right", "right", "right", "right", "here"), "sign"),
    (
        {"z": "1.000", "h": "0.73106", "o": "0.58485", "d": "-0.41515", "v'": "0.95175"},
        ("here", "carried", "carried", "carried", "carried"),
        "missing-term",
    ),
    ({"z": "1.09", "h": "0.75"}, ("here", "masked_by_rounding", "right", "right", "right"), "rounding"),
    ({"v'": "0.12345"}, ("right", "right", "right", "right", "here"), "value"),
    ({"h": "0.75206"}, ("right", "here", "repaired", "right", "repaired"), "transposition"),
    ({"h": "0.75", "o": "0.60000"}, ("right", "right", "early", "repaired", "right"), "early-rounding"),
]


def _origin(part):
    tags = [f.tag for f in part.findings]
    if part.diagnosis is not None and part.diagnosis.tag == "early-rounding":
        return "early"
    return next(
        (t for t in tags if t in ("here", "carried", "masked_by_rounding", "repaired")),
        "right" if part.status == "correct" else part.status,
    )


@pytest.mark.parametrize(("instead", "origins", "tag"), TABLE)
def test_trace(instead, origins, tag):
    verdict = judge_trace({**RIGHT, **instead}, ROWS, DATA)
    assert tuple(_origin(p) for p in verdict.parts) == origins
    assert (verdict.diagnosis.tag if verdict.diagnosis else None) == tag
    assert verdict.status == ("correct" if tag is None else "wrong")


def test_lines_and_score():
    verdict = judge_trace("z = 1.1\nh = 0.75026; o = 0.6002, d = 0.3998\nv_{}' = 0.65003", ROWS, DATA)
    assert verdict.score == pytest.approx(4 / 5), "a carried value loses no point"
    assert judge_trace("z = 1.1", ROWS, DATA).score == pytest.approx(1 / 5)
    assert judge_trace("q = 1.1", ROWS, DATA).status == "unreadable"
    assert judge_trace("z = 1.1, z = 1.2", ROWS, DATA).status == "unreadable"


@pytest.mark.parametrize(
    ("written", "fault"),
    [
        ("z = 1.1\nfoo", "foo"),
        ("z = 1.1\nq = 2", "q"),
        ("z = 1.1\nh = oh", "oh"),
        ("z = 1.1\nz = 1.2", "z = 1.1\nz = 1.2"),
    ],
)
def test_the_place_of_a_fault_is_the_value(written, fault):
    at = judge_trace(written, ROWS, DATA).at
    assert written[at.start : at.end] == fault


@pytest.mark.parametrize("part", ["001/1", "001/1.II", "001/2", "beyond/rnn.trace"])
def test_the_gradients_of_a_trace_are_finite_differences(part):
    asked = find(part)
    names = truth(asked).names
    given = point_of(asked.payload["given"], names).values
    adjoints = [n for n in names if "/d" in n and n.split("/d")[1] in given]
    assert adjoints
    loss = adjoints[0][1:].split("/")[0]
    for name in adjoints:
        wrt = name.split("/d")[1]
        step = Fraction(1, 10**6)
        up, down = (
            ball(value_at(Formula(Elem(loss), names=names), Point({}, {**given, wrt: given[wrt] + s}, names)))
            for s in (step, -step)
        )
        assert (
            abs(
                (up - down) / ball(2 * step) - ball(value_at(Formula(Elem(name), names=names), Point({}, given, names)))
            )
            < 1e-9
        ), name


def test_an_error_is_carried_through_the_deltas_of_the_table():
    """δ_out has the wrong sign, and every value behind it is computed from it as it should be."""
    right = dict(next(iter(find("001/2").accepts)))
    ups = {"w5'": ("0.14", "0.58"), "w6'": ("0.15", "0.66")}
    wrong = {**right, "delta_out": 0.8198, "delta_1": 0.114772, "delta_2": 0.12297}
    wrong |= {n: float(Fraction(w) - Fraction("0.05") * Fraction("0.8198") * Fraction(h)) for n, (w, h) in ups.items()}
    wrong |= {"w1'": 0.0985228, "w2'": 0.197703, "w3'": 0.1027842, "w4'": 0.0615545}
    verdict = check("001/2", wrong)
    assert [p.id for p in verdict.parts if any(f.tag == "here" for f in p.findings)] == ["delta_out"]
    assert [f.tag for p in verdict.parts[4:] for f in p.findings] == ["carried"] * 8
    assert verdict.score == pytest.approx(11 / 12)
