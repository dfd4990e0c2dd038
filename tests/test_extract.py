"""The final answer out of a long text: which rule, which stretch of the source, and what is no answer."""

from __future__ import annotations

import json
import time

import pytest

from checker import extract
from checker.__main__ import main
from checker.extract.rules import RULES

FOUND = [
    # (text, rule, what it says)
    (r"So $g = \boxed{2c}$, as was asked.", "boxed", "2c"),
    (r"\[ \nabla_w J = \boxed{X^T(p-y)} \tag{3} \]", "boxed", "X^T(p-y)"),
    (r"Write it as \boxed{}. Then $x = \boxed{\frac{1}{2}}$.", "boxed", r"\frac{1}{2}"),
    (r"\boxed{\boxed{\{a, b\}}}", "boxed", r"\{a, b\}"),
    (r"$$\begin{aligned} a &= b \\ &= \boxed{c} \end{aligned}$$", "boxed", "c"),
    (r"\fbox{$u + v$}", "boxed", "u + v"),
    (r"so \boxed 7 it is", "boxed", "7"),
    ("<think>\\boxed{wrong}</think>\n\\boxed{2c}", "boxed", "2c"),
    ("**Final Answer**\n\n\\boxed{2c}", "boxed", "2c"),
    ("It is <answer> $2c$ </answer>.", "tagged", "2c"),
    ("Some work.\n\n**Final answer:** $2c$.", "final answer", "2c"),
    ("### Final answer\n\n$$\nX^T r\n$$\n", "final answer", "X^T r"),
    (r"\textbf{Final answer:} $u v$", "final answer", "u v"),
    ("Answer: 3\n\nThe final answer is $4$.\nHence the claim.", "final answer", "4"),
    ("So the answer is $2c$. This follows from the chain rule.", "answer", "2c"),
    ("the answer is 0.5", "answer", "0.5"),
    ("**Answer**: `2*c`", "answer", "2*c"),
    ("Answer: 2c\nExplanation: differentiate.", "answer", "2c"),
    ("The answer is $u$ for $c > 0$,\nand $v$ otherwise.", "answer", "$u$ for $c > 0$,\nand $v$ otherwise"),
    ("The answer is:\n\n```python\ng = 2*c\n```", "answer", "2*c"),
    ("First\n$$ a $$\nthen\n$$ b .$$\n", "display", "b"),
    (r"Now \[ c^2 \] if $c > 0$. That is all.", "display", r"\[ c^2 \] if $c > 0$"),
    ("Then\n\\begin{align} a &= b \\\\ &= c \\end{align}\n", "display", "\\begin{align} a &= b \\\\ &= c \\end{align}"),
    ("```python\ng = (2 *\n     c)  # the gradient\n```", "code", "(2 *\n     c)"),
    ("```py\ndef f(x):\n    return 2 * x\n```\nDone.", "code", "2 * x"),
    ("```\nz[z <= 0] = 0\n```", "code", "z[z <= 0] = 0"),
    ("2*c", "line", "2*c"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "rule", "says"), FOUND)
def test_what_is_found(text, rule, says):
    found = extract(text)
    assert (found.rule, found.text) == (rule, says)
    assert found.answer is not None
    assert text[found.answer.start : found.answer.end] == says


def test_every_rule_has_an_example():
    assert {rule for _, rule, _ in FOUND} == {rule.name for rule in RULES}


NOT_FOUND = [
    (r"Earlier \boxed{3}, but then \boxed{4 + ", "not closed"),
    (r"It is $\boxed{2} c^2$.", "part of a formula"),
    (r"It is $3 + \boxed{2}$.", "part of a formula"),
    ("<think>it may be \\boxed{3}", "nothing in it"),
    ("One line\nand another, without an answer.", "nothing in it"),
    ("```latex\ng = 2\n```\nand\nso on", "nothing in it"),
    ("", "nothing in it"),
]


