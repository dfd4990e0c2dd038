"""Pairs of texts, seeded, of which it is known by construction whether they are equal: two forms of one formula, and a
term that is 0 everywhere or hides.

A term hides where few look: in a tie of whole numbers or of equal quantities, at one size, in a thin branch or one far
out, below rounding. Its parts stand on names of their own, so that a product of them is not 0 where none of them is 0
everywhere.
"""

from __future__ import annotations

import random

NAMES = (
    "a: real; b: real; c: real; p: probability; q: positive; m: label01; s: labelpm1; k: integer; y: label01[n]; "
    "x: real[n]; w: real[d]; r: real[n]"
)

FORMS = (
    ("tanh(a)", "2 sigma(2a) - 1"),
    ("sigma(b)", "1/(1 + exp(-b))"),
    ("softplus(a)", "a + softplus(-a)"),
    ("erf(b)", "-erf(-b)"),
    ("log(exp(a) + exp(b))", "a + softplus(b - a)"),
    ("a b + b^2", "b (a + b)"),
    ("sin(2a)", "2 sin(a) cos(a)"),
    ("sum_i x_i^2", "||x||^2"),
    ("sum_i (x_i - r_i)^2", "x^T x - 2 x^T r + r^T r"),
    ("sum_i y_i x_i", "x^T y"),
    ("n sum_i x_i", "sum_{i=1}^n sum_{j=1}^n x_j"),
    ("q^(3/2)", "q sqrt(q)"),
    ("log(p) - log(1-p)", "log(p/(1-p))"),
    ("max(a, b)", "(a + b + abs(a - b))/2"),
    ("atan(b)", "-atan(-b)"),
    ("exp(-q)", "1/exp(q)"),
    ("x_1", "x_1"),
    ("m q", "m^2 q"),
    ("2^n", "2 * 2^(n-1)"),
    ("cos(a)", "sin(a + pi/2)"),
)  # fmt: skip
"""Two texts of one formula."""


def ties(rng: random.Random) -> tuple[str, bool]:
    """Conditions that hold with equality: of labels, of integers, of quantities that are the same."""
    j = rng.randint(2, 9)
    same = rng.choice(
        (
            "sigma(c) + sigma(-c)",
            "sin(c)^2 + cos(c)^2",
            "exp(log(1))",
            "cosh(c)^2 - sinh(c)^2",
            "log(e)",
            "exp(c) exp(-c)",
            "3 (1/3)",
            "sqrt(2)^2/2",
        )
    )
    return rng.choice(
        (
            (f"1[log(m + {j}) >= log({j + 1})]", True),
            (f"1[log(m + {j}) > log({j + 1})]", False),
            (f"1[sqrt(m + {j}) >= sqrt({j + 1})]", True),
            (f"1[exp(m) = e^{1}]", True),
            (f"1[m >= {same}]", True),
            (f"1[m > {same}]", False),
            (f"1[{same} >= 1]", True),
            (f"1[{same} > 1]", False),
            (f"1[{same} != 1]", False),
            (f"floor({same})", True),
            (f"(ceil({same}) - 1)", False),
            (f"sign({same} - 1)", False),
            (f"(floor({j} ({same})) - {j})", False),
            (f"1[k/{j} >= {rng.randint(1, 4)}]", True),
            (f"1[log(1 + k^2) >= log({j * j + 1})]", True),
            ("(sign(sqrt(1 + k^2)^2 - 1 - k^2))", False),
            (f"1[s tanh(1) >= tanh({same})]", True),
            (f"1[s tanh(1) > tanh({same})]", False),
            (f"floor(m {j}/{j})", True),
            (f"floor(m ({same}))", True),
            (f"floor(m ({same}) - m)", False),
            (f"floor(m {j}/{j + 1})", False),
        )
    )


