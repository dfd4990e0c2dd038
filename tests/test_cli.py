"""The command line as people meet it: arguments, refusals, exit codes, widths, streams that cannot hold σ."""

from __future__ import annotations

import importlib
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from checker.__main__ import main
from checker.commands import COMMANDS
from checker.commands.base import Parser, Refused
from checker.output import Terminal, to_ascii
from checker.render import verdict

ROOT = Path(__file__).parent.parent


def run(capsys, *argv: str) -> tuple[int, str, str]:
    """(exit code, standard output, standard error) of a command in this process."""
    code = main(list(argv))
    out = capsys.readouterr()
    return code, out.out, out.err


# ---------------------------------------------------------------- arguments

ARRANGED = [
    ("check", ["001/3.2", "-y_i*y_j"], {"part": "001/3.2", "answer": "-y_i*y_j", "json": False}),
    ("check", ["001/3.2", "-y_i*y_j", "--json"], {"answer": "-y_i*y_j", "json": True}),
    ("check", ["--json", "001/3.2", "-h"], {"answer": "-h", "json": True}),
    ("check", ["001/3.2", "--reveal", "--", "--json"], {"answer": "--json", "reveal": True}),
    ("check", ["001/3.2", "--x"], {"answer": "--x"}),
    ("check", ["001/3.2", "-"], {"answer": "-"}),
    ("compare", ["-x", "-y", "--names", "x: real"], {"student": "-x", "truth": "-y", "names": "x: real"}),
    ("compare", ["-1", "-1.0"], {"student": "-1", "truth": "-1.0"}),
    ("compare", ["--jsonl", "-", "--workers", "2"], {"jsonl": "-", "workers": 2}),
    ("read", ["-\\frac{1}{2}x", "--names=x: real"], {"text": "-\\frac{1}{2}x", "names": "x: real"}),
    ("gradient", ["-x^2", "--wrt", "x", "--names", "x: real"], {"formula": "-x^2", "wrt": "x"}),
    ("code", ["softmax", "dy/dx", "-o", "f.py", "--fast"], {"targets": ["dy/dx"], "output": "f.py", "fast": True}),
    ("code", ["softmax", "y", "dy/dx", "--jax"], {"targets": ["y", "dy/dx"], "jax": True}),
]  # fmt: skip


@pytest.mark.parametrize(("command", "argv", "wanted"), ARRANGED)
def test_answers_that_begin_with_a_minus_are_answers(command, argv, wanted):
    module = importlib.import_module(f"checker.commands.{command.replace('-', '_')}")
    args = vars(Parser(command, module).arranged(argv))
    assert {k: args[k] for k in wanted} == wanted


def test_an_unknown_option_names_the_nearest():
    module = importlib.import_module("checker.commands.check")
    with pytest.raises(Refused, match=r"no option --jsno; did you mean --json\?"):
        Parser("check", module).arranged(["001/3.2", "x", "--jsno"])


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_with_examples_in_ascii(command, capsys):
    code, out, _ = run(capsys, command, "--help")
    assert code == 0
    assert "examples:" in out
    assert out.isascii()
    module = importlib.import_module(f"checker.commands.{command.replace('-', '_')}")
    for example in module.EXAMPLES:
        assert example in out
        assert f"backproof {command}" in example
        assert len(example) < 240


def test_help_lists_every_command(capsys):
    code, out, _ = run(capsys, "--help")
    assert code == 0
    for name in COMMANDS:
        assert f"\n  {name} " in out


# (arguments, words of the refusal): exit code 2
REFUSALS = [
    (["chekc"], "did you mean check?"),
    (["compare", "x"], "compare needs what was written and what it should equal"),
    (["compare", "-", "-"], "only one of the two can be standard input"),
    (["compare", "--jsonl", "no/such/file"], "no/such/file: No such file"),
    (["compare", "x", "y", "--timeout", "0"], "--timeout"),
    (["check", "--answers", "no/such.toml"], "no/such.toml"),
    (["check", "001/3.2"], "check needs a part and an answer"),
    (["problems", "--kind", "formla"], "did you mean formula?"),
    (["problems", "--bank", "no/such/folder"], "no folder no/such/folder"),
    (["gradient", "x^2"], "--wrt"),
    (["gradient", "x^2", "--wrt", " , "], "--wrt"),
    (["gradient", "--wrt", "x"], "gradient needs a formula"),
    (["code", "softmax", "dy/dx", "--name", "a b"], "is no Python name"),
    (["validate", "no/such/file.toml"], "no/such/file.toml"),
]


