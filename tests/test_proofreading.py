"""Proofreading: documents checked under their own declarations. No right line is marked wrong, no wrong one right."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
from functools import cache

import planted_errors as planting
import pytest

from checker.__main__ import main
from checker.documents.context import Context
from checker.documents.declaring import declarations, described
from checker.documents.evidence import Evidence, beside_arrays
from checker.documents.proofreading import Proofread, proofread_text, proofread_view
from checker.documents.scan import scan
from checker.documents.sentences import sentences
from checker.documents.sources import pandoc, read_source, source_of
from derivations.domains import NamesError, parse_names

CHECKED = frozenset(["correct", "wrong", "carried"])


@cache
def documents() -> dict[str, str]:
    """The text of each document by its name."""
    return {p.name: source_of(p.read_bytes(), p.name).text for p in sorted(planting.FOLDER.iterdir())}


def over(found: Proofread, start: int, end: int) -> set[str]:
    """The statuses of the lines over a place."""
    return {
        line.status for line in found.marked.lines if line.place.start < max(end, start + 1) and line.place.end > start
    }


def read(text: str, names: str = "") -> dict[str, str]:
    """The lines of a document with their statuses."""
    return {line.text: line.status for line in proofread_text(text, parse_names(names)).marked.lines}


# ---------------------------------------------------------------- twelve documents


@pytest.mark.parametrize("name", documents())
@pytest.mark.long
def test_a_right_document_has_no_wrong_line_and_is_checked(name):
    text = documents()[name]
    found = proofread_text(text, None, name)
    assert [(x.place.line, x.text, x.reason) for x in found.marked.lines if x.status in ("wrong", "carried")] == []
    claims = planting.members(text)
    checked = sum(bool(over(found, claim.start, claim.end) & CHECKED) for claim in claims)
    assert len(claims) >= 10
    assert checked >= 0.9 * len(claims)


@pytest.mark.parametrize("name", ["logistic.md", "numbers.md", "matrices.tex"])
def test_a_word_file_is_proofread_as_its_source(name, tmp_path):
    """Pandoc makes a Word file of a document, and its formulas come back in other words."""
    program = pandoc.pandoc()
    if program is None:
        pytest.skip("there is no pandoc (pip install 'backproof[documents]')")
    made = tmp_path / "document.docx"
    kind = "latex" if name.endswith(".tex") else "markdown"
    call = [program, "-f", kind, "-t", "docx", "-o", str(made), str(planting.FOLDER / name)]
    subprocess.run(call, check=True, timeout=120)
    source = read_source(str(made))
    mark = proofread_text(source.text, None, source.name).marked
    assert source.kind == "docx"
    assert [(x.text, x.reason) for x in mark.lines if x.status in ("wrong", "carried")] == []
    plain = proofread_text(documents()[name], None, name).marked.counted()["correct"]
    assert mark.counted()["correct"] >= 0.85 * plain
    wrong = source.text.replace("0.11282", "0.11382").replace(r"2tr(P)", "3tr(P)")
    wrong = wrong.replace(r"= \sigma(v)(1 - \sigma(v))", r"= \sigma(v)(1 + \sigma(v))")
    assert wrong != source.text
    assert any(x.status == "wrong" for x in proofread_text(wrong, None, source.name).marked.lines)


def test_a_latex_document_is_proofread_with_what_it_includes(tmp_path):
    (tmp_path / "names.tex").write_text("Let $a, b \\in \\R$ and $z = a b$.\n")
    (tmp_path / "main.tex").write_text(
        "\\documentclass{article}\n\\newcommand{\\R}{\\mathbb{R}}\n\\begin{document}\n\\input{names}\n"
        "Then $\\frac{\\partial z}{\\partial a} = b$ and $\\frac{\\partial z}{\\partial b} = b$.\n\\end{document}\n"
    )
    source = read_source(str(tmp_path / "main.tex"))
    found = {line.text: line.status for line in proofread_text(source.text, None, source.name).marked.lines}
    assert found[r"\frac{\partial z}{\partial a} = b"] == "correct"
    assert found[r"\frac{\partial z}{\partial b} = b"] == "wrong"


QUICK = frozenset(["calculus.md", "svm.txt"])
"""Documents in which errors are looked for in every run; in the others, in a soak."""


def planted(seed: int, among: frozenset[str] | None = None) -> tuple[int, int, list[str], list[str], set[str]]:
    """How many errors were found of how many, those that stand in a line marked right, right lines marked wrong, and
    the kinds."""
    found = every = 0
    passed: list[str] = []
    alarms: list[str] = []
    kinds: set[str] = set()
    for name, (text, errors) in planting.plant(documents(), seed).items():
        if among is not None and name not in among:
            continue
        mark = proofread_text(text, None, name)
        every += len(errors)
        for error in errors:
            kinds.add(error.kind)
            statuses = over(mark, error.start, error.end)
            found += bool(statuses & {"wrong", "carried"})
            if "correct" in statuses and not statuses & {"wrong", "carried"}:
                passed.append(f"seed {seed}, {name}, {error.kind}: {error.before} -> {error.after}")
        for line in mark.marked.lines:
            if line.status == "wrong" and not any(
                e.formula[0] < line.place.end and line.place.start < e.formula[1] for e in errors
            ):
                alarms.append(f"seed {seed}, {name}, line {line.place.line}: {line.text}: {line.reason}")
    return found, every, passed, alarms, kinds


def test_planted_errors_are_found():
    found, every, passed, alarms, _ = planted(1, QUICK)
    assert every > 2
    assert found >= 0.9 * every
    assert passed == []
    assert alarms == []


@pytest.mark.soak
def test_errors_of_all_kinds_are_found_in_all_documents():
    found, every, passed, alarms, kinds = planted(1)
    print(f"{found} of {every} planted errors found")
    assert every == 60
    assert kinds == set(planting.KINDS)
    assert found >= 0.9 * every
    assert passed == []
    assert alarms == []


SEEDS = range(2, 2 + int(os.environ.get("SOAK", "12")))


@pytest.mark.soak
@pytest.mark.parametrize("seed", SEEDS)
def test_planted_errors_of_other_seeds(seed):
    found, every, passed, alarms, _ = planted(seed)
    print(f"seed {seed}: {found} of {every} planted errors found")
    assert found >= 0.85 * every
    assert passed == []
    assert alarms == []


@pytest.mark.soak
@pytest.mark.parametrize("seed", SEEDS)
def test_errors_in_definitions(seed):
    """Most are marked themselves; what is marked in their place says under which definition it is wrong."""
    marked = every = 0
    for name, (text, errors) in planting.plant(documents(), seed, definitions=True).items():
        mark = proofread_text(text, None, name)
        (error,) = errors
        every += 1
        marked += "wrong" in over(mark, error.start, error.end)
        for line in mark.marked.lines:
            if line.status == "wrong" and not (
                line.place.start < error.formula[1] and error.formula[0] < line.place.end
            ):
                assert " as on line " in line.remark, f"seed {seed}, {name}: {line.text}: {line.reason}"
    print(f"seed {seed}: {marked} of {every} wrong definitions marked")
    assert marked >= 0.4 * every


# ---------------------------------------------------------------- contradictions

SLOPES = (r"\frac{\partial E}{\partial p} = p - t", r"\frac{\partial E}{\partial t} = t - p")
LOSS = (
    "Let $E = {} (p - t)^{}$. Then "
    + " and ".join("$" + re.sub("([{}])", r"\1\1", slope) + "$" for slope in SLOPES)
    + "."
)

CONTRADICTIONS = [
    # (document, the statuses of some of its lines)
    # two lines that agree with each other against a definition: it is wrong, and they are open
    (LOSS.format(r"\frac12", 3), {r"E = \frac12 (p - t)^3": "wrong", **dict.fromkeys(SLOPES, "undecided")}),
    (LOSS.format("", 2), {"E =  (p - t)^2": "wrong", **dict.fromkeys(SLOPES, "undecided")}),
    (LOSS.format(r"\frac12", 2), dict.fromkeys(SLOPES, "correct")),
    (r"Let $q_i = \frac{e^{x_i}}{\sum_{j=2}^d e^{x_j}}$. Then $\sum_{i=1}^d q_i = 1$ and "
        r"$\frac{\partial q_i}{\partial x_i} = q_i (1 - q_i)$.",
        {r"q_i = \frac{e^{x_i}}{\sum_{j=2}^d e^{x_j}}": "wrong", r"\sum_{i=1}^d q_i = 1": "undecided"}),
    # one alone contradicts it, where each of the two may have the slip
    (r"Let $E = \frac12 (p - t)^3$. Then $\frac{\partial E}{\partial p} = p - t$.",
        {r"E = \frac12 (p - t)^3": "undecided", r"\frac{\partial E}{\partial p} = p - t": "undecided"}),
    (r"Let $E = p^2 - t$. Then $\frac{\partial E}{\partial p} = 2 p$ and $\frac{\partial E}{\partial t} = 1$.",
        {"E = p^2 - t": "undecided", r"\frac{\partial E}{\partial p} = 2 p": "correct",
         r"\frac{\partial E}{\partial t} = 1": "undecided"}),
    # what numbers say at one place is no other reading of a definition: a value may be what is wrong
    (r"Let $v, w, b, s \in \mathbb{R}$ and $z = w v + b$. Then $\frac{\partial z}{\partial w} = v$. Let $v = 2$, "
        r"$w = 0.25$, $b = 0.1$, $s = 1$. Then $z = -0.25 \cdot 2 + 0.1$ and $z + 1 = 0.6$.",
        {"z = w v + b": "not_a_claim", r"\frac{\partial z}{\partial w} = v": "correct",
         r"z = -0.25 \cdot 2 + 0.1": "wrong"}),
    # it is wrong where the slip is its own: it says less, or the sign and the factor before it are not those
    (r"Let $E = (p - t)^2$. Then $\frac{\partial E}{\partial p} = p - t$.",
        {"E = (p - t)^2": "not_a_claim", r"\frac{\partial E}{\partial p} = p - t": "wrong"}),
    (r"Let $E = p^3$. Then $\frac{\partial E}{\partial p} = -3 p^2$.",
        {"E = p^3": "not_a_claim", r"\frac{\partial E}{\partial p} = -3 p^2": "wrong"}),
    (r"Let $E = p e^p + t$. Then $\frac{\partial E}{\partial p} = e^p$.",
        {"E = p e^p + t": "not_a_claim", r"\frac{\partial E}{\partial p} = e^p": "wrong"}),
    # and where another line speaks for the definition
    (r"Let $E = p^2 - t^2$. Then $\frac{\partial E}{\partial t} = 2 t$, further "
        r"$\frac{\partial E}{\partial t} = -2 t$, $\frac{\partial^2 E}{\partial t^2} = -2$ and $E = (p - t) (p + t)$.",
        {"E = p^2 - t^2": "not_a_claim", r"\frac{\partial E}{\partial t} = 2 t": "wrong",
         r"\frac{\partial E}{\partial t} = -2 t": "correct"}),
    # so are several of which one speaks for the definition
    (LOSS.format(r"\frac12", 3) + r" Also $\frac{\partial E}{\partial p} = \frac32 (p - t)^2$.",
        {r"E = \frac12 (p - t)^3": "not_a_claim", **dict.fromkeys(SLOPES, "wrong")}),
    # and those that agree in nothing
    (r"Let $E = \frac12 (p - t)^2$. Then $\frac{\partial E}{\partial p} = p + t$ and "
        r"$\frac{\partial E}{\partial t} = t - 2 p$.",
        {r"E = \frac12 (p - t)^2": "undecided", r"\frac{\partial E}{\partial p} = p + t": "undecided",
         r"\frac{\partial E}{\partial t} = t - 2 p": "undecided"}),
    # what lines leave out of a definition is their own mistake, however often
    (r"Let $E = \frac1n (p - t)^2$. Then $\frac{\partial E}{\partial p} = 2 (p - t)$ and "
        r"$\frac{\partial E}{\partial t} = 2 (t - p)$.",
        {r"E = \frac1n (p - t)^2": "not_a_claim", r"\frac{\partial E}{\partial p} = 2 (p - t)": "wrong",
         r"\frac{\partial E}{\partial t} = 2 (t - p)": "wrong"}),
    # either of two definitions
    (r"Let $E = \log(1 + e^p) + t p$ and $g = \sigma(p) - t$. Then $\frac{\partial E}{\partial p} = g$ and "
        r"$\frac{\partial^2 E}{\partial p \partial t} = -1$.",
        {r"E = \log(1 + e^p) + t p": "wrong", r"\frac{\partial E}{\partial p} = g": "undecided"}),
    # one of which they only leave something out: no evidence against the other
    (r"Let $z = 2 p$ and $E = z t$. Then $\frac{\partial E}{\partial t} = p$ and $\frac{\partial E}{\partial p} = t$.",
        {"E = z t": "undecided", "z = 2 p": "undecided", r"\frac{\partial E}{\partial t} = p": "undecided"}),
    # without its sum it is none, and what is said of its name is no more understood
    (r"Let $E = (x_i - 1)^2$. Then $\frac{\partial E}{\partial x_j} = 2 (x_j - 1)$.",
        {r"\frac{\partial E}{\partial x_j} = 2 (x_j - 1)": "unreadable"}),
    # a definition that is not understood: nothing that is said of its name is wrong
    (r"Let $z = q_{7b} \star p$. Then $\sigma(z) = 0.731$.", {r"\sigma(z) = 0.731": "undecided"}),
]  # fmt: skip


@pytest.mark.parametrize(("text", "statuses"), CONTRADICTIONS, ids=range(len(CONTRADICTIONS)))
def test_which_of_two_is_at_fault(text, statuses):
    found = read(text, "p: real; t: real; x: real[d]; n: size")
    assert {line: found.get(line) for line in statuses} == statuses


NOTES = {"path": None, "name": "notes.md", "names": "p: real; t: real", "sheet": "", "bank": None, "report": None}


def test_a_wrong_line_says_under_which_definition_and_a_definition_which_lines():
    first = r"Let $E = \frac12 (p - t)^3$." + "\n\n"
    slope = r"$\frac{\partial E}{\partial p} = p - t$." + "\n\n"
    short = r"$\frac{\partial E}{\partial p} = (p - t)^2$."
    lines = proofread_text(first + short, parse_names("p: real; t: real")).marked.lines
    assert [line.remark for line in lines if line.status == "wrong"] == ["with E as on line 1"]
    found = proofread_view({**NOTES, "text": first + slope})
    assert [line["remark"] for line in found["lines"] if line["status"] == "undecided"] == [
        "it contradicts line 3: one of the two is wrong",
        r"it contradicts E = \frac12 (p - t)^3 on line 1: one of the two is wrong",
    ]
    assert found["status"] == "wrong"
    again = slope + r"$\frac{\partial E}{\partial t} = t - p$."
    lines = proofread_text(first + again, parse_names("p: real; t: real")).marked.lines
    ((at, reason),) = [(line.place.line, line.reason) for line in lines if line.status == "wrong"]
    assert at == 1
    assert reason.startswith("it contradicts lines 3 and 5, which hold with E = ")
    assert [line.remark.split(", not ")[1] for line in lines if line.status == "undecided"] == [
        "with what is defined on line 1"
    ] * 2


# ---------------------------------------------------------------- declarations

DECLARED = [
    (r"Let $X \in \mathbb{R}^{n \times d}$ and $y \in \{0,1\}^n$.", ["X: real[n,d]", "y: label01[n]"]),
    (r"Here $u, v \in \mathbb R^k$.", ["u: real[k]", "v: real[k]"]),
    (r"Labels $y_i \in \{-1, +1\}$ for $i = 1, \dots, n$.", ["i: index[n]", "y: labelpm1[n]"]),
    (r"Points $x^{(i)} \in \mathbb{R}^d$, $i = 1, \ldots, m$.", ["i: index[m]", "x: real[m,d]"]),
    (r"where $W$ is a $K \times D$ matrix", ["W: real[K,D]"]),
    (r"and $b$ is a vector of length $K$", ["b: real[K]"]),
    (r"a $p$-dimensional vector $q$", ["q: real[p]"]),
    (r"for a positive constant $c$", ["c: positive"]),
    (r"with scalars $a$, $b$ and $c$", ["a: real", "b: real", "c: real"]),
    (r"for $c > 0$", ["c: positive"]),
    (r"with $0 < q < 1$", ["q: probability"]),
    (r"the temperature $\tau > 0$", ["tau: positive"]),
    (r"Let $S \in \mathbb{R}^{k \times k}$ be symmetric.", ["S: real[k,k]", "S: symmetric"]),
    (r"$A \in \mathbb{R}^{k \times k}$ is positive definite", ["A: real[k,k]", "A: posdef"]),
    (r"The label $t \in \{0, 1\}^K$ is one-hot.", ["t: label01[K]", "t: onehot"]),
    (r"$n$ is the number of examples", ["n: size"]),
    (r"$t \in [0, 1]$", ["t: interval(0,1)"]),
    (r"for $1 \le i \le n$", ["i: index[n]"]),
    # what says too little, or speaks of one case, declares nothing
    (r"a vector $v$", []),
    (r"if $a$ is negative", []),
    (r"$w$ are the weights of the layer", []),
    (r"$x$ has a normal distribution", []),
    (r"Let $z \in \mathbb{R}^C$ be the scores, and let the vector $h$ be one-hot.", ["z: real[C]", "h: onehot"]),
    (r"$w \in \mathbb{R}^{d+1}$", []),
    # lists, and nouns behind one-hot
    (r"Points $x_1, \dots, x_N \in \mathbb{R}^D$.", ["x: real[N,D]"]),
    (r"We have $u_1, u_2, \ldots, u_m \in \mathbb{R}$.", ["u: real[m]"]),
    (r"with one-hot labels $t \in \{0,1\}^K$", ["t: label01[K]", "t: onehot"]),
]


@pytest.mark.parametrize(("text", "said"), DECLARED)
def test_what_a_sentence_declares(text, said):
    found = [d.show() for sentence in sentences(scan(text), text) for d in declarations(sentence) if not d.case]
    assert sorted(found) == sorted(said)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (r"a unit vector $u \in \mathbb{R}^d$", [("u", "unit")]),
        (r"Let $X$ be centered.", [("X", "centered")]),
        (r"$U$ is a diagonal matrix.", [("U", "diagonal")]),
        (r"the unit has two inputs, $a$ and $b$", []),
        (r"a vector $u$", []),
    ],
)
def test_properties_in_words(text, said):
    assert [d for sentence in sentences(scan(text), text) for d in described(sentence)] == said


# what is evident without a declaration, and what only looks so

EVIDENT = [
    # (document, declarations taken as evident, the statuses of some lines)
    # the one shape that conforms
    (r"Let $A \in \mathbb{R}^{n \times k}$, $b \in \mathbb{R}^n$ and $F = \|b - A v\|^2$. "
        r"Then $\nabla_v F = 2 A^T (A v - b)$.",
        {"v: real[k]"}, {r"\nabla_v F = 2 A^T (A v - b)": "correct"}),
    (r"Let $A \in \mathbb{R}^{n \times k}$, $b \in \mathbb{R}^n$ and $F = \|b - A v\|^2$. "
        r"Then $\nabla_v F = A^T (A v - b)$.",
        {"v: real[k]"}, {r"\nabla_v F = A^T (A v - b)": "wrong"}),
    (r"Let $A \in \mathbb{R}^{n \times k}$. Then $\operatorname{tr}(A B) = \operatorname{tr}(B A)$.",
        {"B: real[k,n]"}, {r"\operatorname{tr}(A B) = \operatorname{tr}(B A)": "correct"}),
    # two shapes conform
    (r"Let $A \in \mathbb{R}^{n \times n}$. Then $(A B)^T = B^T A^T$.", set(), {r"(A B)^T = B^T A^T": "unreadable"}),
    # entries, whose indices sums tell; not of what has a transpose, or two ends
    (r"$\sum_{i=1}^m \sum_{k=1}^K r_{ik} = \sum_{k=1}^K \sum_{i=1}^m r_{ik}$", {"r: real[m,K]"},
        {r"\sum_{i=1}^m \sum_{k=1}^K r_{ik} = \sum_{k=1}^K \sum_{i=1}^m r_{ik}": "correct"}),
    (r"$\sum_{i=1}^m r_i = \sum_{i=1}^n r_i$", set(), {r"\sum_{i=1}^m r_i = \sum_{i=1}^n r_i": "unreadable"}),
    (r"$\sum_{i=1}^m r_i^T r_i = \sum_{i=1}^m \|r_i\|^2$", set(),
        {r"\sum_{i=1}^m r_i^T r_i = \sum_{i=1}^m \|r_i\|^2": "unreadable"}),
    # what is differentiated is no letter
    (r"Let $v \in \mathbb{R}^k$. Then $\frac{\partial L}{\partial v} = 0 v$.", set(),
        {r"\frac{\partial L}{\partial v} = 0 v": "undecided"}),
    # a definition by what is defined behind it
    (r"Let $b, c \in \mathbb{R}$. The model is $$p = \sigma(z), \quad z = b c .$$ "
        r"Then $\frac{\partial p}{\partial b} = p (1 - p) c$.",
        set(), {r"\frac{\partial p}{\partial b} = p (1 - p) c": "correct"}),
    # a square that is defined
    (r"Let $x \in \mathbb{R}^n$ and $\tau^2 = \frac1n \sum_{i=1}^n x_i^2$. Then $n \tau^2 = \sum_{i=1}^n x_i^2$.",
        set(), {r"n \tau^2 = \sum_{i=1}^n x_i^2": "correct"}),
    # sets behind an equation, columns of a matrix
    (r"Let $A \in \mathbb{R}^{n \times k}$ and $G = A^T A \in \mathbb{R}^{k \times k}$. Then $G^T = G$.", set(),
        {"G^T = G": "correct", r"\in \mathbb{R}^{k \times k}": "correct"}),
    (r"Let $A \in \mathbb{R}^{n \times k}$ and $G = A^T A \in \mathbb{R}^{n \times n}$.", set(),
        {r"\in \mathbb{R}^{n \times n}": "wrong"}),
    (r"Let $M = \begin{bmatrix} 2 & 1 \\ 1 & 2 \end{bmatrix}$. Then $\operatorname{tr}(M) = 5$.", set(),
        {r"\operatorname{tr}(M) = 5": "wrong"}),
    # what words suppose or say besides is not known here
    (r"For a unit vector $u \in \mathbb{R}^d$ we have $u^T u = 1$.", set(), {"u^T u = 1": "undecided"}),
    (r"Let $u, v \in \mathbb{R}^d$, subject to $u^T v = 0$. Then $\|u + v\|^2 = u^T u + v^T v$.", set(),
        {"u^T v = 0": "not_a_claim", r"\|u + v\|^2 = u^T u + v^T v": "undecided"}),
    (r"Let $x \in \mathbb{R}^n$ and $s > 0$. The maximum is where $s^2 = \frac1n \sum_{i=1}^n x_i^2$.", set(),
        {r"s^2 = \frac1n \sum_{i=1}^n x_i^2": "undecided"}),
    (r"Let $v \in \mathbb{R}^k$ and $h > 0$. Iterate $v_{t+1} = v_t - h v_t$.", set(),
        {"v_{t+1} = v_t - h v_t": "unreadable"}),
    # an entry that is said to be positive makes all of them so, and is no second name
    (r"Let $v \in \mathbb{R}^k$ with $v_j > 0$. Then $\sum_{j=1}^k \sqrt{v_j^2} = \sum_{j=1}^k v_j$.", set(),
        {r"\sum_{j=1}^k \sqrt{v_j^2} = \sum_{j=1}^k v_j": "correct"}),
]  # fmt: skip


@pytest.mark.parametrize(("text", "evident", "statuses"), EVIDENT, ids=range(len(EVIDENT)))
def test_what_is_evident(text, evident, statuses):
    found = proofread_text(text)
    assert {k.said for k in found.known if k.how == "inferred" and not k.said.endswith(": size")} == evident
    lines = {line.text: line.status for line in found.marked.lines}
    assert {line: lines.get(line) for line in statuses} == statuses


def test_a_refinement_keeps_the_shape():
    text = r"Let $S \in \mathbb{R}^{k \times k}$ be symmetric. $S^T = S$."
    assert read(text)["S^T = S"] == "correct"
    assert read(text.replace(" be symmetric", ""))["S^T = S"] == "wrong"


def test_declarations_made_outright():
    said = "<!-- backproof: names = a: positive; x: real[n] -->\n"
    assert read(said + r"$\sqrt{a^2} = a$")[r"\sqrt{a^2} = a"] == "correct"
    assert read("---\nbackproof: names = a: positive\n---\n" + r"$\sqrt{a^2} = a$")[r"\sqrt{a^2} = a"] == "correct"
    assert read("% backproof: names = a: real\n" + r"$\sqrt{a^2} = a$")[r"\sqrt{a^2} = a"] == "wrong"
    with pytest.raises(NamesError):
        proofread_text("<!-- backproof: names = a: rael -->")
    # words do not change what is declared outright
    assert read(said + r"For real numbers $a$ we have $\sqrt{a^2} = a$.")[r"\sqrt{a^2} = a"] == "correct"


# ---------------------------------------------------------------- links

VECTORS = "x: real[d]; w: real[d]; y: label01; X: real[n,d]; t: real[n]; a: real; b: real; c: positive"

LINKS = [
    # (document, line, status)
    (r"$(a + b)^2 = a^2 + 2ab + b^2$", r"(a + b)^2 = a^2 + 2ab + b^2", "correct"),
    (r"$(a + b)^2 = a^2 + b^2$", r"(a + b)^2 = a^2 + b^2", "wrong"),
    (r"We get $(a + b)^2 = a^2 + ab + b^2 = a^2 + 2ab + b^2$.", "= a^2 + 2ab + b^2", "correct"),
    (r"$w^T x = x^T w$", "w^T x = x^T w", "correct"),
    (r"$w x^T = x w^T$", "w x^T = x w^T", "wrong"),
    (r"$X t = X^T t$", "X t", "wrong"),
    (r"$X^T t \in \mathbb{R}^d$", r"X^T t \in \mathbb{R}^d", "correct"),
    (r"$X^T t \in \mathbb{R}^n$", r"X^T t \in \mathbb{R}^n", "wrong"),
    (r"$(n \times d)(d \times k) = (n \times k)$", r"(n \times d)(d \times k) = (n \times k)", "correct"),
    (r"$(n \times d)(n \times k) = (d \times k)$", r"(n \times d)(n \times k) = (d \times k)", "wrong"),
    (r"$\sigma(a)(1 - \sigma(a)) \le 1/4$", r"\sigma(a)(1 - \sigma(a)) \le 1/4", "correct"),
    (r"$\sigma(a)(1 - \sigma(a)) \le 1/5$", r"\sigma(a)(1 - \sigma(a)) \le 1/5", "wrong"),
    (r"We have $a \le c^2 + a$.", r"a \le c^2 + a", "correct"),
    (r"$\frac{d}{da} a^3 = 3a^2$", r"\frac{d}{da} a^3 = 3a^2", "correct"),
    (r"$\frac{d}{da} a^3 = 3a$", r"\frac{d}{da} a^3 = 3a", "wrong"),
    (r"$e^{0.5} = 1.6487$", "e^{0.5} = 1.6487", "correct"),
    (r"$e^{0.5} = 1.6478$", "e^{0.5} = 1.6478", "wrong"),
    (r"but not $(a + b)^2 = a^2 + b^2$", r"(a + b)^2 = a^2 + b^2", "not_a_claim"),
    (r"Let $z = a + b$. If $z = 1$, then $a = 1 - b$.", "z = 1", "not_a_claim"),
    (r"Let $z = a + b$, with $z = b - a$ in full.", "z = b - a", "undecided"),
    # definitions bind, and what is said of them later is checked
    (r"Let $z = w^T x$. Then $z = \sum_{k=1}^d w_k x_k$.", r"z = \sum_{k=1}^d w_k x_k", "correct"),
    (r"Let $z = w^T x$. Then $z = \sum_{k=1}^d w_k$.", r"z = \sum_{k=1}^d w_k", "wrong"),
    (r"Let $z = w^T x$ and $p = \sigma(z)$. Then $\frac{\partial p}{\partial w_k} = p(1-p) x_k$.",
        r"\frac{\partial p}{\partial w_k} = p(1-p) x_k", "correct"),
    (r"Let $z = w^T x$ and $p = \sigma(z)$. Then $\frac{\partial p}{\partial w_k} = p(1-p)$.",
        r"\frac{\partial p}{\partial w_k} = p(1-p)", "wrong"),
    (r"$\ell = a q^2$, where $q = b + c$. So $\frac{\partial \ell}{\partial b} = 2 a q$.",
        r"\frac{\partial \ell}{\partial b} = 2 a q", "correct"),
    (r"Let $g(a) = a^2 + b$. Then $g'(a) = 2a$.", "g'(a) = 2a", "correct"),
    (r"Let $g(a) = a^2 + b$. Then $g'(a) = 2a + b$.", "g'(a) = 2a + b", "undecided"),
    (r"Let $g(a) = a^2 + b$. Then $g(a) = a(a + b)$.", "g(a) = a(a + b)", "undecided"),
    (r"Let $r = Xw - t$ and $J = \frac12 r^T r$. Then $\nabla_w^2 J = X^T X$.", r"\nabla_w^2 J = X^T X", "correct"),
    (r"Let $r = Xw - t$ and $J = \frac12 r^T r$. Then $\nabla_w^2 J = X X^T$.", r"\nabla_w^2 J = X X^T", "wrong"),
    # values that are given to letters count where numbers are compared
    (r"Let $a = 2$ and $b = 3$. Then $a b + 1 = 7$.", "a b + 1 = 7", "correct"),
    (r"Let $a = 2$ and $b = 3$. Then $a b + 1 = 8$.", "a b + 1 = 8", "wrong"),
    (r"Let $a = 2$ and $b = 2$. Then $a + b = a b$.", "a + b = a b", "undecided"),
    # cases
    (r"For $a > 0$, $|a| = a$.", "|a| = a", "correct"),
    (r"We have $|a| = a$.", "|a| = a", "wrong"),
    (r"Let $g = [a, b, c]^T$. Then $g^T = [a, b, c]$.", "g^T = [a, b, c]", "correct"),
    # what is not declared is not guessed
    (r"$Q^T Q = I$", "Q^T Q = I", "unreadable"),
    (r"$\frac{\partial M}{\partial a} = 2a$", r"\frac{\partial M}{\partial a} = 2a", "undecided"),
    (r"Let $g(a) = a^2$. Then $g(2) = 4$.", "g(2) = 4", "unreadable"),
    (r"$\sqrt{s^2} = s$", r"\sqrt{s^2} = s", "undecided"),
    (r"$(s + 1)^2 = s^2 + 2 s + 1$", "(s + 1)^2 = s^2 + 2 s + 1", "correct"),
    (r"$(s + 1)^2 = s^2 + 1$", "(s + 1)^2 = s^2 + 1", "wrong"),
    (r"$v^T s = s^T v$", "v^T s = s^T v", "unreadable"),
    # up to a constant
    (r"$\frac12 x^T x + 3 = \frac12 x^T x + \text{const}$",
        r"\frac12 x^T x + 3 = \frac12 x^T x + \text{const}", "correct"),
    (r"$x^T x = \frac12 x^T x + \text{const.}$", r"x^T x = \frac12 x^T x + \text{const.}", "wrong"),
    (r"$a b + a = a b + \text{const}$", r"a b + a = a b + \text{const}", "undecided"),
    (r"$2(a + C) = 2a + C$ for a constant $C$", "2(a + C) = 2a + C", "wrong"),
    # rows of an array, entries of a diagonal, sums without brackets
    (r"Let $u_i = \sigma(r_i^T w)$, where $r_i$ is the $i$-th row of $X$, and $L = \sum_i u_i$. "
        r"Then $\nabla_w L = X^T (u \odot (1-u))$.", r"\nabla_w L = X^T (u \odot (1-u))", "correct"),
    (r"Let $u_i = \sigma(r_i^T w)$, where $r_i$ is the $i$-th row of $X$. "
        r"Then $X^T \operatorname{diag}(u_i) X = \sum_i u_i r_i r_i^T$.",
        r"X^T \operatorname{diag}(u_i) X = \sum_i u_i r_i r_i^T", "correct"),
    (r"Let $L = \sum_{i=1}^n t_i \log c + (1 - t_i) c$. "
        r"Then $\frac{\partial L}{\partial c} = \sum_{i=1}^n \left(\frac{t_i}{c} + 1 - t_i\right)$.",
        r"\frac{\partial L}{\partial c} = \sum_{i=1}^n \left(\frac{t_i}{c} + 1 - t_i\right)", "correct"),
    # what an if says holds until a sentence begins anew
    (r"Let $S \in \mathbb{R}^{d \times d}$ and $q = x^T S x$. If $S$ is symmetric, $\nabla_x q = 2 S x$.",
        r"\nabla_x q = 2 S x", "correct"),
    (r"Let $S \in \mathbb{R}^{d \times d}$, $q = x^T S x$. If $S$ is symmetric, all is well. So $\nabla_x q = 2 S x$.",
        r"\nabla_x q = 2 S x", "correct"),
    (r"Let $S \in \mathbb{R}^{d \times d}$, $q = x^T S x$. If $S$ is symmetric, well. In general $\nabla_x q = 2 S x$.",
        r"\nabla_x q = 2 S x", "wrong"),
    (r"$(a + b)^2 = a^2 + 2ab + b^2 \quad \text{and} \quad a\, b = b\, a$", r"a\, b = b\, a", "correct"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "line", "status"), LINKS, ids=[text for text, _, _ in LINKS])
def test_links(text, line, status):
    assert read(text, VECTORS)[line] == status


LAYER = (
    r"Let $x, y \in \mathbb{R}^m$, $c \in \mathbb{R}$, $u = \frac1m \sum_{i=1}^m x_i$ and $y_i = c (x_i - u)$. "
    r"Given $\frac{\partial L}{\partial y_i}$, we have "
    r"$\frac{\partial L}{\partial c} = \sum_{i=1}^m (x_i - u) \frac{\partial L}{\partial y_i}$, "
    r"$\frac{\partial L}{\partial u} = -\sum_{i=1}^m \frac{\partial L}{\partial y_i} c$ and "
)
UPSTREAM = [
    # a loss above the layer, of which derivatives are given
    (r"\frac{\partial L}{\partial c} = \sum_{i=1}^m \frac{\partial L}{\partial y_i} (x_i - u)", "correct"),
    (r"\frac{\partial L}{\partial c} = \sum_{i=1}^m \frac{\partial L}{\partial y_i} x_i", "wrong"),
    (r"\frac{\partial L}{\partial u} = -c \sum_{i=1}^m \frac{\partial L}{\partial y_i}", "correct"),
    (r"\frac{\partial L}{\partial u} = c \sum_{i=1}^m \frac{\partial L}{\partial y_i}", "wrong"),
    (r"\frac{\partial L}{\partial x_i} = c \frac{\partial L}{\partial y_i} + \frac1m \frac{\partial L}{\partial u}",
        "correct"),
    (r"\frac{\partial L}{\partial x_i} = c \frac{\partial L}{\partial y_i} + \frac{\partial L}{\partial u}", "wrong"),
    # what L is nobody says
    (r"\frac{\partial L}{\partial c} = \sum_{i=1}^m y_i x_i", "undecided"),
    (r"\frac{\partial L}{\partial c} = \sum_{i=1}^m \frac{\partial L}{\partial y_i} (x_i - u) + 2 c", "undecided"),
    (r"L = \frac12 \sum_{i=1}^m y_i^2", "not_a_claim"),
]  # fmt: skip


@pytest.mark.parametrize(("line", "status"), UPSTREAM, ids=[line for line, _ in UPSTREAM])
def test_a_loss_of_which_derivatives_alone_are_given(line, status):
    assert read(f"{LAYER} ${line}$.")[line] == status


def test_what_a_document_says_of_its_loss_counts():
    slope = r"\frac{\partial L}{\partial y_i} = y_i"
    assert read(f"{LAYER} with $L = \\frac12 \\sum_{{i=1}}^m y_i^2$, ${slope}$.")[slope] == "correct"


def test_a_section_may_use_a_letter_anew():
    text = "# One\n\nLet $z = a + b$. Then $z - b = a$.\n\n# Two\n\n$z = a - b$, so $z + b = a$.\n"
    found = read(text, VECTORS)
    assert found["z - b = a"] == found["z + b = a"] == "correct"
    assert found["z = a - b"] == "not_a_claim"


def test_within_a_section_a_letter_keeps_its_meaning():
    assert read("Let $z = a + b$.\n\nNow $z = a - b$.", VECTORS)["z = a - b"] == "undecided"


def test_an_index_letter_of_two_sizes_is_wrong():
    text = r"Let $s = Xw$. Then $\frac{\partial s_i}{\partial w_k} = X_{ki}$."
    assert read(text, VECTORS)[r"\frac{\partial s_i}{\partial w_k} = X_{ki}"] == "wrong"


def test_what_is_evident_is_told():
    found = proofread_text(r"$\sum_{k=1}^K s = K s$")
    assert {(k.said, k.how) for k in found.known} == {("K: size", "inferred"), ("s: real", "inferred")}


def test_a_letter_beside_arrays_is_not_evident():
    context = Context(parse_names("X: real[n,d]"), Evidence(["X s", "s^2"]))
    assert beside_arrays("X s", context.names)
    assert not Evidence([r"s^\top s", "t_i"]).is_number("s")


HOSTILE = [
    "$" + "(" * 3000 + "$",
    "Let $x$ " * 3000,
    "$a = b$ and " * 400,
    "$" + "a = " * 300 + "a$",
    r"\begin{align}" + r"a &= a \\" * 100 + r"\end{align}",
    "where " * 20000,
    "$x \\in \\mathbb{R}^{" + "n \\times " * 500 + "n}$",
    "\ue0005\ue001 $a = a$",
]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
@pytest.mark.long
def test_hostile_documents_end(text):
    proofread_text(text, parse_names("a: real"))


# ---------------------------------------------------------------- the command


def run(monkeypatch, capsys, *argv: str, stdin: str = "") -> tuple[int, str]:
    monkeypatch.setattr("sys.stdin", io.StringIO(stdin))
    code = main(["proofread", *argv])
    return code, capsys.readouterr().out


COMMANDS = [
    # (text, exit code, what is said)
    (r"Let $a$ be a real number. $a + a = 2a$.", 0, "1 of 1 claim checked"),
    (r"Let $a$ be a real number. $a + a = 3a$.", 1, "a + a = 3a"),
    (r"$Q^T Q = I$.", 3, "declare it"),
    ("Nothing to see.", 0, "no claims"),
]


@pytest.mark.parametrize(("text", "code", "said"), COMMANDS)
@pytest.mark.long
def test_the_command(text, code, said, tmp_path, monkeypatch, capsys):
    path = tmp_path / "notes.md"
    path.write_text(text)
    assert run(monkeypatch, capsys, str(path))[0] == code
    got, out = run(monkeypatch, capsys, "-", stdin=text)
    assert got == code
    assert said in out


@pytest.mark.long
def test_json_and_reports(tmp_path, monkeypatch, capsys):
    path = tmp_path / "notes.md"
    path.write_text("# Notes\n\nLet $a$ be a real number.\n\nThen $a + a = 3a$.\n")
    code, out = run(monkeypatch, capsys, str(path), "--json")
    view = json.loads(out)
    assert (code, view["status"], view["claims"], view["checked"]) == (1, "wrong", 1, 1)
    (line,) = [line for line in view["lines"] if line["status"] == "wrong"]
    assert (line["text"], line["line"]) == ("a + a = 3a", 5)
    assert line["evidence"]["counterexample"] is not None
    assert view["declarations"] == [{"name": "a", "declaration": "a: real", "how": "declared", "line": 3}]
    assert "a + a = 3a" in run(monkeypatch, capsys, str(path), "--format", "md")[1]
    for argv in (["--json", "--format", "md"], ["--names", "a: rael"], ["--names", "a: real", "--sheet", "001"]):
        assert run(monkeypatch, capsys, str(path), *argv)[0] == 2
    assert run(monkeypatch, capsys, str(tmp_path / "none.md"))[0] == 2
