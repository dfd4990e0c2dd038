"""What cannot be read: refused with the place, the words of the message, what was expected, and the nearest name."""

from __future__ import annotations

import pytest

from derivations.domains import NamesError, parse_names
from derivations.formula import Elem
from derivations.notation import ReadError, read, read_condition, read_statement, readings

NAMES = parse_names(
    "p: probability; y: label01; theta: real[d]; x: real[d]; w: real[d]; X: real[n,d]; A: real[d,d]; B: "
    "real[d,d]; a: real; b: real; c: real; z: real;"
    "f: function; i: index[d]; k: index[K]; s: real[K]; V: real[3]; yhat: real"
)

REFUSED = [
    # text, words of the message, characters under the caret, words of what was expected or what is nearest
    ("thta", "thta is not declared", "thta", "theta"),
    ("thet_i", "thet_i is not declared", "thet", "theta"),
    ("y_hta", "y is a scalar: it takes no index", "hta", "axes"),
    ("theta_hat", "theta_hat is not declared", "theta_hat", "theta"),
    ("Phat", "Phat is not declared", "Phat", "p"),
    ("q", "q is not declared", "q", "declared names: p, y, theta"),
    ("g(a)", "g is not declared", "g", "declared names"),
    (r"\hat{z}", "zhat is not declared", r"\hat{z}", "declared names"),
    (r"a \foo b", "foo is not declared", r"\foo", "declared names"),
    ("hello world", "hello is not declared", "hello", "declared names"),
    ("import os", "import is not declared", "import", "declared names"),
    ("lambda", "lambda is not declared", "lambda", "declared names"),
    ("σ", "sigma is not declared", "σ", "declared names"),
    ("sigma^2", "sigma is not declared", "sigma", "declared names"),
    ("sinx", "sinx is not declared", "sinx", "sin x"),
    ("logp", "logp is not declared", "logp", "log p"),
    ("expa", "expa is not declared", "expa", "exp a"),
    ("plog(a)", "plog is not declared", "plog", "p log"),
    ("I_q", "q is no size", "q", "one of d, n, K"),
    # indices
    ("x_ik", "x has 1 axis; k is one index too many", "k", "1 index"),
    ("X_{i,1,2}", "X has 2 axes; 2 is one index too many", "2", "2 indices"),
    ("p_i", "p is a scalar: it takes no index", "i", "axes"),
    ("y[1]", "y is a scalar: it takes no index", "1", "axes"),
    ("(a+b)_i", "(a+b) is a scalar: it takes no index", "(a+b)_i", ""),
    ("x[0]", "indices count from 1", "0", "1 for the first entry"),
    ("x_0", "indices count from 1", "0", "1 for the first entry"),
    ("x_{-1}", "indices count from 1", "-1", "1 for the first entry"),
    ("V_4", "V has 3 entries along axis 1; there is no entry 4", "V_4", "from 1 to 3"),
    ("x_a", "a is no index here", "a", "an index: i, k"),
    ("x_m", "m is no index here", "m", "an index: i, k"),
    ("x_{1.5}", "an index or a whole number", "1.5", "an index"),
    ("x_{}", "an empty subscript", "{}", "an index"),
    ("x_", "an empty subscript", "_", "an index"),
    ("x_{i+}", "a subscript ends where an index was expected", "}", "an index"),
    ("sum_m a", "the range of m cannot be told", "sum_m a", "sum_{m=1}^n"),
    ("sum a", "this sum has no index", "sum a", "sum_i x_i"),
    ("sum_{i=0}^d x_i", "indices count from 1", "0", "1 as the first index"),
    ("sum^d x_i", "a sum with an end and no index", "sum", "sum_{i=1}^n"),
    (r"sum_{i \in S} x_i", "a set below a sum is not read", r"\in", "sum_{j <= i}"),
    (r"\sum x_q w_r", "which index does this sum run over: q, r?", r"\sum x_q w_r", "sum_q"),
    ("f_1(a)", "f is a function: it takes no index", "1", ""),
    # brackets
    ("(a+b", "this ( is never closed", "(", ")"),
    ("a+b)", "this ) closes nothing", ")", "a matching bracket before it"),
    ("(a+b]", "the ( opened at line 1, column 1 is closed by ]", "]", ")"),
    ("a\n+ (b\n+ c]", "the ( opened at line 2, column 3 is closed by ]", "]", ")"),
    ("|a", "this | is never closed", "|", "|"),
    ("||x", "this || is never closed", "||", "‖"),
    (r"\left| a", r"this \left| is never closed", r"\left|", "|"),
    (r"\lfloor a", r"this \lfloor is never closed", r"\lfloor", "⌋"),
    (r"\left a", r"\left needs a bracket after it", r"\left", "a bracket"),
    ("()", "an empty bracket", "()", "a value"),
    (r"\begin{cases} a & a>0", r"this \begin{cases} is never closed", r"\begin{cases}", r"\end{cases}"),
    (r"\begin{cases} a & a>0 \end{pmatrix}", r"is closed by \end{pmatrix}", r"\end{pmatrix}", r"\end{cases}"),
    # something missing
    ("", "there is nothing to read", "", "a formula"),
    ("   ", "there is nothing to read", "", "a formula"),
    ("a+", "the formula ends here", "", "a value"),
    ("*a", "'*' does not belong here", "*", "a value"),
    ("a^", "an empty power", "^", "a power"),
    ("a^{}", "an empty power", "^{}", "a power"),
    (r"\frac{}{a}", "an empty fraction", "{}", "numerator and a denominator"),
    (r"\frac{a}", "an empty fraction", "", "numerator and a denominator"),
    (r"\sqrt{}", "an empty root", "{}", "under the root"),
    ("log", "log needs its argument", "", "log("),
    ("exp()", "an empty argument", "()", "a value"),
    ("f", "f is a function and needs its argument", "", "f("),
    (r"\sum", "a sum of nothing", "", "what is summed"),
    (r"\hat{}", "stands over no letter", r"\hat{}", "a letter"),
    ("∂L", "a ∂ without a derivative", "∂", "∂L/∂v"),
    (r"\nabla L", "∇ needs the name it differentiates by", r"\nabla", "∇_w L"),
    # relations and conditions
    ("2a = b", "an = stands where an expression was asked", "=", "one expression"),
    ("a < b", "a condition with < stands where an expression was asked", "<", "one expression"),
    ("a = b = c", "an = stands where an expression was asked", "=", "one expression"),
    ("2a := b", "':=' does not belong here", ":=", "the end of the formula"),
    (r"a \Rightarrow b", r"does not belong here", r"\Rightarrow", "the end of the formula"),
    ("a and b", "a condition stands where a value was expected", "a and b", "1[x > 0]"),
    ("1[a+b>0]+(a>0)", "a condition stands where a value was expected", "(a>0)", "1[x > 0]"),
    ("a if b", "a value stands where a condition was expected", "b", "x > 0"),
    (r"\begin{cases} a \end{cases}", "a case is a value and its condition", "a", "value & condition"),
    (r"\begin{cases} a & b \end{cases}", "a case is a value and its condition", "a", "value & condition"),
    ("Piecewise(a)", "'a' does not belong here", "a", "(value, condition)"),
    (r"\begin{tabular} a \end{tabular}", "the environment tabular is not read", r"\begin{tabular}", "cases, aligned"),
    # two readings
    ("1/2a", "/2a reads two ways", "2a", "1/2 * a"),
    ("z/2b^2", "/2b^2 reads two ways", "2b^2", "z/(2b^2)"),
    ("a/bc", "/bc reads two ways", "bc", "a/(bc)"),
    ("a^bc", "the power bc reads two ways", "bc", "a^(bc)"),
    (r"a + b \text{ times 2}", "'times' is not understood beside an answer", "times", "the answer alone"),
    (r"a b \text{ (up to sign)}", "'up' is not understood beside an answer", "up", "the answer alone"),
    (r"a + b \text{ to the fourth power}", "'to' is not understood beside an answer", "to", "the answer alone"),
    (r"\text{twice } (a + b)", "twice is not declared", r"\text{twice }", "declared names"),
    ("a + b tripled", "'tripled' is not understood beside an answer", "tripled", "the answer alone"),
    ("a + b, which is half of it", "'which' is not understood", "which", "the answer alone"),
    ("a + b since flubber", "'flubber' is not understood beside an answer", "flubber", "the answer alone"),
    ("a + b (because it is doubled)", "'doubled' is not understood beside an answer", "doubled", "the answer alone"),
    ("a + b, where b is twice as large", "'twice' is not understood beside an answer", "twice", "the answer alone"),
    (r"a + b \text{ since } b = q^2", "q is not declared", "q", "declared names"),
    ("prod_k x_k/a", "prod_k x_k/a reads two ways", "prod_k x_k/a", "prod_k (x_k/a)"),
    ("A*B", "A * B reads two ways", "A*B", "A ⊙ B"),
    ("sum_i x_i + w_i", "w_i after the sum uses its index i, which is declared as well", "w_i", "sum_i (x_i + w_i)"),
    ("a\nb", "a second line begins where one formula was asked", "b", "one formula"),
    (r"a \\ b", "a second line begins where one formula was asked", "b", "one formula"),
    # operations that say nothing
    ("x^2", "x is a vector: its power 2 says nothing", "x^2", "‖x‖"),
    ("A^{10}", "the power 10 of a matrix is beyond 8", "A^{10}", "up to 8"),
    ("softmax(a)", "softmax needs a vector; a is a scalar", "softmax(a)", "softmax(z)_i"),
    ("leaky_relu(a)", "leaky_relu needs its slope", "leaky_relu(a)", "leaky_relu(x, alpha)"),
    ("log(a,b,c)", "log takes 1 or 2 arguments, not 3", "log(a,b,c)", "log(x, b)"),
    ("relu(a,b)", "relu takes 1 argument, not 2", "relu(a,b)", "relu(x)"),
    ("‖x‖_3", "the norm 3 is not read", "3", "_1, _2, _* or _F"),
    ("argmax(x)", "argmax is no formula here", "argmax", "the value itself"),
    ("a'", "a prime stands where none is declared", "'", "^T for a transpose"),
    (r"\begin{pmatrix}1&2\\3\end{pmatrix}", "the rows of this matrix differ in length", "", "rows of equal length"),
    # numerals and characters
    ("2 2", "two numbers stand side by side", "2", "an operator"),
    ("1,000", "',' does not belong here", ",", "1000, without the comma"),
    ("a;b", "';' does not belong here", ";", "the end of the formula"),
    ("a?b", "? cannot be read", "?", "a formula"),
    ("__import__('os')", "'_' does not belong here", "_", "a value"),
    ("a\x00", "U+0000 cannot be read", "\x00", "a formula"),
    ("a\ud800", "U+D800 cannot be read", "\ud800", "a formula"),
    ("a\u202eb", "changes the direction of writing", "\u202e", "a formula"),
    ("\u0302a", "a combining mark that belongs to no letter", "\u0302", "a letter"),
    ("∞", "'∞' does not belong here", "∞", "a value"),
    # a number glued to a function: one of some library, a multiple, or a power
    ("exp2(a)", "exp2 is no function here", "exp2", "exp(2 …) or exp(…)^2"),
    ("norm1(x)", "norm1 is no function here", "norm1", "norm(1 …)"),
    ("relu6(a) + 1", "relu6 is no function here", "relu6", "relu(6 …)"),
    ("atan2(a, a)", "atan2 is no function here", "atan2", ""),
    # limits
    ("1" * 41, "this number has 41 digits; at most 40 are read", "1" * 41, ""),
    ("1e999", "the exponent of this number is beyond 400", "1e999", ""),
    ("(" * 101 + "a" + ")" * 101, "brackets nest more than 100 deep", "(", ""),
    ("a" + "+a" * 2500, "more than 4,000 symbols", None, ""),
    ("a" + " " * 10_000, "at most 10,000 are read", None, ""),
    ("sin " * 150 + "a", "nests more than 100 deep", "sin", ""),
    ("(((A^8)^8)^8)^8", "too large when its matrices are written out", None, "smaller powers"),
    ("A.T" + ".T" * 50, "more than 20 powers and subscripts on one value", None, ""),
]  # fmt: skip


