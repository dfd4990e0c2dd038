"""The commands at work, from what is typed to what is printed: one process where the worker is part of what is
tested."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from checker.__main__ import main
from checker.worker import perform

ROOT = Path(__file__).parent.parent


@pytest.fixture
def here(monkeypatch):
    """Requests are answered in this process: quick, and a traceback is a traceback."""
    from checker.commands import asking
    from checker.process import Outcome

    def ask(request, seconds=0.0, *, worker=None, drawn=False):
        reply = perform(json.loads(json.dumps(request)))
        assert "failed" not in reply, reply.get("failed")
        return Outcome(answer=reply["answer"])

    monkeypatch.setattr(asking, "ask", ask)


def run(capsys, *argv: str) -> tuple[int, str, str]:
    code = main(list(argv))
    out = capsys.readouterr()
    return code, out.out, out.err


# (arguments, exit code, words of the output)
COMPARES = [
    (["p(1-p)", "p - p^2", "--names", "p: probability"], 0, ["equal", "proved"]),
    (["-p", "p", "--names", "p: probability"], 1, ["different", "for example", "yours gives", "right is"]),
    (["X^T (p-y)", "X (p-y)", "--names", "X: real[n,d]; p: real[n]; y: real[n]"], 2, ["unreadable"]),
    (["X (p-y)", "X^T (p-y)", "--names", "X: real[n,d]; p: real[n]; y: real[n]"], 1, ["different"]),
    (["p(1-p", "p", "--names", "p: probability"], 2, ["unreadable", "^"]),
    (["q", "p", "--names", "p: probability"], 2, ["unreadable"]),
    (["p", "q", "--names", "p: probability"], 2, ["unreadable", "the truth"]),
    (["p", "p", "--names", "p: probabilty"], 2, ["unreadable", "the names", "probability"]),
]  # fmt: skip


@pytest.mark.parametrize(("argv", "code", "words"), COMPARES)
def test_compare(argv, code, words, here, capsys):
    got, out, err = run(capsys, "compare", *argv)
    assert got == code, out + err
    for word in words:
        assert word in out
    got, out, _ = run(capsys, "compare", *argv, "--json")
    view = json.loads(out)
    assert got == code
    assert list(view) == [
        "format",
        "id",
        "status",
        "score",
        "evidence",
        "diagnosis",
        "findings",
        "student_read",
        "truth_read",
        "at",
        "ms",
    ]


def conforms(value, schema, root):
    """The few words of JSON Schema that the published one uses."""
    schema = root if schema.get("$ref") == "#" else schema
    if "const" in schema:
        assert value == schema["const"]
    if "enum" in schema:
        assert value in schema["enum"]
    kinds = schema.get("type", [])
    types = {"object": dict, "array": list, "string": str, "integer": int, "number": (int, float), "null": type(None)}
    if kinds:
        assert any(isinstance(value, types[k]) for k in ([kinds] if isinstance(kinds, str) else kinds)), (value, kinds)
    if isinstance(value, dict):
        assert set(schema.get("required", ())) <= set(value)
        for name, inner in value.items():
            conforms(inner, schema.get("properties", {}).get(name, {}), root)
    if isinstance(value, list):
        for inner in value:
            conforms(inner, schema.get("items", {}), root)


VERDICTS = [
    ["compare", "p(1-p)", "p - p^2", "--names", "p: probability"],
    ["compare", "-p", "p", "--names", "p: probability"],
    ["compare", "p(1-p", "p", "--names", "p: probability"],
    ["check", "001/3.2", "y_i y_j"],
    ["check", "001/2", "h1 = 0.58\nh2 = 0.7"],
    ["check", "000/8e", "(K, h)"],
    ["check", "000/1a", "in words"],
]


@pytest.mark.parametrize("argv", VERDICTS)
def test_verdicts_have_the_published_schema(argv, here, capsys):
    schema = json.loads((ROOT / "checker" / "verdict.schema.json").read_text(encoding="utf-8"))
    view = json.loads(run(capsys, *argv, "--json")[1])
    conforms(view, schema, schema)
    assert set(view) <= set(schema["properties"])


def test_the_published_verdict_schema_is_the_table():
    from checker.verdict_schema import json_schema

    assert json.loads((ROOT / "checker" / "verdict.schema.json").read_text(encoding="utf-8")) == json_schema(), (
        "regenerate it with: make docs"
    )


def test_standard_input_is_an_answer(here, capsys, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO("\ufeffσ(z)\r\n".encode()), encoding="ascii"))
    code, out, _ = run(capsys, "compare", "-", "1/(1+exp(-z))", "--names", "z: real")
    assert code == 0, out


READS = [
    (["X^T(p-y)", "--names", "X: real[n,d]; p: real[n]; y: real[n]"], 0, ["(d,)"]),
    (["X(p-y)", "--names", "X: real[n,d]; p: real[n]; y: real[n]"], 2, ["shape error", "^"]),
    (["1/2x", "--names", "x: real"], 2, ["reads two ways"]),
    (["x +", "--names", "x: real"], 2, ["^"]),
]  # fmt: skip


@pytest.mark.parametrize(("argv", "code", "words"), READS)
def test_read(argv, code, words, capsys):
    got, out, err = run(capsys, "read", *argv)
    assert got == code, out + err
    for word in words:
        assert word in out
    assert json.loads(run(capsys, "read", *argv, "--json")[1])["status"] == ("read" if code == 0 else "unreadable")


def test_read_refuses_faulty_names(capsys):
    code, _, err = run(capsys, "read", "x", "--names", "x: reel")
    assert code == 2
    assert "did you mean real?" in err


def test_the_value_at_data(here, capsys, tmp_path):
    data = tmp_path / "data.toml"
    data.write_text("X = [[1, 2], [3, 4], [5, 6]]\np = [1, 1, 0.5]", encoding="utf-8")
    code, out, _ = run(capsys, "read", "X^T p", "--names", "X: real[n,d]; p: real[n]", "--at", str(data), "--json")
    assert (code, json.loads(out)["value"]) == (0, [6.5, 9.0])
    code, _, err = run(capsys, "read", "X^T q", "--names", "X: real[n,d]; q: real[n]", "--at", str(data))
    assert (code, "the data lacks q" in err) == (2, True)
    data.write_text("x = [0, 0, 0]", encoding="utf-8")
    code, out, _ = run(capsys, "check", "001/3.1", "y_i - y_i^2", "--at", str(data), "--json")
    assert [round(v, 6) for v in json.loads(out)["value"]] == [0.222222] * 3


def test_models_lists_all_and_everything_of_one(capsys):
    code, out, _ = run(capsys, "models", "--json")
    views = json.loads(out)
    assert code == 0
    assert {"logistic", "softmax", "gaussian", "map_regression", "batch_norm", "two_layer"} <= {
        v["name"] for v in views
    }
    code, out, _ = run(capsys, "models", "batch_norm")
    assert code == 0
    for word in ("real[m,d]", "xhat_ij", "batch_norm:eps", "backproof derive batch_norm dL/dx"):
        assert word in out
    code, _, err = run(capsys, "models", "batchnorm")
    assert (code, "batch_norm" in err) == (2, True)


DERIVES = [
    (["softmax", "dy_i/dx_j", "--plain"], "y_i (delta_{ij} - y_j)"),
    (["softmax", "dy_i/dx_j", "--latex"], r"\begin{aligned}"),
    (["softmax", "dy_i/dx_j", "--markdown"], "$$"),
    (["softmax", "dy_i/dx_j", "--document"], r"\documentclass"),
    (["softmax", "dy_i/dx_j", "--json"], '"status": "derived"'),
    (["softmax", "dy_i/dx_j", "--in", "matrix"], "diag"),
    (["softmax", "dy_i/dx_j", "--steps", "full"], "operators"),
]


@pytest.mark.parametrize(("argv", "words"), DERIVES)
def test_derive(argv, words, capsys):
    code, out, _ = run(capsys, "derive", *argv)
    assert code == 0
    assert words in out


DERIVE_REFUSALS = [
    (["softmaxx", "dy/dx"], "softmax"),
    (["softmax", "dy/dq"], "unknown"),
    (["softmax", "nonsense/x"], "did you mean|known are|target"),
]


@pytest.mark.parametrize(("argv", "words"), DERIVE_REFUSALS)
def test_derive_refuses_with_the_nearest(argv, words, capsys):
    import re

    code, out, err = run(capsys, "derive", *argv)
    assert (code, out) == (2, "")
    assert re.search(words, err)


@pytest.mark.parametrize("width", ["40", "60", "100"])
@pytest.mark.parametrize(
    "argv",
    [
        ["derive", "batch_norm", "dL/dx"],
        ["models"],
        ["models", "two_layer"],
        ["problems"],
        ["show", "001/3.2"],
        ["show", "000/6b"],
    ],
)
def test_output_keeps_to_its_width(argv, width, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", width)
    code, out, _ = run(capsys, *argv)
    assert code == 0
    from rich.cells import cell_len

    too_long = [line for line in out.splitlines() if cell_len(line) > int(width)]
    assert not too_long


def test_code_is_python_that_runs(tmp_path, capsys):
    path = tmp_path / "softmax_dx.py"
    assert run(capsys, "code", "softmax", "dL/dx", "-o", str(path))[0] == 0
    script = (
        "import numpy as np, softmax_dx as m; f = [v for k, v in vars(m).items() if k.endswith('dx')][-1]; "
        "print(f(np.zeros(3), np.array([1.0, 0, 0])))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, cwd=tmp_path)
    assert done.returncode == 0, done.stderr


STEP = ["two_layer:batch", "L", "dL/dW1", "dL/db1", "dL/dW2", "dL/db2"]


@pytest.mark.parametrize("option", [[], ["--fast"]])
def test_several_targets_are_one_module_that_runs_alone(tmp_path, capsys, option):
    path = tmp_path / "training.py"
    assert run(capsys, "code", *STEP, *option, "--name", "step", "-o", str(path))[0] == 0
    script = """