@pytest.mark.parametrize(("argv", "words"), REFUSALS)
def test_refusals_say_what_to_do(argv, words, capsys):
    code, out, err = run(capsys, *argv)
    assert code == 2
    assert out == ""
    assert words in err
    assert "Traceback" not in err


@pytest.mark.parametrize(
    ("argv", "words"),
    [*REFUSALS, (["check", "--bank"], "expected one argument"), (["gradient", "x", "--order", "9"], "invalid choice")],
)
def test_a_refusal_is_json_where_json_was_asked_for(argv, words, capsys):
    code, out, err = run(capsys, argv[0], "--json", *argv[1:])
    found = json.loads(out)
    assert code == 2
    assert (found["format"], found["status"]) == (1, "refused")
    assert words in found["reason"]
    assert words in err


def test_no_command_is_usage(capsys):
    assert run(capsys)[0] == 2


def test_a_bug_of_ours_exits_70_with_its_traceback(capsys, monkeypatch):
    import checker.commands.problems as module

    monkeypatch.setattr(module, "run", lambda args, terminal: {}["gone"])
    code, _, err = run(capsys, "problems")
    assert code == 70
    assert "KeyError: 'gone'" in err


def test_ctrl_c_exits_130(capsys, monkeypatch):
    import checker.commands.problems as module

    def interrupted(args, terminal):
        raise KeyboardInterrupt

    monkeypatch.setattr(module, "run", interrupted)
    assert run(capsys, "problems")[0] == 130


# ---------------------------------------------------------------- answers in TOML

TOML_REFUSALS = [
    ('"001/3.2" = "\\sum y"', "single quotes"),
    ('"001/3.2" = "\\frac{1}{2}"', "\\frac in double quotes"),
    ("nonsense", "no TOML"),
    ("", "no answers"),
]


@pytest.mark.parametrize(("text", "words"), TOML_REFUSALS)
def test_a_toml_error_says_what_to_write(text, words, tmp_path, capsys):
    path = tmp_path / "answers.toml"
    path.write_text(text, encoding="utf-8")
    code, _, err = run(capsys, "check", "--answers", str(path))
    assert code == 2
    assert words in err


# ---------------------------------------------------------------- output

ASCII = [
    ("σ(θᵀx) ≤ ½", "sigma(theta^Tx) <= 1/2"),
    ("x̂² − Σ", "xhat^2 - Sigma"),
    ("λ → ∂L/∂ŷ", "lambda -> dL/dyhat"),
    ("✗ 日", "no \\u65e5"),
]


@pytest.mark.parametrize(("text", "wanted"), ASCII)
def test_what_a_stream_cannot_hold_is_spelled_out(text, wanted):
    assert to_ascii(text) == wanted


VIEW = {
    "format": 1,
    "id": "001/3.2",
    "status": "wrong",
    "score": 0.0,
    "evidence": {"strength": None, "sizes": [], "points": 3, "digits": None,
        "counterexample": {"sizes": {"K": 3}, "names": {"y": [0.25, 0.5, 0.25]}, "student": "1/8", "truth": "-1/8"}},
    "diagnosis": {"tag": "sign", "message": "The sign is wrong: look at w[i] and [bold]x[/bold] again."},
    "findings": [],
    "student_read": "y_i y_j",
    "truth_read": "-y_i y_j",
    "at": None,
}  # fmt: skip


@pytest.mark.parametrize("width", [40, 60, 100])
@pytest.mark.parametrize("unicode", [True, False])
def test_a_verdict_fits_its_terminal_and_markup_is_text(width, unicode):
    stream = io.StringIO()
    terminal = Terminal(stream, width=width, unicode=unicode)
    terminal.show(verdict(VIEW, terminal))
    shown = stream.getvalue()
    assert all(len(line) <= width for line in shown.splitlines())
    assert "wrong" in shown
    assert "\x1b" not in shown
    flat = " ".join(shown.split())
    assert "w[i]" in flat
    assert "[bold]x[/bold]" in flat
    assert "-y_i y_j" not in flat, "the answer is not given away"
    if not unicode:
        assert shown.isascii()


def test_control_characters_do_not_reach_the_terminal():
    stream = io.StringIO()
    terminal = Terminal(stream)
    terminal.show("a\x1b[2Jb\u202ec")
    assert "\x1b" not in stream.getvalue()
    assert "\u202e" not in stream.getvalue()