@pytest.mark.parametrize(("text", "words", "caret", "expected"), REFUSED, ids=[repr(row[0])[:40] for row in REFUSED])
def test_refused(text, words, caret, expected):
    with pytest.raises(ReadError) as caught:
        read(text, NAMES)
    error = caught.value
    assert words in error.message
    start, end = error.span
    assert 0 <= start < end
    if caret:
        assert text[start:end] == caret
    assert expected in " ".join([error.expected, *error.nearest, *error.readings])
    shown = error.show()
    assert error.message in shown
    assert "^" in shown
    assert error.text == text or error.tag == "limit"


def test_the_table_is_large():
    assert len(REFUSED) >= 80


def test_a_refusal_shows_where_what_and_what_next():
    with pytest.raises(ReadError) as caught:
        read("(y - p)\n  * thta_i", NAMES)
    assert caught.value.show() == (
        "line 2, column 5: thta_i is not declared\n"
        "\n"
        "      * thta_i\n"
        "        ^^^^\n"
        "read so far: *\n"
        "expected: one of the declared names: p, y, theta, x, w, X, A, B, a, b, c, z; sizes: d, n, K\n"
        "did you mean: theta?"
    )


def test_both_readings_are_readable_and_the_two():
    with pytest.raises(ReadError) as caught:
        read("1/2a + b", NAMES)
    written = [read(text, NAMES) for text in caught.value.readings]
    assert written == list(readings("1/2a + b", NAMES))
    assert len({f.key() for f in written}) == 2
    assert readings("1/2 a", NAMES) == (read("1/2 a", NAMES),)


