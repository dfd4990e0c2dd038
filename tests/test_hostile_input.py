"""What comes from outside, at its worst: files that do not end or are none, streams that are closed, full or gone,
problem files with faults.

Each is answered by its message and exit code 2 (a reader that has enough: by silence), never by a traceback, and
nothing waits.
"""

from __future__ import annotations

import datetime
import io
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from checker import check
from checker.__main__ import main
from checker.answer_values import fault
from checker.commands.progress import Progress
from problems.bank import natural
from problems.tables import toml

ROOT = Path(__file__).parent.parent
posix = pytest.mark.skipif(os.name == "nt", reason="files and streams of POSIX")


def run(capsys, *argv: str) -> tuple[int, str, str]:
    code = main(list(argv))
    out = capsys.readouterr()
    return code, out.out, out.err


# ---------------------------------------------------------------- answers of a TOML file

# (value as TOML, words of the verdict)
NO_ANSWERS = [
    ("1947-05-06", "1947-05-06 is a date, no answer"),
    ("07:30:00", "07:30:00 is a time, no answer"),
    ("1947-05-06T07:30:00Z", "is a date with a time, no answer"),
    ("[1, 1947-05-06]", "is a date, no answer"),
    ("{z1 = 1, z2 = {a = 07:30:00}}", "is a time, no answer"),
    ("nan", "nan is no number"),
    ("-inf", "-inf is no number"),
    ("[1.0, nan]", "nan is no number"),
    ("0x" + "f" * 9_000, "an integer has more than 300 digits"),
    ("9" * 400, "an integer has more than 300 digits"),
    ("[" * 30 + "]" * 30, "nest more than 20 deep"),
]  # fmt: skip


@pytest.mark.parametrize("part", ["001/3.2", "001/5.1", "001/1", "000/3.1", "000/8a", "001/4.2"])
@pytest.mark.long
def test_what_is_no_answer_is_unreadable(part, tmp_path, capsys):
    for value, words in NO_ANSWERS:
        (tmp_path / "a.toml").write_text(f'"{part}" = {value}\n')
        code, out, _ = run(capsys, "check", "--answers", str(tmp_path / "a.toml"), "--json")
        (answer,) = json.loads(out)["answers"]
        assert (code, answer["status"]) == (2, "unreadable")
        assert words in answer["at"]["message"]
        assert run(capsys, "check", "--answers", str(tmp_path / "a.toml"))[0] == 2


def test_from_python_too():
    for value in (
        datetime.date(1947, 5, 6),
        float("nan"),
        10**5_000,
        b"y_i",
        None,
        {1: {2: object()}},
        [[[{"a": datetime.time(1)}]]],
    ):
        assert check("001/3.2", value).status == "unreadable", value
    for value in ("y", 3, 3.5, True, [1, [2, "x"]], {"a": [1]}, (1, 2)):
        assert fault(value) is None


# (bytes of the file, words of the refusal)
NO_FILES = [
    (b"", "no answers"),
    (b"\xff\xfe", "not UTF-8 text: invalid start byte at byte 0"),
    (b'"001/3.2" = "a\0b"', "no TOML: Illegal character"),
    (b'"001/3.2" = ' + b"[" * 5_000 + b"]" * 5_000, "too deep"),
    (b'"001/3.2" = ' + b"9" * 5_000, "a number too long"),
    (b"a" + b".a" * 100_000 + b" = 1", "a key of more than 20 parts"),
    (b"[a" + b".a" * 100_000 + b"]", "a key of more than 20 parts"),
    (b'"a" ' + b'. "a"' * 1_000 + b" = 1", "a key of more than 20 parts"),
    (b"x = 1\n" * 400_000, "more than 1,000,000 bytes"),
    (b'"x' + b'" = 1\n"x'.join(b"%d" % k for k in range(3_000)) + b'" = 1\n', "more than there are parts"),
    (b'"001/3.2" = 1\n"001/3.2" = 2\n', "no TOML"),
    (b'"001/3.2" = 1947-13-45', "no TOML"),
]  # fmt: skip