@pytest.mark.parametrize(("text", "why"), NOT_FOUND)
def test_what_is_no_answer(text, why):
    found = extract(text)
    assert (found.status, found.text) == ("none", None)
    assert why in found.findings[-1].message


NO_LABEL = ["I doubt that the answer is 5", "If c > 0 the answer is 5", "we look for the final answer", "answering: 5"]


@pytest.mark.parametrize("text", NO_LABEL)
def test_what_only_speaks_of_an_answer(text):
    assert extract(text).rule == "line"


SEVERAL = [
    (r"\boxed{3} or \boxed{4}", "4", ["3"]),
    ("\\boxed{2c}\n\nFinal answer: 3c", "2c", ["3c"]),
    ("Answer: 3.\n\nAnswer: 4.", "4", ["3"]),
    (r"\boxed{ 2 c } and again $\boxed{2c.}$", "2c", []),
]


@pytest.mark.parametrize(("text", "says", "others"), SEVERAL)
def test_answers_that_contradict_each_other_are_said(text, says, others):
    found = extract(text)
    assert found.text == says
    assert [o.text for o in found.others] == others
    assert found.status == ("several" if others else "found")


def test_code_that_speaks_of_lines_before_comes_with_them():
    text = "```python\np = a + b\ng = 2 * p\n```"
    found = extract(text).answer
    assert found is not None
    assert (found.text, found.code) == ("2 * p", "p = a + b\ng = 2 * p\n")
    alone = extract("```python\nimport numpy as np\ng = 2 * c\n```").answer
    assert alone is not None
    assert alone.code is None


@pytest.mark.parametrize(
    "piece",
    ["\\boxed{", "\\boxed{a}", "answer: ", "the answer is a. ", "Final answer\n", "<answer>", "{", "```\n", "a = 1;"],
)
def test_a_long_text_is_looked_through_in_time(piece):
    started = time.monotonic()
    extract(piece * (200_000 // len(piece)))
    assert time.monotonic() - started < 10


def test_of_a_very_long_text_the_end_is_looked_through():
    text = "x" * 3_000_000 + " \\boxed{3}"
    found = extract(text)
    assert found.answer is not None
    assert text[found.answer.start : found.answer.end] == found.text == "3"
    assert found.findings[0].tag == "long"


def test_only_text_is_looked_through():
    with pytest.raises(TypeError, match="a text is looked through, not int"):
        extract(3)  # type: ignore[arg-type]


# ---------------------------------------------------------------- the command


def run(capsys, *argv: str) -> tuple[int, str]:
    code = main(list(argv))
    return code, capsys.readouterr().out


def test_the_command_takes_a_text_or_a_file(capsys, tmp_path):
    file = tmp_path / "answer.md"
    file.write_text("**Answer:** $2c$", encoding="utf-8")
    code, out = run(capsys, "extract", str(file))
    assert code == 0
    assert "2c" in out
    assert "answer, characters 13 to 15" in out
    code, out = run(capsys, "extract", r"\boxed{3} or \boxed{4}", "--json")
    assert code == 3
    view = json.loads(out)
    assert (view["format"], view["status"], view["text"], view["others"][0]["text"]) == (1, "several", "4", "3")
    assert run(capsys, "extract", "no\nanswer")[0] == 2


def test_a_stream_of_texts(capsys, tmp_path):
    rows = [{"id": 1, "text": "\\boxed{3}"}, {"id": 2}, {"id": 3, "text": "a\nb"}]
    source = tmp_path / "in.jsonl"
    source.write_text("".join(json.dumps(row) + "\n" for row in rows))
    code, out = run(capsys, "extract", "--jsonl", str(source), "--workers", "1")
    assert code == 0
    said = [json.loads(line) for line in out.splitlines()]
    assert [(row["id"], row["status"], row["text"]) for row in said] == [
        (1, "found", "3"),
        (2, "none", None),
        (3, "none", None),
    ]