SHAPES = [
    # text, words of the shape error
    ("x w", "x is (d,) and w is (d,); write x ⊙ w"),
    ("X^T w", "X^T is (d, n) and w is (d,)"),
    ("A + a", "A is (d, d); did you mean a I?"),
    ("p(x - w)^T + A", "a sum"),
    ("x + s", "x is (d,) and s is (K,)"),
    ("x^T + w", "a row and a column: is a transpose missing?"),
    ("tr(X)", "X is (n, d); a square matrix was expected"),
    ("inv(X)", "a square matrix was expected"),
    ("X^2", "only a square matrix has powers"),
    ("x / s", "a division"),
    ("x_k", "k runs over 1..K"),
    ("sum_{i=1}^n w_i", "i runs over 1..d"),
    ("A + x", "a vector on a square matrix"),
    ("diag(x) - x^T x", "x^T x is scalar and diag(x) is (d, d); did you mean x x^T?"),
    ("A + s^T s", "did you mean s^T s I?"),
]


@pytest.mark.parametrize(("text", "words"), SHAPES)
def test_shapes_that_do_not_conform_are_read_and_said(text, words):
    formula = read(text, NAMES)
    assert formula.shape_error is not None
    assert words in formula.shape_error.message


NOTED = [
    # text, tag of the note
    ("a/b c", "division"),
    ("1/2 a", "division"),
    ("x * (w > 0)", "relation-as-indicator"),
    ("A ⊙ (B > 0)", "relation-as-indicator"),
    ("a 2", "juxtaposed-number"),
    ("5.8e^{-17}", "literal"),
    ("x + a", "broadcast"),
    ("X + x", "bias"),
    ("x * w", "star"),
    ("a @ x", "scalar-product"),
    ("|x|", "elementwise"),
    ("|A|", "determinant"),
    ("sum(x)", "over-all"),
    (r"\sum x_i", "sum-index"),
    (r"\sum_m x_m + w_m", "sum-extent"),
    ("log a * b", "function-extent"),
    ("x o w", "hadamard"),
    ("a^T", "scalar-transpose"),
    ("a\u200b b", "invisible"),
    ("f(a; b)", "parameters"),
    ("‖A‖", "frobenius"),
    ("dL/da = b", "target"),
    ("a.", "punctuation"),
    ("Answer: a", "remark"),
    (r"a \quad \text{since } b > 0", "remark"),
    ("log(2) ≈ 0.693", "approximation"),
    ("```\na\n```", "fence"),
    ("`a`", "fence"),
    ("a, b > 0", "condition"),
]