@pytest.mark.parametrize(("data", "words"), NO_FILES, ids=[words for _, words in NO_FILES])
def test_a_file_that_is_none_is_refused_at_once(data, words, tmp_path, capsys):
    path = tmp_path / "answers.toml"
    path.write_bytes(data)
    started = time.process_time()
    code, out, err = run(capsys, "check", "--answers", str(path))
    assert (code, out) == (2, "")
    assert words in err
    for argv in (
        ["check", "000/6b", "y theta_i", "--at", str(path)],
        ["read", "x", "--names", "x: real", "--at", str(path)],
    ):
        if data and "parts" not in words:
            assert run(capsys, *argv)[0] == 2
    assert time.process_time() - started < 6


@posix
@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/dev/zero", "more than 1,000,000 bytes"),
        ("/", "Is a directory"),
        ("no/such", "No such file"),
        ("/dev/null", "no answers"),
    ],
)
def test_a_device_and_a_folder_are_no_files_of_answers(path, words, capsys):
    code, _, err = run(capsys, "check", "--answers", path)
    assert code == 2
    assert words in err


@posix
def test_a_pipe_is_read_within_the_limit(tmp_path, capsys):
    os.mkfifo(tmp_path / "pipe")
    writer = subprocess.Popen(["sh", "-c", f"exec yes 'x = 1' > '{tmp_path}/pipe'"], stderr=subprocess.DEVNULL)
    code, _, err = run(capsys, "check", "--answers", str(tmp_path / "pipe"))
    assert code == 2
    assert "more than 1,000,000 bytes" in err
    writer.wait(10)


def test_a_byte_order_mark_and_windows_line_ends_are_no_fault(tmp_path, capsys):
    (tmp_path / "a.toml").write_bytes(b'\xef\xbb\xbf"001/3.2" = "-y_i y_j"\r\n')
    assert run(capsys, "check", "--answers", str(tmp_path / "a.toml"))[0] == 0


@pytest.mark.parametrize(
    "text",
    [
        "x = 1.2.3",
        "a.b.c.d = 1",
        "[a.b]\nc.d = 2",
        "x = '" + "a." * 15 + "'",
        "e = 1.5\nf = [1.25, 2.5" + ", 3.5" * 90 + "]",
    ],
)
def test_a_key_of_few_parts_is_no_fault(text):
    if text == "x = 1.2.3":
        with pytest.raises(ValueError, match="Expected newline"):
            toml(text)
    else:
        assert toml(text)


# ---------------------------------------------------------------- standard streams

COMMANDS = [
    ["models"],
    ["derive", "softmax", "dy_i/dx_j"],
    ["code", "softmax", "dy/dx"],
    ["problems"],
    ["show", "001/3.2"],
    ["check", "001/3.2", "-y_i y_j"],
    ["compare", "x", "x", "--names", "x: real"],
    ["gradient", "x^2", "--wrt", "x", "--names", "x: real"],
    ["prove", "x + x = 2x", "--names", "x: real"],
    ["read", "x^2", "--names", "x: real"],
    ["check", "--help"],
    ["--help"],
    ["--version"],
]
READING = [
    ["check", "001/3.2", "-"],
    ["check", "--answers", "-"],
    ["compare", "-", "x"],
    ["read", "-"],
    ["prove", "-"],
    ["gradient", "-", "--wrt", "x"],
]
STREAMS = [["compare", "--jsonl", "-"], ["gradient", "--jsonl", "-"]]


def shell(argv: list[str], rest: str, **more) -> subprocess.CompletedProcess[bytes]:
    command = " ".join(f"'{a}'" for a in (sys.executable, "-m", "checker", *argv))
    return subprocess.run(
        ["bash", "-c", f"set -o pipefail; {command} {rest}"], capture_output=True, timeout=60, cwd=ROOT, **more
    )


def _quiet(done: subprocess.CompletedProcess[bytes]) -> None:
    assert b"Traceback" not in done.stderr
    assert b"Exception ignored" not in done.stderr


@posix
@pytest.mark.parametrize("argv", COMMANDS, ids=" ".join)
@pytest.mark.long
def test_an_output_that_is_closed_or_full_is_said(argv):
    closed = shell(argv, ">&-")
    _quiet(closed)
    assert (closed.returncode, b"no standard output" in closed.stderr) == (2, True)
    if Path("/dev/full").exists():
        full = shell(argv, ">/dev/full")
        _quiet(full)
        assert (full.returncode, b"cannot be written: No space left" in full.stderr) == (2, True)
        assert shell(argv, ">/dev/full 2>/dev/full").returncode == 2


