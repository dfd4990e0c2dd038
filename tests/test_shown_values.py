"""Every value in a session or a notebook: one line as `repr`, LaTeX or Markdown as a page; and it is kept, sent and
copied."""

from __future__ import annotations

import copy
import pickle
import re
import subprocess
import sys

import pytest
from every_target import BASE

from checker import check, compare
from checker.proving import prove
from derivations import derive, gradient, parse_names, read
from derivations.models import load

FORMULA = read("X^T (p - y)", "X: real[n,d]; p: probability[n]; y: label01[n]")
DERIVED = derive("softmax", "dL/dx")
NAMES = parse_names("X: real[n,d]; y: index[K] of [n]; i: index[n]; f: function")
# (value, its repr)
SHOWN = [
    (FORMULA, "<Formula i -> sum_k X_{ki} (p_k - y_k): (d,)>"),
    (DERIVED, "<Derivation dL/dx of softmax: y_i - t_i>"),
    (DERIVED.lemmas[0], "<Lemma dL/dy, 1 step: -t_i/y_i>"),
    (DERIVED.lemmas[0].steps[0], "<Step dL/dy_i = -t_i/y_i (differentiate L)>"),
    (load("softmax"), "<Model softmax: x, t -> y, L>"),
    (load("softmax")["L"], "<Binding L = -sum_i t_i log(y_i)>"),
    (compare("2 x", "x + x", "x: real"), "<Verdict equal: proved>"),
    (check("001/3.2", "y_i y_j"), "<Verdict wrong: the sign is wrong>"),
    (gradient("x^2", ["x"], "x: real", value=True), "<Together f, df/dx of formula>"),
    (compare("(", "x", "x: real"), None),
    (NAMES, "<Names X: real[n,d]; y: index[K] of [n]; i: index[n]; f: function>"),
    (prove("x + x = 2 x", names="x: real"), "<Proof equal: proved, 1 step>"),
    (prove("x + 1 = x", names="x: real"), "<Proof different>"),
]


@pytest.mark.parametrize(("value", "shown"), SHOWN, ids=lambda v: v if isinstance(v, str) else "")
def test_a_value_is_one_short_line(value, shown):
    line = repr(value)
    assert "\n" not in line
    assert len(line) < 300
    assert shown is None or line == shown


@pytest.mark.parametrize("value", [value for value, _ in SHOWN], ids=lambda v: type(v).__name__)
def test_a_value_is_hashed_sent_and_copied(value):
    for other in (pickle.loads(pickle.dumps(value)), copy.deepcopy(value), copy.copy(value)):
        assert other == value
        assert hash(other) == hash(value)


def test_a_declaration_is_what_was_declared():
    shown = ["<input X: real[n,d]>", "<input y: index[K] of [n]>", "<index i: index[n]>", "<function f: function>"]
    assert [repr(row) for row in NAMES.values()] == shown


@pytest.mark.parametrize("value", [value for value, _ in SHOWN if value is not NAMES], ids=lambda v: type(v).__name__)
def test_a_value_is_a_page_in_a_notebook(value):
    pages = [getattr(value, name)() for name in ("_repr_latex_", "_repr_markdown_") if hasattr(value, name)]
    assert pages
    for page in pages:
        assert page.strip()
        assert page.count("$") % 2 == 0
    assert not hasattr(value, "_repr_html_")  # it would hide the others


@pytest.mark.parametrize("name", BASE)
def test_a_model_is_its_definitions(name):
    page = load(name)._repr_markdown_()
    for binding in load(name).bindings:
        assert f"{binding.written('latex')} &= " in page
    assert not re.search(r"<\w+ (object|Index)", page)


def test_a_verdict_in_jupyter_is_not_empty():
    """Where rich believes that it is in a notebook, it would display what it draws instead of giving it."""
    code = """
import rich.console
rich.console._is_jupyter = lambda: True
from checker import compare
print(compare("x", "2 x", "x: real")._repr_markdown_())
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, encoding="utf-8", check=True)
    assert "different" in done.stdout
