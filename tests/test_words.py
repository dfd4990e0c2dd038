"""Words around an answer: harmless ones change nothing, reasons are judged, every other word is refused by name. One
small problem, every kind of part."""

from __future__ import annotations

import random

import pytest

from checker import check
from checker.compare import compare
from derivations.domains import parse_names
from derivations.notation.read.phrases import ABOUT, GROUPS, REASONING
from derivations.notation.read.prose import bare
from problems.bank import load_bank
from problems.loader import read_text

PROBLEM = r"""
id = "w/1"
title = "One part a kind"
let = ["H = -log p", "f = a + b", "z = w^T x + b", "q = sigmoid(z)", "L = -y log q - (1-y) log(1-q)",
    "Z = X W", "V' = c a + b", "s_i = softmax(t)_i"]
[names]
a = "real"
b = "real"
c = "positive"
m = "positive"
p = "probability"
w = "real[d]"
x = "real[d]"
y = "label01"
X = "real[m,d]"
W = "real[d,h]"
t = "real[n]"
i = "index[n]"
j = "index[n]"
[[part]]
id = "w/1.number"
kind = "number"
units = ["nats"]
ask = "How large is H, not rounded, twice as exact as before?"
derives = "value of H"
given = { p = 0.3 }
[[part]]
id = "w/1.count"
kind = "count"
units = ["parameters", "weights"]
ask = "?"
derives = "entries of w"
given = { d = 300 }
[[part]]
id = "w/1.formula"
kind = "formula"
ask = "?"
derives = "value of f"
[[part]]
id = "w/1.dz"
kind = "formula"
ask = "?"
derives = "dL/dz"
[[part]]
id = "w/1.off"
kind = "formula"
ask = "?"
derives = "ds_i/dt_j where i != j"
[[part]]
id = "w/1.shape"
kind = "shape"
ask = "?"
derives = "shape of Z"
[[part]]
id = "w/1.choice"
kind = "choice"
ask = "Which curve oscillates?"
options = { a = "BGD", b = "MBGD", c = "SGD" }
key = "b"
because = "It is in between."
[[part]]
id = "w/1.truth"
kind = "choice"
ask = "Is it so?"
key = "false"
[[part]]
id = "w/1.trace"
kind = "trace"
units = ["nats"]
ask = "?"
given = { p = 0.3 }
values = { H = "value of H" }
[[part]]
id = "w/1.condition"
kind = "condition"
ask = "?"
condition = "a > b"
[[part.shown_by]]
form = "identity"
statement = "a = a"
[[part]]
id = "w/1.claim"
kind = "claim"
ask = "?"
claim = "-m sigmoid(-c m) < 0"
[[part]]
id = "w/1.witness"
kind = "witness"
ask = "?"
unknowns = { u = "real" }
predicate = ["u > 1"]
example = "u = 2"
[[part]]
id = "w/1.chain"
kind = "chain"
ask = "?"
start = "sigmoid(-z)"
end = "1 - sigmoid(z)"
[[part]]
id = "w/1.equations"
kind = "equations"
ask = "?"
equations = ["V'"]
"""


@pytest.fixture(scope="module")
def bank(tmp_path_factory):
    folder = tmp_path_factory.mktemp("bank")
    (folder / "w1.toml").write_text(PROBLEM, encoding="utf-8")
    return load_bank(folder)