@posix
@pytest.mark.parametrize("argv", [COMMANDS[3], COMMANDS[6], COMMANDS[9]], ids=" ".join)
@pytest.mark.long
def test_an_input_or_an_error_stream_that_is_closed_is_no_fault_of_who_needs_none(argv):
    for closed in ("<&-", "2>&-", "<&- 2>&-"):
        done = shell(argv, closed)
        assert (done.returncode, done.stderr) == (0, b"")
        assert done.stdout
    assert shell(argv, "<&- >&- 2>&-").returncode == 2


@posix
@pytest.mark.parametrize("argv", [*READING, *STREAMS, ["practice", "001/3.2"]], ids=" ".join)
@pytest.mark.long
def test_an_input_that_is_closed_is_said(argv):
    done = shell(argv, "<&-")
    _quiet(done)
    assert (done.returncode, b"there is no standard input to read" in done.stderr) == (2, True)


@posix
@pytest.mark.parametrize("argv", READING, ids=" ".join)
@pytest.mark.long
def test_an_input_without_end_or_that_is_no_text_is_refused(argv):
    for rest, words in (
        ("< /dev/zero", b"more than 1,000,000 bytes"),
        ("< <(yes)", b"more than 1,000,000 bytes"),
        ("< <(printf 'x\\xff')", b"not UTF-8 text"),
    ):
        done = shell(argv, rest)
        _quiet(done)
        assert (done.returncode, words in done.stderr) == (2, True), rest


@posix
@pytest.mark.parametrize("argv", STREAMS, ids=" ".join)
def test_a_line_without_end_is_one_line(argv):
    done = shell(argv, "< /dev/zero")
    _quiet(done)
    (answer,) = done.stdout.splitlines()
    assert json.loads(answer)["status"] in ("unreadable", "refused")


@posix
@pytest.mark.parametrize("argv", COMMANDS, ids=" ".join)
@pytest.mark.long
def test_a_reader_that_has_enough_is_met_with_silence(argv):
    done = shell(argv, "2>&1 | true")
    assert done.stderr == b""
    _quiet(shell(argv, "| head -c 1"))


# ---------------------------------------------------------------- outputs and places to keep things


@posix
def test_a_file_is_written_whole_or_not_at_all(tmp_path, capsys):
    path = tmp_path / "f.py"
    assert run(capsys, "code", "softmax", "y", "-o", str(path))[0] == 0
    whole = path.read_text()
    path.chmod(0o640)
    (tmp_path / "link.py").symlink_to(path)
    path.write_text("old")
    assert run(capsys, "code", "softmax", "y", "-o", str(tmp_path / "link.py"))[0] == 0
    assert path.read_text() == whole
    assert path.stat().st_mode & 0o777 == 0o640
    assert (tmp_path / "link.py").is_symlink()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["f.py", "link.py"], "nothing is left beside"
    for bad, words in (
        (tmp_path, "Is a directory"),
        (tmp_path / "no" / "f.py", "No such file"),
        ("/dev/full", "No space left"),
    ):
        code, _, err = run(capsys, "code", "softmax", "y", "-o", str(bad))
        assert (code, words in err) == (2, True)


@posix
def test_a_stream_goes_on_only_in_a_file(tmp_path, capsys):
    (tmp_path / "in.jsonl").write_text('{"id": 1}\n')
    for output in (tmp_path, "/dev/zero", "/dev/null"):
        code, _, err = run(
            capsys, "compare", "--jsonl", str(tmp_path / "in.jsonl"), "--output", str(output), "--resume"
        )
        assert (code, "no file that a stream can go on in" in err) == (2, True)


ODD = [
    {"COLUMNS": "20", "TERM": "dumb"},
    {"COLUMNS": "0"},
    {"COLUMNS": "-5"},
    {"COLUMNS": "²"},
    {"COLUMNS": "9" * 5_000},
    {"COLUMNS": "999999999"},
    {"LC_ALL": "C", "PYTHONUTF8": "0"},
    {"LC_ALL": "nonsense"},
    {"PYTHONIOENCODING": "ascii"},
    {"PYTHONIOENCODING": "latin-1"},
    {"PYTHONIOENCODING": "utf-16"},
    {"HOME": ""},
    {"HOME": "/proc/nothing", "BACKPROOF_CACHE": "", "BACKPROOF_DATA": ""},
    {"BACKPROOF_CACHE": "/proc/nothing", "BACKPROOF_DATA": "/proc/nothing"},
    {"BACKPROOF_CACHE": "/dev/null", "BACKPROOF_DATA": "/dev/null"},
    {"TMPDIR": "/proc/nothing"},
    {"NO_COLOR": "1", "TERM": ""},
    {"PYTHONOPTIMIZE": "2"},
]


