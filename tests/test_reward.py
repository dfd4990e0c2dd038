"""The score of a model's whole answer: what it is, and that nothing makes it raise, hang or leave a process behind."""

from __future__ import annotations

import importlib
import multiprocessing
import os
import pickle
import subprocess
import sys
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor

import pytest

from checker import reward

NAMES = "c: real; u: real; v: real"
MATRICES = "X: real[n,d]; w: real[d]; y: real[n]"

SCORES = [
    # (truth, text, names, score)
    ("2c", r"The slope is $\boxed{c + c}$.", NAMES, 1.0),
    ("2c", r"The slope is $\boxed{3c}$.", NAMES, 0.0),
    ("2c", "**Final answer:** $2c$", {"c": "real"}, 1.0),
    ("u", "Work.\n\n$$ \\sqrt{u}^2 $$", NAMES, 0.0),  # half of the values are missing
    ("X^T(sigmoid(X w) - y)", "So\n$$X^T(p - y)$$ where $p = \\sigma(Xw)$.", MATRICES, 1.0),
    ("X^T(sigmoid(X w) - y)", "```python\np = 1/(1 + np.exp(-X @ w))\ng = X.T @ (p - y)\n```", MATRICES, 1.0),
    ("X^T(sigmoid(X w) - y)", "```python\np = 1/(1 + np.exp(-X @ w))\ng = X.T @ (y - p)\n```", MATRICES, 0.0),
    (r"\frac{1}{2} x^2", r"Hence $\boxed{\frac{x^2}{2}}$.", None, 1.0),
    ("A B", r"Hence $\boxed{B A}$.", None, None),
    # several answers: as one where they agree, not settled where they do not
    ("2c", r"\boxed{c + c}, that is \boxed{2c}", NAMES, 1.0),
    ("2c", r"\boxed{3c}, that is \boxed{4c}", NAMES, 0.0),
    ("2c", r"\boxed{3c}, or is it \boxed{2c}?", NAMES, None),
    ("2c", "\\boxed{2c}\n\nFinal answer: 3c", NAMES, None),
    # not settled
    ("2c", r"\boxed{2q}", NAMES, None),
    ("2c", r"\boxed{2c", NAMES, None),
    ("2c", "A page\nwithout an answer.", NAMES, None),
    ("2c", r"$\boxed{2} c^2$", NAMES, None),
    ("2 +", r"\boxed{2c}", NAMES, None),
    ("2c", r"\boxed{2c}", "c: nonsense", None),
    ("2c", r"\boxed{2c}", [1, 2], None),
    ("2c", r"\boxed{2c}", {"c": 3}, None),
    ("2c", None, NAMES, None),
    (2, r"\boxed{2}", NAMES, None),
    ("2c", b"\\boxed{2c}", NAMES, None),
    ("2c", "\ud800 \\boxed{2c}", NAMES, 1.0),
    ("2c", "\\boxed{2c \ud800}", NAMES, None),
    ("2c", "", NAMES, None),
    ("2c" * 100_000, r"\boxed{2c}", NAMES, None),
]  # fmt: skip


@pytest.mark.parametrize(("gold", "text", "names", "score"), SCORES)
def test_scores(gold, text, names, score):
    found = reward(gold, text, names)
    assert found == score
    assert found is None or type(found) is float


def test_ten_megabytes():
    started = time.monotonic()
    assert reward("2c", "The long way round. " * 500_000 + r"\boxed{2c}", NAMES) == 1.0
    assert reward("2c", "{" * 10_000_000, NAMES) is None
    assert time.monotonic() - started < 30


def test_it_can_be_sent():
    assert pickle.loads(pickle.dumps(reward)) is reward


def test_many_threads_share_the_workers():
    with ThreadPoolExecutor(12) as threads:
        texts = [rf"\boxed{{{k % 3 + 1}c + {k}}}" for k in range(36)]
        found = list(threads.map(lambda k: reward(f"2c + {k}", texts[k], NAMES), range(36)))
    assert found == [1.0 if k % 3 == 1 else 0.0 for k in range(36)]


def test_what_takes_too_long_is_not_settled(monkeypatch):
    module = importlib.import_module("checker.reward")
    monkeypatch.setattr(module, "SECONDS", 0.001)
    long = " + ".join(f"sin({k}u) cos({k}v)^2 exp(-{k}c)" for k in range(1, 60))
    assert reward(long, rf"\boxed{{{long} + u - u}}", NAMES) is None
    monkeypatch.undo()
    assert reward("2c", r"\boxed{2c}", NAMES) == 1.0


def _in_another(text: str) -> float | None:
    return reward("2c", text, NAMES)


@pytest.mark.parametrize("method", sorted(set(multiprocessing.get_all_start_methods()) & {"fork", "spawn"}))
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_other_processes_have_workers_of_their_own(method):
    assert reward("2c", r"\boxed{2c}", NAMES) == 1.0
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context(method)) as processes:
        found = list(processes.map(_in_another, [r"\boxed{2c}", r"\boxed{3c}", r"\boxed{q}"] * 2))
    assert found == [1.0, 0.0, None] * 2
    assert reward("3c", r"\boxed{3c}", NAMES) == 1.0


@pytest.mark.skipif(sys.platform != "linux", reason="looks through /proc")
def test_no_process_is_left_behind():
    code = (
        "from checker import reward\n"
        "from checker.shared_pool import SHARED\n"
        "assert reward('2c', '\\\\boxed{2c}', 'c: real') == 1.0\n"
        "print([w.pid for pool in SHARED.pools.values() for w in pool._made])\n"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60).stdout
    pids = [int(p) for p in out.strip().strip("[]").split(",")]
    assert pids
    time.sleep(0.2)
    assert not [p for p in pids if os.path.exists(f"/proc/{p}")]