UNDERSTOOD = [
    # part, answers that are right in their sentences
    ("number", ["1.204", "1.204 nats", "nats: 1.204", "about 1.204", "~1.204", "so 1.204", "the answer is 1.204",
            "H = 1.204", "H is 1.204", "cross-entropy = 1.204", "the loss of example 1 is 1.204", "**1.204**",
    "**Answer:** 1.204",
                r"$\text{so } 1.204$", "Thus, H ≈ 1.204.", "1.204 (natural log)", "1.204 is the answer", "120.4 %",
                "１.２０４", "1.204, as desired", "1.204 = H", "We get H = -log(0.3) = 1.204 nats.",
                "1.204 since -log 0.3 = 1.204"]),
    ("count", ["300", "300 parameters", "300 weights in total", "so 300", "there are 300 parameters", "n = 300",
            "w has 300 weights", "number of parameters: 300", "3*100 = 300 parameters", "The total is 300."]),
    ("formula", ["a + b", "so a + b", "the answer is a + b", "Answer: a + b", "f = a + b", "we get a + b", "**a + b**",
            "`a + b`", r"\text{Hence } a + b", r"a + b \text{ as desired}", "a + b is the answer",
    "Therefore, $a + b$.",
                 r"$$\boxed{a+b}$$", "a + b since b + a = a + b", "a + b (by the chain rule)", "a + b, by symmetry",
                 r"a + b \quad \text{because } c > 0", r"a + b \tag{2}", "The final answer is **a + b**",
                 "It follows that a + b, which is the result."]),
    ("dz", ["q - y (since q is sigmoid)", "q - y since q = sigmoid(z)", "q - y because dq/dz = q (1-q)",
            r"-y (1-q) + (1-y) q = q - y \text{ because } y q \text{ cancels}", "q - y, where y is the label",
    "Since q = sigmoid(z), we get q - y", r"\text{Since } q = \sigma(z), \text{ we get } q - y",
    "By the chain rule, q - y", "q - y since log(a b) = log a + log b", "q - y as desired since q = sigmoid(z)",
            "The gradient dL/dz is q - y", "is q - y", "it is q - y", "dL/dz equals q - y",
            r"q - y \text{ as } \frac{dq}{dz} = q(1-q)", "r = q - y  # the residual\nr"]),
    ("off", [r"-s_i s_j \text{ since } i \neq j", "-s_i s_j because i != j"]),
    ("shape", ["(m, h)", "an m × h matrix", "Z is m by h", "(m, h) is the answer", "the shape is (m, h)", "so (m, h)",
            "shape: (m, h)", "Z has shape (m, h)"]),
    ("choice", ["b", "(b)", "the answer is b", "so b", "b) MBGD", "b, because it is in between", "the MBGD", "option b",
            "I choose b", "**b**", "b is the answer", "it is b", "$b$", r"\text{b}", "my answer: b"]),
    ("truth", ["false", "no", "No, since it is affine", "it is false", "the answer is false", "so no",
            "false, because it is linear", "no is the answer"]),
    ("trace", ["H = 1.204", "H = 1.204 nats", "H = about 1.204", "so H = 1.204", "H = -log(0.3) = 1.204"]),
    ("condition", ["a > b", "so a > b", r"a > b \text{ as desired}", "Condition: a > b", "the condition is a > b",
            "b < a is the answer", "It must hold that a > b", "a > b holds", "Line A: a > b", "a > b since c > 0"]),
    ("claim", ["negative", "it is negative", "the derivative is negative", "< 0", "so negative",
            "the answer is negative", "it is decreasing in c", "thus it is < 0", "negative everywhere",
    "negative, since m > 0"]),
    ("witness", ["u = 2", "so u = 2", "the answer is u = 2"]),
    ("chain", [r"\text{We have } sigmoid(-z) = 1/(1+e^z) \text{ so } = 1 - sigmoid(z)",
            "Then sigmoid(-z) = 1/(1+e^z)\n= 1 - sigmoid(z), as desired",
    "Step 1: sigmoid(-z) = 1/(1+e^z)\nStep 2: 1/(1+e^z) = 1 - sigmoid(z)"]),
    ("equations", ["V := c a + b", "the update rule is V := c a + b", r"so V' = c a + b",
            r"V := c a + b \text{ as desired}"]),
]  # fmt: skip


@pytest.mark.parametrize(("part", "answer"), [(part, answer) for part, answers in UNDERSTOOD for answer in answers])
def test_what_is_understood(bank, part, answer):
    verdict = check(f"w/1.{part}", answer, bank)
    assert verdict.status == "correct", verdict