@pytest.mark.parametrize(("text", "tag"), NOTED)
def test_what_is_doubtful_or_left_out_is_noted(text, tag):
    assert tag in [note.tag for note in read(text, NAMES).notes]


PLAIN = ["2/d sum_i x_i", "-n/2 log(a)", "1/2 sqrt(a)", r"\frac{2}{n} \sum_i x_i"]


@pytest.mark.parametrize("text", PLAIN)
def test_nothing_is_noted_where_a_sum_or_a_function_follows_a_divisor(text):
    assert read(text, NAMES).notes == ()


LIKE_NUMPY = [
    # text, the same in mathematics
    ("x * (w > 0)", "x ⊙ 1[w > 0]"),
    ("(w > 0) * x", "x ⊙ 1[w > 0]"),
    ("A * (B > 0)", "A ⊙ 1[B > 0]"),
    ("x ⊙ (w > 0 and w < 1)", "x ⊙ 1[w > 0 and w < 1]"),
    ("a · (b >= 0)", "a 1[b >= 0]"),
    ("clip(x, -c, c)", "min(max(x, -c), c)"),
    ("clip(a, 0, 1)", "min(max(a, 0), 1)"),
]


@pytest.mark.parametrize(("text", "mathematics"), LIKE_NUMPY)
def test_habits_of_numpy_are_read(text, mathematics):
    assert read(text, NAMES).key() == read(mathematics, NAMES).key()