import sys, numpy as np, training
X, Y = np.ones((5, 3)), np.eye(2)[[0, 1, 0, 0, 1]]
results = training.step(np.ones((3, 4)), np.zeros(4), np.zeros((4, 2)), np.zeros(2), X, Y)
print([np.shape(r) for r in results], round(float(results[0]), 12), "derivations" in sys.modules)
"""
    done = subprocess.run(
        [sys.executable, "-I", "-c", "import sys; sys.path.insert(0, '.')\n" + script],
        capture_output=True,
        text=True,
        timeout=60,
        cwd=tmp_path,
    )
    assert done.stdout.strip() == "[(), (3, 4), (4,), (4, 2), (2,)] 3.4657359028 False", done.stderr


@pytest.mark.parametrize(
    ("option", "words"),
    [("--numba", "from numba import njit"), ("--jax", "import jax"), ("--torch", "import torch")],
)
def test_code_for_other_libraries(option, words, capsys):
    code, out, _ = run(capsys, "code", "softmax", "y", "dL/dx", option, "--json")
    view = json.loads(out)
    assert (code, view["targets"]) == (0, ["y", "dL/dx"])
    assert words in view["source"]


CODE_REFUSED = [
    (["softmax", "dL/dq"], "q"),
    (["softmax", "y", "dL/dq"], "q"),
    (["softmaxx", "y"], "softmax"),
    (["softmax", "y", "--fast", "--jax"], "not allowed with"),
]


@pytest.mark.parametrize(("argv", "words"), CODE_REFUSED)
def test_code_that_cannot_be_written_is_refused(argv, words, capsys):
    try:
        code, _, err = run(capsys, "code", *argv)
    except SystemExit as stopped:
        code, err = stopped.code, capsys.readouterr().err
    assert code == 2
    assert words in err


GRADIENTS = [
    (["x^2", "--wrt", "x", "--names", "x: real"], 0, "2 x"),
    (["||A x - b||^2", "--wrt", "x,b", "--names", "A: real[n,d]; x: real[d]; b: real[n]"], 0, "∂f/∂b"),
    (["x^2 + q", "--wrt", "x", "--names", "x: real"], 2, "q is not declared"),
    (["x^2", "--wrt", "y", "--names", "x: real"], 2, "y"),
    (["x^2", "--wrt", "x", "--names", "x: reel"], 2, "real"),
    (["--let", "z = x^2; L = z^3", "--wrt", "x", "--names", "x: real"], 0, "6"),
    (["--let", "z = x^2; L = z^3", "--of", "z", "--wrt", "x", "--names", "x: real"], 0, "2 x"),
]  # fmt: skip


@pytest.mark.parametrize(("argv", "code", "words"), GRADIENTS)
def test_gradient(argv, code, words, here, capsys):
    got, out, err = run(capsys, "gradient", *argv)
    assert got == code, out + err
    assert words in out


def test_gradient_in_json_and_at_data(here, capsys, tmp_path):
    data = tmp_path / "data.toml"
    data.write_text("x = [1, 2.5]", encoding="utf-8")
    code, out, _ = run(
        capsys, "gradient", "sum_i x_i^2", "--wrt", "x", "--names", "x: real[n]", "--at", str(data), "--json"
    )
    view = json.loads(out)
    assert code == 0
    assert view["value"] == {"df/dx": [2.0, 5.0]}
    assert {"status", "shape", "index", "matrix", "latex", "numpy", "steps", "ms"} <= set(view)
    data.write_text("y = 3", encoding="utf-8")
    code, out, _ = run(capsys, "gradient", "sum_i x_i^2", "--wrt", "x", "--names", "x: real[n]", "--at", str(data))
    assert code == 2
    assert "the data lacks x" in out


PROOFS = [
    ("sigmoid(z)(1 - sigmoid(z)) = exp(-z)/(1+exp(-z))^2", "z: real", 0, "proved"),
    ("x^2 = x", "x: real", 1, "left side"),
    ("x = y = z", "x: real; y: real; z: real", 1, "x = y"),
    ("x^2", "x: real", 2, "one equation"),
    ("x = q", "x: real", 2, "q"),
]


@pytest.mark.parametrize(("statement", "names", "code", "words"), PROOFS)
def test_prove(statement, names, code, words, here, capsys):
    got, out, _ = run(capsys, "prove", statement, "--names", names)
    assert got == code, out
    assert words in out


# ---------------------------------------------------------------- a bank of one's own

OWN = """
id = "901/1"
title = "A square"
[names]
x = "real[n]"
w = "real"
[[part]]
id = "901/1a"
kind = "formula"
ask = 'What is $\\partial L/\\partial w$?'
derives = "dL/dw"
let = "L = sum_i (w x_i)^2"
points = 2
hints = ["the chain rule", "2 w"]
expect = "2 w sum_i x_i^2"
accepts = ["2w sum_i x_i^2"]
rejects = ["2w x_1^2", "w sum_i x_i^2"]
[[part.mistake]]
answer = "2 w sum_i x_i"
tag = "power"
message = "Each example contributes the square of its x."
[[part]]
id = "901/1b"
kind = "choice"
ask = "Is it convex in w?"
key = true
[[part]]
id = "901/1c"
kind = "text"
ask = "Why?"
model_answer = "Its second derivative is a sum of squares."
[[part.demonstration]]
form = "inequality"
statement = "sum_i x_i^2 >= 0"
"""


@pytest.fixture
def own(tmp_path):
    (tmp_path / "1.toml").write_text(OWN, encoding="utf-8")
    return tmp_path


def test_validate_passes_a_sound_file(own, here, capsys):
    code, out, err = run(capsys, "validate", str(own), "--workers", "1")
    assert code == 0, out + err
    assert out == "3 parts: 0 faults\n"


FAULTS = [
    ('expect = "2 w sum_i x_i^2"', 'expect = "w sum_i x_i^2"', "expect `w sum_i x_i^2` is not the derived answer"),
    ('rejects = ["2w x_1^2"', 'rejects = ["2w sum_j x_j^2"', "`2w sum_j x_j^2` should be judged wrong: correct"),
    ('accepts = ["2w sum_i x_i^2"]', 'accepts = ["2w"]', "`2w` should be judged correct: wrong"),
    (
        'answer = "2 w sum_i x_i"',
        'answer = "w 2 sum_i x_i^2"',
        "the mistake `w 2 sum_i x_i^2` is not judged wrong: correct",
    ),
    ('derives = "dL/dw"', 'derives = "dL/dv"', "v"),
    ('let = "L = sum_i (w x_i)^2"', 'let = "L = sum_i (w z_i)^2"', "z_i"),
    ('derives = "dL/dw"', 'derives = "dL/dw"\nnames = ["x", "ww"]', "no name ww"),
    ('"sum_i x_i^2 >= 0"', '"sum_i x_i >= 0"', "does not show what it should"),
]


@pytest.mark.parametrize(("good", "bad", "words"), FAULTS)
def test_validate_finds_faults(good, bad, words, own, capsys):
    assert good in OWN
    from checker.validation import validate
    from problems.loader import read_text

    problem, faults = read_text(OWN.replace(good, bad), "1.toml")
    assert problem is not None, faults
    said = "\n".join(f.what for part in problem.parts for f in validate(part))
    assert words in said


def test_answers_in_a_file_end_with_the_sum(own, tmp_path, capsys):
    answers = tmp_path / "answers.toml.txt"
    answers.write_text(
        '"901/1a" = \'2w sum_i x_i\'\n"901/1b" = true\n"901/1c" = \'because\'\n"901/9" = 1\n', encoding="utf-8"
    )
    code, out, _ = run(capsys, "check", "--answers", str(answers), "--bank", str(own))
    assert code == 2, "the worst: a part that is not there"
    flat = " ".join(out.split())
    assert "Each example contributes the square of its x." in flat
    assert "points: 1 of 3 settled, 4 possible" in out
    assert "awaiting a person: 901/1c, 901/9" in out
    code, out, _ = run(capsys, "check", "--answers", str(answers), "--bank", str(own), "--json")
    view = json.loads(out)
    assert [v["id"] for v in view["answers"]] == ["901/1a", "901/1b", "901/1c", "901/9"]
    assert (view["points"], view["of"], view["possible"]) == (1, 3, 4)


def test_show_does_not_give_the_answer_away(own, here, capsys):
    code, out, _ = run(capsys, "show", "901/1a", "--bank", str(own))
    assert code == 0
    assert "x: real[n]" in out
    assert "2 w sum_i" not in out
    code, out, _ = run(capsys, "show", "901/1c", "--bank", str(own), "--demonstrate")
    assert code == 0
    assert "shown: holds at" in out


LEAKS = [("000/6a", "y log p"), ("001/8.7", "(1 - beta) g"), ("004/Q3.3", "<= 0")]


@pytest.mark.parametrize(("part", "answer"), LEAKS)
def test_show_hides_the_binding_that_is_asked_for(part, answer, capsys):
    code, out, _ = run(capsys, "show", part)
    assert code == 0
    assert answer not in out


def test_a_plot_is_text_or_a_file(here, capsys, tmp_path, monkeypatch):
    code, out, _ = run(capsys, "show", "000/1c", "--demonstrate")
    assert code == 0
    assert "####" in out
    code, _, err = run(capsys, "show", "000/1c", "--plot", "x.png")
    assert (code, "--demonstrate" in err) == (2, True)
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    code, _, err = run(capsys, "show", "000/1c", "--demonstrate", "--plot", str(tmp_path / "x.png"))
    assert (code, "backproof[plot]" in err) == (2, True)


def test_practice_asks_hints_judges_and_sums_up(own, capsys, monkeypatch, tmp_path):
    monkeypatch.setenv("BACKPROOF_DATA", str(tmp_path / "data"))
    typed = "hint\nhint\nw sum_i x_i^2\n2 w sum_i x_i^2\nfalse\nskip\nfor a reason\n"
    monkeypatch.setattr(sys, "stdin", io.StringIO(typed))
    code, out, _ = run(capsys, "practice", "901", "--bank", str(own))
    assert code == 0
    assert "the chain rule" in out
    assert "wrong" in out
    assert "1 of 3 right, 2 points" in out
    assert "to work on: 901/1b" in out
    monkeypatch.setattr(sys, "stdin", io.StringIO("quit\n"))
    _, out, _ = run(capsys, "practice", "901", "--bank", str(own))
    assert "1 of 1: 901/1b" in out, "what was right is not asked again"
    (tmp_path / "data" / "progress.sqlite").write_bytes(b"not a database, quite long enough to be read as one" * 40)
    monkeypatch.setattr(sys, "stdin", io.StringIO("quit\n"))
    code, out, _ = run(capsys, "practice", "901", "--bank", str(own))
    assert code == 0
    assert "1 of 3: 901/1a" in out, "a broken file is put aside"
    assert run(capsys, "practice", "--forget")[0] == 0
    assert not (tmp_path / "data" / "progress.sqlite").exists()


# ---------------------------------------------------------------- streams


def pairs(count: int) -> str:
    return "".join(
        json.dumps({"id": k, "student": f"x + {k % 7}", "truth": "x + 3", "names": {"x": "real"}}) + "\n"
        for k in range(count)
    )


def test_a_stream_through_the_worker(tmp_path, capsys):
    source, out = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    source.write_text(pairs(40), encoding="utf-8")
    assert run(capsys, "compare", "--jsonl", str(source), "-o", str(out), "--workers", "2")[0] == 0
    lines = out.read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["id"] for line in lines] == list(range(40))
    assert [json.loads(line)["status"] for line in lines] == ["equal" if k % 7 == 3 else "different" for k in range(40)]
    out.write_text("\n".join(lines[:17]) + '\n{"id": 17, "sta', encoding="utf-8")
    assert run(capsys, "compare", "--jsonl", str(source), "-o", str(out), "--resume")[0] == 0
    again = out.read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["id"] for line in again] == list(range(40))


def test_a_gradient_stream(tmp_path, capsys):
    source, out = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    lines = [
        {"id": "a", "formula": "x^2", "wrt": "x", "names": {"x": "real"}},
        {"id": "b", "formula": "x^", "wrt": "x", "names": {"x": "real"}},
        {"id": "c", "wrt": "x"},
    ]
    source.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    assert run(capsys, "gradient", "--jsonl", str(source), "-o", str(out), "--workers", "1")[0] == 0
    a, b, c = (json.loads(line) for line in out.read_text(encoding="utf-8").splitlines())
    assert (a["id"], a["status"], a["index"], a["shape"]) == ("a", "derived", "2 x", [])
    assert (b["id"], b["status"]) == ("b", "refused")
    assert (c["id"], c["status"], c["reason"]) == ("c", "refused", "formula is missing")


@pytest.mark.skipif(os.name == "nt", reason="Ctrl-C is sent otherwise on Windows")
def test_ctrl_c_leaves_whole_lines(tmp_path):
    source, out = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    source.write_text(
        "".join(
            json.dumps({"id": k, "student": f"x + {k}", "truth": "x", "names": "x: real"}) + "\n" for k in range(20_000)
        ),
        encoding="utf-8",
    )
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(
        [sys.executable, "-m", "checker", "compare", "--jsonl", str(source), "-o", str(out), "--workers", "1"],
        env=env,
        cwd=ROOT,
        stderr=subprocess.PIPE,
        start_new_session=True,
        preexec_fn=lambda: signal.signal(
            signal.SIGINT, signal.SIG_DFL
        ),  # a shell that starts the tests in the background has it ignored
    )
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and (not out.exists() or out.stat().st_size < 2000):
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGINT)
    _, err = process.communicate(timeout=20)
    assert process.returncode == 130, err
    assert b"Traceback" not in err
    text = out.read_bytes()
    assert text.endswith(b"\n")
    lines = [json.loads(line) for line in text.splitlines()]
    assert [line["id"] for line in lines] == list(range(len(lines)))
    assert len(lines) < 20_000