REFUSED = [
    # part, the word that is named, answers
    ("number", "tripled", ["1.204 tripled", "**1.204** tripled"]), ("number", "millions", ["1.204 millions"]),
    ("number", "at", ["1.204 at least", "at least 1.204"]),
    ("number", "not", ["not 1.204", "not H = 1.204", "**not** 1.204"]),
    ("number", "or", ["1.204 or 2.3", "1.204 or so"]), ("number", "percentage", ["1.204 percentage points"]),
    ("number", "what", ["1.204 is what one would get without the penalty"]),
    ("number", "between", ["between 1.2 and 1.3"]),
    ("number", "dozen", ["a dozen"]), ("number", "twice", ["twice H = 1.204", "twice 1.204"]),
    ("number", "half", ["half of 1.204"]), ("number", "wrong", ["1.204 = wrong", "1.204 (wrong)", "1.204 is wrong"]),
    ("number", "up", ["1.204 up to sign"]),
    ("number", "нат", ["1.204 нат"]), ("number", "hundredths", ["1.204 hundredths"]),
    ("number", "everywhere", ["1.204 everywhere"]), ("number", "bytes", ["1.204 bytes"]),
    ("number", "doubled", [r"1.204 \text{ doubled}", "1.204, doubled"]),
    ("count", "millions", ["300 millions"]), ("count", "squared", ["300 squared", "300 parameters squared"]),
    ("count", "wrong", ["300 is wrong", "wrong = 300"]), ("count", "or", ["300 or more", "300 or so parameters"]),
    ("count", "times", ["300 times two"]),
    ("count", "thousand", ["300 thousand"]), ("count", "about", ["about 300"]), ("count", "apples", ["300 apples"]),
    ("count", "per", ["300 per layer"]), ("count", "each", ["300 each"]), ("count", "without", ["300 without biases"]),
    ("count", "~", ["~300"]),
    ("formula", "to", [r"a + b \text{ to the fourth power}"]),
    ("formula", "tripled", ["a + b tripled", r"a + b \text{ tripled and squared}"]),
    ("formula", "wrong", [r"a + b \text{ (wrong)}", r"a + b \text{ is wrong}"]),
    ("formula", "flubber", ["a + b since flubber"]), ("formula", "doubled", ["a + b because it is doubled"]),
    ("formula", "halving", ["a + b by halving"]), ("formula", "flipped", ["a + b where the sign is flipped"]),
    ("formula", "twice", ["a + b, where b is twice as large"]),
    ("formula", "up", [r"a + b \text{ up to sign}", "a + b (up to sign)"]),
    ("formula", "negated", [r"a + b \text{, then negated}"]),
    ("dz", "times", ["r = q - y # times two\nr"]), ("shape", "transposed", ["transposed: (m, h)"]),
    ("shape", "not", ["it is not: (m, h)", "not = (m, h)"]), ("shape", "wrong", ["wrong: (m, h)"]),
    ("choice", "not", ["b, because not"]), ("truth", "not", ["false, since it is not"]),
    ("trace", "half", ["H = half = 1.204"]), ("trace", "doubled", ["H = 1.204 doubled"]),
    ("trace", "both", ["H = 2.3 = 1.204"]),
    ("claim", "sometimes", ["negative sometimes"]), ("claim", "hardly", ["hardly negative"]),
    ("claim", "wrong", ["negative is wrong"]), ("witness", "halved", ["u = 2 halved"]),
    ("chain", "doubled", [r"sigmoid(-z) = 1/(1+e^z) = 1 - sigmoid(z) \text{ when doubled}"]),
    ("chain", "false", [r"\text{It is false that } sigmoid(-z) = 1/(1+e^z) = 1 - sigmoid(z)",
            r"sigmoid(-z) = 1/(1+e^z) = 1 - sigmoid(z) \text{ is false}"]),
    ("condition", "false", [r"a > b \text{ is false}"]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("part", "word", "answer"), [(part, word, answer) for part, word, answers in REFUSED for answer in answers]
)
def test_a_word_that_is_not_understood_is_named(bank, part, word, answer):
    verdict = check(f"w/1.{part}", answer, bank)
    assert verdict.status == "unreadable", verdict
    assert word in verdict.at.message, verdict.at


NEVER_RIGHT = [
    ("number", ["1.204e", "1.204 ± 0.1", "300k", "1.204M", "H/2 = 1.204", "2H = 1.204", "-H = 1.204", "minus 1.204",
            "1.204 # times two", "1.204; 2.3", "(1.204) squared", "≥ 1.204", "> 1.204", "log 1.204", "1.204 👍",
    "1.204 λ", "1.204-ish", "1.204 in absolute value", "exactly 1.3", "1.204 since -log 0.3 = 2", "log: 1.204",
    "sqrt(H) = 1.204", "H^2 = 1.204", r"\sqrt{H} = 1.204", r"\text{twice} = 1.204", "square: 1.204", "L = 1.204",
    "p is 1.204", "dL/dz = 1.204"]),
    ("count", ["300k", "three hundred", "300!", "300%", "300 plus biases", "more than 300", "100 and 200",
            "300 in base 7", "300±1", "300 minus one", "≈ 300"]),
    ("formula", [r"\text{twice } a + b", "not a + b", "twice a + b", r"a \text{ minus } b", r"a + \text{twice } b",
            "a + b or a - b", "a + b and c", "it is not a + b", "a + b is false", "a + b is partial", "a + b is",
    "minus a + b", "the negative of a + b", "**not** a + b", "a + b **squared**", "approximately a + b",
                 "a + b 👍", "a + b using c = 0", "a + b since b = 2 a", "a + b (since b = 2 a)",
                 r"a + b \text{ since } 1 = 2", "a + b quadriert", "doppelt a + b", r"a + b \tag{times 2}",
                 r"a + b \\ \text{times two}", "a + b # times two", "Not: a + b", "half f = a + b", "-f is a + b",
                 "f^2 is a + b", "2 f = a + b"]),
    ("dz", ["q - y since q = z", r"q - y \text{ because } dq/dz = q", "-y (1-q) + (1-y) q = q - y (since q = 2)",
            r"-y (1-q) + (1-y) q = q - y \text{ times two}", "-y (1-q) + (1-y) q = q - y since y = 1",
    "Since q = z, we get q - y", r"\text{Since } 1 = 2, \text{ we get } q - y", "Not since q = z, q - y",
    "By halving, q - y"]),
    ("off", ["-s_i s_j since i = j"]),
    ("shape", ["(m, h) transposed", "not (m, h)", "(m, h) or (h, m)", "(m, h)^T", "at least (m, h)", "(m, h) is wrong",
            r"\text{transpose of } (m, h)", "m x h transposed", "no is (m, h)", "it never has shape (m, h)",
    "an inverted m x h matrix"]),
    ("choice", ["b or c", "not b", "b, but only if x", "b is wrong", "b, c", "neither b", "b (not sure)",
            "anything but b", "b except", "no b", "b: not", "b, not a", "not the MBGD", "the answer is not b",
    "b never", "b, as I guess: a", "b for x > 2"]),
    ("truth", ["false is wrong", "not false", "false or true", "false, not", "it is not false", "no, yes",
            "no, but yes", "false: not", "hardly false", "false if x", "false (maybe)", "false, or true",
    "probably false"]),
    ("trace", ["not H = 1.204", "H = not 1.204", "H = 1.204 or 2", "H = 1.204 (wrong)", "H = twice = 1.204",
            "H = 1.204 = wrong", "H ≈ 1.204 at least", r"H = 1.204 \text{ doubled}"]),
    ("condition", ["never: a > b", "a > b is false", "not: a > b", "wrong: a > b", "Rarely: a > b",
            "it is false that a > b", "a > b fails", "a > b hardly ever", r"a > b \text{ or not}",
    "Counterexample: a > b", "The negation: a > b", "a > b is required", "only if a > b", "if a > b",
    "a > b since c < 0"]),
    ("claim", ["not always negative", "negative or positive", "negative for c > 1", "it is false that it is negative",
            "never < 0", "< 0 sometimes", r"< 0 \text{ is wrong}", "< 0 is false", "< 5", "negative since m < 0",
    "-m sigmoid(-c m) < 0 is wrong"]),
    ("witness", ["u = not 2", "u = 2 or 0", "u = 2 negated", "not u = 2", "u = 2 at most", "u = 0 = 2", "u = 2 (no)"]),
    ("chain", ["Wrong: sigmoid(-z) = 1/(1+e^z) = 1 - sigmoid(z)",
            "sigmoid(-z) = 1/(1+e^z) = 1 - sigmoid(z) since z = 0",
    "sigmoid(-z) = 1/(1+e^z) = 1 - sigmoid(z) (since 1 = 2)",
    r"sigmoid(-z) = 1/(1+e^z) \text{ doubled } = 1 - sigmoid(z)",
    "sigmoid(-z) = 1/(1+e^z)\n\\text{times two}\n= 1 - sigmoid(z)"]),
    ("equations", ["V := c a + b doubled", r"V := c a + b \text{ doubled}", "not V := c a + b",
            r"\text{not } V := c a + b", "V := c a + b since b = 2", "V := c a + b is wrong", "V := twice c a + b"]),
]  # fmt: skip


@pytest.mark.parametrize(("part", "answer"), [(part, answer) for part, answers in NEVER_RIGHT for answer in answers])
@pytest.mark.long
def test_what_says_something_else_is_never_right(bank, part, answer):
    assert check(f"w/1.{part}", answer, bank).status != "correct"


def test_a_false_reason_makes_a_right_answer_wrong_and_its_ending_is_said(bank):
    verdict = check("w/1.formula", "a + b since b + a = a", bank)
    assert (verdict.status, verdict.diagnosis.tag) == ("wrong", "reason")
    assert verdict.diagnosis.message.startswith("the reason given is not true: b + a = a")
    assert ("ending", "correct") in [(f.tag, f.message) for f in verdict.findings]
    assert check("w/1.formula", "a - b since b + a = a", bank).diagnosis.tag == "sign"
    assert check("w/1.formula", "a + b since a > b", bank).status == "undecided"


PAIRS = [
    # one text, the other, the verdict
    ("so a + b", "b + a", "equal"),
    ("a + b since a + b = b + a", "b + a", "equal"),
    ("a + b since a + b = a", "b + a", "different"),
    ("a + b since a = 1", "b + a", "different"),
    ("a + b since a < 1", "b + a", "undecided"),
    ("a + b tripled", "b + a", "unreadable"),
    (r"a + b \text{ to the fourth power}", "b + a", "unreadable"),
]


@pytest.mark.parametrize(("one", "other", "status"), PAIRS)
def test_words_in_a_comparison(one, other, status):
    assert compare(one, other, parse_names("a: real; b: real")).status == status


UNITS = [
    # what a problem declares, what is said of it
    ('units = "nats"', None),
    ('units = ["training examples", "parameters"]', None),
    ('units = ["2 nats"]', "'2 nats' is no unit"),
    ('units = "a + b"', "'a + b' is no unit"),
    ("units = 3", "units must be a string or a list of strings"),
    ('unit = "nats"', "unknown key unit; did you mean units?"),
]


@pytest.mark.parametrize(("line", "said"), UNITS)
def test_units_are_declared(line, said):
    text = (
        f'id = "u/1"\ntitle = "u"\nnames = {{ p = "real" }}\n{line}\n[[part]]\nid = "u/1a"\nkind = "formula"\nask '
        '= "?"\nderives = "value of p"\n'
    )
    problem, faults = read_text(text, "u.toml")
    if said is None:
        assert problem is not None
        assert problem.parts[0].units
    else:
        assert said in faults[0].what


def test_what_is_blanked_keeps_every_character_in_its_place():
    for text in (
        "so the answer is 1.204 nats",
        r"\text{Hence } a + b, \text{ as desired.}",
        "**Answer:** *a*",
        "Line A: a = b",
        "I think (a)",
    ):
        found = bare(text, known=("nats",), number=True)
        assert len(found.text) == len(text)
        assert all(c in (" ", d) for c, d in zip(found.text, text, strict=True))


# ---------------------------------------------------------------- any words around right and wrong answers of every
# kind

RIGHT = {
    "number": "1.204", "count": "300", "formula": "a + b", "dz": "q - y", "shape": "(m, h)", "choice": "b",
    "truth": "false", "trace": "H = 1.204", "condition": "a > b", "claim": "negative", "witness": "u = 2",
    "chain": "sigmoid(-z) = 1/(1+e^z) = 1 - sigmoid(z)", "equations": "V := c a + b",
}  # fmt: skip
WRONG = {
    "number": "1.304", "count": "301", "formula": "a - b", "dz": "q + y", "shape": "(h, m)", "choice": "c",
    "truth": "true", "trace": "H = 1.304", "condition": "a < b", "claim": "positive", "witness": "u = 1",
    "chain": "sigmoid(-z) = 1/(1-e^z) = 1 - sigmoid(z)", "equations": "V := c a - b",
}  # fmt: skip
_OTHER = """
able above across actually add added adding again against ago alike almost alone along already alternatively although
always among amount another any anyone anything apart apparently appear around
away back bad barely base bad before beginning behind below beneath beside besides best better between beyond big
billion bit bits black bottom bounded brief bring broken but bytes call cannot careful certain certainly chance change
cheap close closer coarse coincidentally cold common compared contrary could cubed cut dare decimal decreased deleted
denied deny depending despite differ different differently difficult digit dimmed disregard divide divided doubt
doubtful down dozen dropped dubious during each early easy edge eight either eleven else elsewhere empty enough
equally even ever every everyone exact exactly except excess exclude excluding expensive extra fail failed false far
fast few
fewer fifth fifty first five flipped fold follow forget former forty four fraction free frequently fresh full further
gone good great greater grow guessed half halve halved hardly hence-not high higher highest hot hour however huge
hundred
hypothetically ignoring impossible improbable incorrect increased infinite inside instead inverse inverted invert joke
kilo know lacking large larger last late later least left lesser less likely limited little long loose lot low lower
lowest
magnitude mainly many maybe mega might million millions minor minus mirrored missing mistaken modulo more moreover
most mostly much multiplied name near nearly needless negated neither never nevertheless next nine no nobody none
nonsense
nor normally not nothing notwithstanding nowhere occasionally odd off offset often old omitted once only opposite or
ordinarily original other otherwise out outside over overestimated part partly past per perhaps plain plus
poor possible possibly potentially power presumably previously probably problematic questionable quarter quick quite
raised random rarely rather ratio reciprocal reduced refuted rejected remaining removed reversed rough round
sadly scaled scarcely second seldom seven several shifted short should sign six slightly slow small smaller some
somehow somewhat sort square squared still strictly subtract subtracted such supposedly surely swapped ten
tenfold tentatively than third thirty thousand three though threefold times tiny tomorrow tonne too top toward
transposed trillion trivial tripled trouble twelve twenty twice two typically uncertain under unequal unfortunately
unless unlike
unlikely until untrue up upper upside usually vaguely vary versus very violated wide without wonder worse worst would
wrong yesterday yet zero
"""
OTHER = _OTHER.split()
"""Common words that stand in no table of harmless ones, of units or of claims."""

LEADS = [
    "so",
    "thus",
    "hence",
    "therefore",
    "finally",
    "so the answer is",
    "the result is",
    "we get",
    "we obtain",
    "this gives",
    "the final answer is",
    "it follows that",
    "Answer:",
    "Solution:",
    "**Answer:**",
    "Clearly,",
    "In summary,",
    "i.e.",
    "Therefore, we have",
    "My answer is",
]
CLOSES = [
    "as desired",
    "as required",
    "is the answer",
    "is the correct answer",
    "is my final answer",
    ", as was to be shown",
    "(as desired)",
    "which is the answer",
    "qed",
    ", of course",
]


def _around(rng: random.Random, answer: str, part: str, word: str) -> str:
    """An answer with a word in front or behind, in one of the dressings that its kind is written in."""
    dressed = word
    if part in ("formula", "dz", "condition", "chain", "equations") and rng.random() < 0.4:
        dressed = rf"\text{{ {word} }}"
    elif rng.random() < 0.1:
        dressed = rng.choice([f"**{word}**", f"({word})", word.capitalize()])
    where = rng.randrange(5)
    return (
        f"{dressed} {answer}",
        f"{answer} {dressed}",
        f"{answer}, {dressed}",
        f"so {dressed} {answer}",
        f"{answer} {dressed} as desired",
    )[where]


@pytest.mark.parametrize("part", list(RIGHT))
@pytest.mark.long
def test_harmless_words_change_no_verdict(bank, part):
    rng = random.Random(f"harmless {part}")
    for answer, status in ((RIGHT[part], "correct"), (WRONG[part], "wrong")):
        assert check(f"w/1.{part}", answer, bank).status == status
        for _ in range(40):
            lead = rng.choice(["", *LEADS])
            close = rng.choice(["", *CLOSES]) if "\n" not in answer else ""
            text = f"{lead} {answer}{'' if close.startswith(',') else ' '}{close}".strip()
            assert check(f"w/1.{part}", text, bank).status == status, text


@pytest.mark.parametrize("part", list(RIGHT))
@pytest.mark.long
def test_any_other_word_makes_no_answer_right(bank, part):
    rng = random.Random(f"other {part}")
    words = [w for w in OTHER if part != "claim" or w not in ("strictly", "always", "sign", "zero", "never", "not")]
    for word in rng.sample(words, 120):
        right, wrong = (_around(rng, answer[part], part, word) for answer in (RIGHT, WRONG))
        assert check(f"w/1.{part}", right, bank).status in ("unreadable", "undecided", "wrong"), right
        assert check(f"w/1.{part}", wrong, bank).status != "correct", wrong


@pytest.mark.soak
def test_any_other_word_makes_no_answer_right_in_all_dressings(bank):
    rng = random.Random("every word")
    for part in RIGHT:
        for word in OTHER:
            if part == "claim" and word in ("strictly", "always", "sign", "zero", "never", "not"):
                continue
            for _ in range(3):
                right = _around(rng, RIGHT[part], part, word)
                assert check(f"w/1.{part}", right, bank).status != "correct", (part, right)


def test_no_other_word_stands_in_a_table_of_harmless_ones():
    harmless = {p for g in GROUPS for p in g.phrases} | ABOUT
    assert not harmless & (set(OTHER) - {"around"})
    assert not {
        "not",
        "no",
        "never",
        "or",
        "but",
        "half",
        "twice",
        "double",
        "times",
        "minus",
        "false",
        "wrong",
        "except",
        "unless",
    } & (harmless | REASONING)