def process(*argv: str, **more) -> subprocess.CompletedProcess[bytes]:
    env = {**os.environ, "PYTHONPATH": str(ROOT), **more.pop("env", {})}
    return subprocess.run(
        [sys.executable, "-m", "checker", *argv],
        capture_output=True,
        timeout=60,
        env=env,
        cwd=more.pop("cwd", ROOT),
        **more,
    )


def test_an_ascii_stream_gets_ascii():
    done = process("show", "nothing", env={"PYTHONIOENCODING": "ascii"})
    assert done.returncode == 2
    assert done.stderr.isascii()


@pytest.mark.skipif(os.name == "nt", reason="shell pipes of POSIX")
def test_head_is_quiet():
    script = f"'{sys.executable}' -m checker --help | head -1"
    done = subprocess.run(["sh", "-c", script], capture_output=True, text=True, timeout=60, cwd=ROOT)
    assert done.stdout.startswith("usage")
    assert done.stderr == ""


def test_a_stream_does_not_overwrite_its_input(tmp_path):
    lines = tmp_path / "lines.jsonl"
    lines.write_text('{"student": "x", "truth": "x", "names": "x: real"}\n')
    command = [
        sys.executable,
        "-m",
        "checker",
        "compare",
        "--jsonl",
        str(lines),
        "--output",
        str(tmp_path / "." / "lines.jsonl"),
    ]
    done = subprocess.run(command, capture_output=True, timeout=60, cwd=ROOT)
    assert done.returncode == 2
    assert b"is the input" in done.stderr
    assert lines.read_text().startswith('{"student"')


@pytest.mark.skipif(sys.platform == "win32", reason="head is not Windows's")
def test_a_reader_that_has_enough_is_no_fault_of_the_input(tmp_path):
    lines = tmp_path / "lines.jsonl"
    lines.write_text(
        "".join(f'{{"id": {k}, "student": "x + {k}", "truth": "x", "names": "x: real"}}\n' for k in range(400))
    )
    done = subprocess.Popen(
        [sys.executable, "-m", "checker", "compare", "--jsonl", str(lines)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=ROOT,
    )
    assert done.stdout is not None
    assert done.stderr is not None
    assert done.stdout.readline().startswith(b'{"format": 1')
    done.stdout.close()
    assert done.stderr.read() == b""
    assert done.wait(60) == 0


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a full device is Linux's")
def test_a_full_disk_is_no_bug():
    with open("/dev/full", "wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "checker", "problems"], stdout=full, stderr=subprocess.PIPE, timeout=60, cwd=ROOT
        )
    assert done.returncode == 2
    assert b"cannot be written" in done.stderr
    assert b"Traceback" not in done.stderr


# ---------------------------------------------------------------- streams of pairs


def test_a_stream_that_cannot_be_resumed_is_refused(tmp_path, capsys):
    pairs, out = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    pairs.write_text('{"id": 1}\n', encoding="utf-8")
    out.write_text('{"id": 7}\n', encoding="utf-8")
    code, _, err = run(capsys, "compare", "--jsonl", str(pairs), "--output", str(out), "--resume")
    assert code == 2
    assert "another input" in err


def test_bad_lines_are_answered_without_a_worker(tmp_path, capsys):
    pairs, out = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    pairs.write_text(
        '{"id": "a", "student": 3, "truth": "x"}\nnonsense\n\n{"id": [1], "truth": "x"}\n', encoding="utf-8"
    )
    code, _, err = run(capsys, "compare", "--jsonl", str(pairs), "--output", str(out))
    lines = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    assert code == 0
    assert err == ""
    assert [line["status"] for line in lines] == ["unreadable"] * 4
    assert [line["id"] for line in lines] == ["a", None, None, [1]]
    assert lines[0]["at"]["side"] == "student"


@pytest.mark.parametrize(
    "data",
    [
        "x = 1979-05-27",
        "x = " + "9" * 5000,
        "x = " + "[" * 3000 + "]" * 3000,
        "x = 'a'",
        "x = {a = 1}",
        "x = [1, [2, 'b']]",
    ],
)
@pytest.mark.long
def test_hostile_data_is_refused(tmp_path, data):
    file = tmp_path / "data.toml"
    file.write_text(data)
    for arguments in (
        ["check", "000/6b", "(y - p) theta_i", "--at", str(file)],
        ["read", "x", "--names", "x: real", "--at", str(file)],
    ):
        done = subprocess.run([sys.executable, "-m", "checker", *arguments], capture_output=True, timeout=60, cwd=ROOT)
        assert done.returncode == 2, done.stderr
        assert str(file).encode() in done.stderr