def sizes(rng: random.Random) -> tuple[str, bool]:
    """Terms in sizes alone."""
    j, s = rng.choice((1, 2, 3, 4, 5, 7, 9, 12, 17, 23, 31, 40, 60)), rng.choice("nd")
    other = "d" if s == "n" else "n"
    top = rng.randint(3, 30)
    return rng.choice(
        (
            (f"1[{s} = {j}]", True),
            (f"1[{s} > {j}]", True),
            (f"1[{s} < {j + 1}]", True),
            (f"floor({j}/{s})", True),
            (f"floor({s}/{j + 1})", True),
            (f"floor(1/(1 + {s}))", False),
            (f"prod_{{l=1}}^{{{top}}} ({s} - l)", True),
            (f"(max({s}, {j}) - {s})", True) if j > 1 else ("1[n < 1]", False),
            (f"(min({s}, {j}) - {j})", True) if j > 1 else ("1[d <= 0]", False),
            (f"0^(({s} - {j})^2)", True),
            (f"1[{s} > {rng.randint(2, 12)} {other}]", True),
            (f"1[{s} = {other} + {rng.randint(1, 20)}]", True),
            (f"1[{s} {other} = {rng.randint(1, 60)}]", True),
            (f"1[{s}^2 = {j * j}]", True),
            (f"1[{s}^2 < 0]", False),
            (f"1[{s} = {j}] 1[{s} = {j + 1}]", False),
            (f"(cos(2 pi {s}/{top}) - 1)", True),
            (f"(cos(2 pi {s}) - 1)", False),
            (f"sin(pi {s}/{top})", True),
            (f"1[log({s}) > {rng.randint(1, 4)}]", True),
            (f"1[2^{s} = {2 ** rng.randint(1, 16)}]", True),
            (f"1[{s}! > 10^{rng.randint(3, 30)}]", True),
            (f"(sum_{{i=1}}^n 1[i > {j}])", True),
            (f"(sum_{{i=1}}^n floor(i/{j + 1}))", True),
            (f"(sum_i 1[i = {j}] x_i)", True),
            (f"(sum_i x_i prod_{{l=1}}^{{{top}}} (i - l))", True),
            (f"1[{s} >= 10^{rng.randint(5, 30)}]", True),
            ("(sum_{i=1}^n 1[i > n])", False),
            (f"(1[{s} >= {j}] + 1[{s} < {j}] - 1)", False),
        )
    )


def branches(rng: random.Random) -> tuple[str, bool]:
    """Thin branches, and such as are far out."""
    far = rng.choice(("3", "20", "29.5", "60", "500", "3000", "10^6", "10^9"))
    z = rng.choice(("a", "b", "c", "a + b", "a - b", "-c"))
    return rng.choice(
        (
            (f"1[{z} > {far}]", True),
            (f"1[{z} < -{far}]", True),
            (f"relu({z} - {far})", True),
            (f"(abs({z} - {far}) - {far} + {z})", True),
            (f"floor(({z})/{far})", True),
            (f"1[{far} < {z}] 1[{z} < {far} + 0.001]", True),
            (f"1[{far} < {z} and {z} < {far} + 1/2]", True),
            (f"(1 if {z} > {far} else (2 if {z} > {far} - 1/100 else 0))", True),
            (f"(max({z}, {far}) - max({z}, {far}/2))", True),
            (f"1[{z} > {far}] 1[{z} < {far} - 1]", False),
            (f"(relu({z}) - relu(-({z})) - ({z}))", False),
            (f"(1[{z} > {far}] + 1[{z} <= {far}] - 1)", False),
            (f"relu(-({z})^2 - 1)", False),
            ("1[p > 1]", False),
            ("1[q <= 0]", False),
            ("1[p > 0.999]", True),
            ("1[p q > 30]", True),
            (f"1[q > {far}]", True),
            (f"(sum_i 1[x_i > {far}])", True),
            ("1[a > b] 1[b > c] 1[c > a]", False),
            ("1[a > b] 1[b > c] 1[c + 1 > a]", True),
        )
    )