@pytest.mark.parametrize("text", ["p(x > 0)", "a (b > 0)", "a + (b > 0)", "a / (b > 0)", "(b > 0)"])
def test_a_relation_that_is_no_factor_stays_refused(text):
    with pytest.raises(ReadError):
        read(text, NAMES)


def test_another_target_is_noted():
    assert [n.tag for n in read("dL/db = a", NAMES, target="dL/da").notes] == ["other-target"]
    assert [n.tag for n in read(r"\frac{\partial L}{\partial x_i} = a x_i", NAMES, target="dL/dx").notes] == ["target"]
    assert [n.tag for n in read("z = a b", NAMES, target="z").notes] == ["target"]
    assert [n.tag for n in read(r"\nabla_x L = a x", NAMES, target="dL/dx").notes] == ["target"]


DECLARATIONS = [
    ("x: real[d]; x_i: real; i: index[d]", "x_i would be two things"),
    ("yhat: real; y_hat: real", "two spellings of one name"),
    ("W1: real; W_1: real", "two spellings of one name"),
    ("x/y: real", "the name of a derivative"),
    ("[red]x[/red]: real", "the name of a derivative"),
]


@pytest.mark.parametrize(("names", "words"), DECLARATIONS)
def test_declarations_that_clash(names, words):
    with pytest.raises(NamesError, match=words):
        read("1", names)


SHADOWED = [
    # a declared name shadows functions, constants and sizes of its letters
    ("e", "e: real", "e"),
    ("E", "E: real", "E"),
    ("I", "I: real", "I"),
    ("pi", "pi: positive", "pi"),
    ("n", "x: real[n]; n: real", "n"),
    ("d", "x: real[d]; d: real", "d"),
    ("gamma", "gamma: real", "gamma"),
    ("exp", "exp: real", "exp"),
    ("σ", "sigma: positive", "sigma"),
    ("Σ", "Sigma: real", "Sigma"),
]


@pytest.mark.parametrize(("text", "names", "name"), SHADOWED)
def test_a_declared_name_comes_first(text, names, name):
    assert read(text, names).body == Elem(name)


def test_refusals_of_statements_and_conditions_are_placed_in_the_whole_text():
    for reader in (read_statement, read_condition):
        with pytest.raises(ReadError) as caught:
            reader("Answer: a = thta", NAMES)
        assert "Answer: a = thta"[slice(*caught.value.span)] == "thta"


def test_only_text_is_read():
    with pytest.raises(TypeError, match="a formula is text"):
        read(3, NAMES)  # type: ignore[arg-type]