def together(settings: list[dict[str, str]]) -> list[dict[str, str]]:
    """The settings in as few environments as hold them all."""
    environments: list[dict[str, str]] = []
    for one in settings:
        room = next((e for e in environments if not e.keys() & one.keys()), None)
        if room is None:
            environments.append(dict(one))
        else:
            room.update(one)
    return environments


@posix
@pytest.mark.parametrize(
    "odd",
    [*together(ODD), *(pytest.param(one, marks=pytest.mark.soak) for one in ODD)],
    ids=lambda odd: " ".join(f"{k}={v[:12]}" for k, v in odd.items()),
)
@pytest.mark.long
def test_an_odd_environment_changes_no_exit_code(odd):
    env = {**os.environ, **odd}
    for argv, code in (
        (["problems", "001"], 0),
        (["derive", "softmax", "dy_i/dx_j"], 0),
        (["check", "001/3.2", "y_i"], 1),
        (["practice", "001/3.2"], 0),
    ):
        done = subprocess.run(
            [sys.executable, "-m", "checker", *argv],
            input=b"quit\n",
            capture_output=True,
            timeout=60,
            cwd=ROOT,
            env=env,
        )
        assert (done.returncode, done.stderr) == (code, b""), argv


def test_progress_that_cannot_be_kept_is_none(tmp_path):
    import sqlite3

    path = tmp_path / "progress.sqlite"
    Progress(path).add("1/1", "x", "wrong", 0.0, "sign")
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    busy = Progress(path)
    assert not busy.kept
    busy.add("1/2", "x", "correct", 1.0, None)
    assert busy.done() == set()
    holder.execute("ROLLBACK")
    holder.close()
    assert Progress(path).tags() == {"sign": 1}, "a file that another holds is not put aside"
    path.write_bytes(b"no database" * 100)
    again = Progress(path)
    assert again.kept
    assert path.with_suffix(".broken").exists()
    assert not Progress(None).kept
    Progress(None).forget()


# ---------------------------------------------------------------- problem files of one's own

GOOD = """id = "900/1"
title = "A part"
names = {x = "real"}
[[part]]
id = "900/1.1"
kind = "formula"
ask = "the derivative"
derives = "x^2"
"""
# (what the file holds, words of its fault)
BROKEN = [
    (GOOD.replace('id = "900/1"\n', ""), "id is missing"),
    (GOOD.replace('id = "900/1.1"\n', ""), "id is missing"),
    (GOOD.replace('title = "A part"\n', ""), "title is missing"),
    (GOOD.replace('"900/1"', "900"), "id must be a string"),
    (GOOD.replace('"900/1"', '""'), "'' is no id"),
    (GOOD.replace('"900/1.1"', '""'), "an empty id"),
    (GOOD.replace('kind = "formula"\n', ""), "kind is missing"),
    (GOOD.replace('"formula"', '"formla"'), "did you mean formula?"),
    (GOOD.replace("[[part]]", "[part]"), "part must be a list of tables"),
    (GOOD.replace("[[part]]", "[[port]]"), "unknown key port"),
    (GOOD + "points = -1\n", "points must be a number"),
    (GOOD + "points = nan\n", "points must be a number"),
    (GOOD + "points = inf\n", "points must be a number"),
    (GOOD + "hints = 1947-05-06\n", "hints must be a string or a list"),
    (GOOD + "expect = 1947-05-06\n", "expect must be what one would type"),
    (GOOD + "part = 3\n", "unknown key part"),
    ("x = 1", "unknown key x"),
    ("", "id is missing"),
    ("nonsense", "no TOML"),
    ("\0", "no TOML"),
    ("[" * 5_000, "no TOML"),
    ("a" + ".a" * 50_000 + " = 1", "a key of more than 20 parts"),
    ("#" * 1_100_000, "more than 1,000,000 bytes"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "words"), BROKEN, ids=range(len(BROKEN)))