def magnitudes(rng: random.Random) -> tuple[str, bool]:
    """What no float holds, or hardly."""
    t = rng.choice(("a", "b", "c"))
    power = rng.choice((30, 60, 200, 1100, 3000))
    return rng.choice(
        (
            (f"exp(-exp({t}^2 + {rng.randint(2, 60)}))", True),
            (f"exp(-exp(exp({t}^2 + {rng.randint(1, 30)})))", True),
            (f"exp(-exp(exp(exp({t}^2 + {rng.randint(1, 5)}))))", True),
            (f"(cos(2 pi 2^{power} {t}) - 1)", True),
            (f"sin(2^{power} pi {t})", True),
            (f"(floor(2^{power} {t}) - 2^{power} {t})", True),
            (f"(1 - tanh(exp({t}^2 + {rng.randint(1, 9)})))", True),
            (f"(1 - erf(exp({t}^2 + {rng.randint(1, 4)})))", True),
            (f"(pi/2 - atan(exp(exp({t}^2 + {rng.randint(1, 5)}))))", True),
            (f"(softplus(exp({t}^2 + 4)) - exp({t}^2 + 4))", True),
            (f"p^(10^{rng.randint(2, 6)})", True),
            (f"(log(exp({t}^2 + 300) + 1) - {t}^2 - 300)", True),
            (f"(log(exp({t}^2 + 300)) - {t}^2 - 300)", False),
            (f"(tanh({t}) + tanh(-{t}))", False),
            (f"(2^{power} {t}/2^{power} - {t})", False),
            (f"(exp(exp({t}^2 + 3)) exp(-exp({t}^2 + 3)) - 1)", False),
        )
    )


def scale(rng: random.Random) -> str:
    return rng.choice(
        (
            "1",
            "2",
            "b",
            "q",
            "(1/2)",
            f"(10^-{rng.choice((3, 12, 18, 30, 60, 200, 400))})",
            f"(10^-{rng.choice((15, 20))}) q",
        )
    )


KINDS = (ties, sizes, branches, magnitudes)


def pair(seed: int) -> tuple[str, str, bool]:
    """(answer, truth, whether they are equal)."""
    rng = random.Random(seed)
    first, second = rng.choice(FORMS) if rng.random() < 0.8 else ("0", "0")
    if rng.random() < 0.5:
        first, second = second, first
    chosen = rng.sample(KINDS, 2) if rng.random() < 0.25 else [rng.choice(KINDS)]
    if branches in chosen and magnitudes in chosen:
        chosen.remove(branches)  # both stand on a, b, c
    if (
        ties in chosen
        and len(chosen) == 2
        and chosen[0] is not chosen[1]
        and (branches in chosen or magnitudes in chosen)
    ):
        chosen.remove(ties)
    parts = [kind(rng) for kind in chosen]
    there = all(t for _, t in parts)
    term = " * ".join([scale(rng), *(t for t, _ in parts)])
    form = rng.randrange(4)
    if form == 0 and there and chosen == [branches]:
        test = rng.choice(("a > 40", "b < -700", "0.5 < c and c < 0.501", "p > 0.99", "q > 10^5"))
        return f"{first} + {scale(rng)} if {test} else {first}", second, False
    if form == 1 and first != "0":
        return f"({first}) (1 + {term})", second, not there
    return f"{first} + {term}", second, not there


# ---------------------------------------------------------------- conditions on names and sizes together

TOGETHER = (
    "a: real; b: real; q: positive; k: integer; l: integer; m: label01; s: labelpm1; "
    "x: real[n]; w: real[d]; i: index[n]"
)


def _whole(rng: random.Random, name: str, value: int) -> tuple[str, str]:
    """What holds of a whole number that has a value, and what never holds beside it."""
    j = rng.randint(2, 9)
    return rng.choice(
        (
            (f"{name} = {value}", f"{name} < {value}"),
            (f"{name} >= {value}", f"{name} < {value}"),
            (f"{name} <= {value}", f"{name} > {value}"),
            (f"{name} > {value - 1}", f"{name} < {value - 1}"),
            (f"2^{name} = {2**value}" if 0 < value < 40 else f"{name} = {value}", f"{name} = {value + 1}"),
            (f"{j} {name} = {j * value}", f"{j} {name} = {j * value + 1}"),
            (f"{name}/{j} >= {value}/{j}", f"{name}/{j} < {value}/{j}"),
            (f"({name} - {value})^2 < 1", f"({name} - {value})^2 > 1"),
            (f"{name}^2 - {2 * value} {name} = -{value * value}", f"{name} = {value + j}"),
            (f"{value - 1} < {name} and {name} < {value + 2}", f"{name} > {value + 2}"),
            (f"not ({name} < {value})", f"{name} < {value}"),
            (f"{name} = {value} or {name} = {value + 1}", f"{name} > {value + 1}"),
        )
    )


def _at(rng: random.Random, value: dict[str, int]) -> tuple[str, str]:
    """A condition that holds at a place, and one that never holds beside it: on a name, a size, or several of them."""
    one, other = rng.sample(sorted(value), 2)
    v, u = value[one], value[other]
    far = rng.choice((3, 20, 60))
    z = rng.choice("ab")
    return rng.choice(
        (
            _whole(rng, one, v),
            _whole(rng, one, v),
            (f"{one} + {other} = {v + u}", f"{one} + {other} < {v + u}"),
            (f"{one} - {other} >= {v - u}", f"{one} - {other} < {v - u}"),
            (f"{one} {other} = {v * u}", f"{one} {other} > {v * u}"),
            (f"{one} = {other} + {v - u}", f"{one} > {other} + {v - u}"),
            (f"{z} > {far}", f"{z} < {far}"),
            (f"{z} < -{far}", f"{z} > -{far}"),
            (f"q > {far}", f"q < {far}"),
            ("m = 1", "m = 0"),
            ("s < 0", "s > 0"),
        )
    )


def conjunction(seed: int) -> tuple[str, str, bool]:
    """(answer, truth, whether they are equal): a term where conditions on names and on sizes hold together, all at one
    place, or nowhere."""
    rng = random.Random(seed)
    value = {
        "n": rng.choice((1, 2, 3, 4, 6, 7, 11, 13)),
        "d": rng.choice((1, 2, 3, 5, 7, 9, 12)),
        "k": rng.choice((-50, -21, -7, -2, 0, 1, 3, 8, 21, 22, 36, 100, 4097)),
        "l": rng.choice((-30, -4, 0, 2, 5, 21, 40)),
    }
    parts = [_at(rng, value) for _ in range(rng.randint(2, 3))]
    held = [holds for holds, _ in parts]
    there = rng.random() < 0.75
    if not there:
        held.append(rng.choice(parts)[1])
    sides = {c.split()[0] for c in held if c.split()[0] in ("a", "b", "q")}
    if any(sum(c.split()[0] == z for c in held) > 1 for z in sides) and there:
        held = [c for k, c in enumerate(held) if c.split()[0] not in sides or k == 0]
    rng.shuffle(held)
    by_product = "*".join(f"1[{c}]" for c in held)
    by_and = "1[" + " and ".join(f"({c})" if " or " in c else c for c in held) + "]"
    nested = "x_1"
    for c in held:
        nested = f"({nested} if {c} else 0)"
    term = rng.choice((f"b*{by_product}", by_product, f"(a - 3 b) {by_and}", by_and, nested, f"sum_i x_i {by_product}"))
    first, second = rng.choice((("0", "0"), *FORMS[1:3], ("a b + b^2", "b (a + b)"), ("sum_i x_i^2", "||x||^2")))
    return f"{first} + {term}", second, not there