def test_a_bank_with_a_fault_says_which(text, words, tmp_path, capsys):
    (tmp_path / "p.toml").write_text(text, encoding="utf-8")
    bank = ["--bank", str(tmp_path)]
    for argv in (
        ["problems", *bank],
        ["practice", *bank],
        ["validate", str(tmp_path)],
        ["validate", str(tmp_path), "--format-only"],
    ):
        code, out, err = run(capsys, *argv)
        assert code == (1 if argv[0] == "validate" else 2), argv
        assert words in out + err
    for argv in (
        ["show", "900/1.1", *bank],
        ["check", "900/1.1", "2x", *bank],
        ["check", "900", "2x", *bank],
        ["show", "", *bank],
    ):
        code, out, err = run(capsys, *argv)
        assert code == 2
        assert "Traceback" not in err


@pytest.mark.long
def test_a_bank_with_a_fault_that_only_deriving_finds(tmp_path, capsys, monkeypatch):
    for text in (
        GOOD.replace('"x^2"', '"x +"'),
        GOOD.replace('"x^2"', '"dL/dx"'),
        GOOD.replace('"real"', '"rael"'),
        GOOD.replace('"real"', '"real[n"'),
        GOOD.replace('names = {x = "real"}', 'model = "softmx"'),
        GOOD.replace('names = {x = "real"}', 'model = "softmax:nothing"'),
        GOOD.replace('names = {x = "real"}', 'names = {x = "real"}\nlet = ["z = "]'),
        GOOD.replace('names = {x = "real"}', 'names = {x = "real"}\nlet = ["z z z"]'),
        GOOD.replace('names = {x = "real"}', 'names = {x = "real"}\nupstream = "q"'),
        GOOD.replace('names = {x = "real"}', "names = {}"),
        GOOD.replace('"x^2"', '"argmin f over x"'),
        GOOD.replace('"x^2"', '"value of q"'),
        GOOD.replace('"x^2"', '"' + "x^" * 5_000 + 'x"'),
    ):
        (tmp_path / "p.toml").write_text(text, encoding="utf-8")
        assert run(capsys, "problems", "--bank", str(tmp_path))[0] == 0
        assert run(capsys, "show", "900/1.1", "--bank", str(tmp_path))[0] in (0, 2), text
        monkeypatch.setattr(sys, "stdin", io.StringIO("2x\nquit\n"))
        assert run(capsys, "practice", "900/1.1", "--bank", str(tmp_path))[0] == 2, text
        code, _, err = run(capsys, "check", "900/1.1", "2x", "--bank", str(tmp_path))
        assert code == 2, text
        assert "Traceback" not in err
        code, out, _ = run(capsys, "validate", str(tmp_path))
        assert code == 1, (text, out)


@posix
@pytest.mark.long
def test_a_bank_reads_files_alone(tmp_path, capsys):
    (tmp_path / "good.toml").write_text(GOOD, encoding="utf-8")
    (tmp_path / "folder.toml").mkdir()
    (tmp_path / "²7.toml").symlink_to(tmp_path / "good.toml")
    assert run(capsys, "problems", "--bank", str(tmp_path))[0] == 0
    os.mkfifo(tmp_path / "pipe.toml")
    code, _, err = run(capsys, "problems", "--bank", str(tmp_path))
    assert (code, "no regular file" in err) == (2, True)
    (tmp_path / "pipe.toml").unlink()
    for target in ("/dev/zero", "/proc/nothing"):
        (tmp_path / "link.toml").symlink_to(target)
        for command in ("problems", "practice"):
            code, _, err = run(capsys, command, "--bank", str(tmp_path))
            assert (code, "cannot be read" in err) == (2, True)
        assert run(capsys, "validate", str(tmp_path))[0] == 1
        (tmp_path / "link.toml").unlink()
    for folder in ("/dev/null", str(tmp_path / "good.toml"), "/proc/nothing", ""):
        assert run(capsys, "problems", "--bank", folder or str(tmp_path / "no"))[0] == 2


def test_ids_sort_as_people_count():
    assert sorted(["b10", "b2", "²", "b" + "9" * 5_000], key=natural)[:2] == ["b2", "b10"]
