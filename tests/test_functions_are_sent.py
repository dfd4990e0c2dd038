"""Emitted functions as values: sent to other processes, copied, and their text shown."""

from __future__ import annotations

import copy
import inspect
import pickle
import subprocess
import sys

import numpy as np
import pytest

from derivations import derive
from derivations.functions import batch_norm_dx, function

BUILT = [
    derive("softmax", "dL/dx").numpy(),
    derive("softmax", "dL/dx").numpy(fast=True),
    function("softmax", ["L", "dL/dx"]),
]
ARRAYS = {"x": np.array([0.0, 1.0, 2.0]), "t": np.array([0.0, 1.0, 0.0])}


@pytest.mark.parametrize("built", BUILT, ids=["readable", "fast", "together"])
def test_a_function_is_sent_as_its_text(built):
    for other in (pickle.loads(pickle.dumps(built)), copy.copy(built), copy.deepcopy(built)):
        one, two = other(**ARRAYS), built(**ARRAYS)
        pairs = zip(one, two, strict=True) if isinstance(two, tuple) else [(one, two)]
        assert all(np.array_equal(a, b) for a, b in pairs)
        assert other.__name__ == built.__name__
        assert inspect.signature(other) == inspect.signature(built)
        assert other.__doc__ == built.__doc__


def test_another_process_takes_it():
    code = (
        "import pickle, sys; f = pickle.load(sys.stdin.buffer); "
        "print(f(x=[0.0, 0.0], t=[0.0, 1.0]).tolist()); import inspect; print(len(inspect.getsource(f)) > 100)"
    )
    sent = pickle.dumps(derive("softmax", "dL/dx").numpy())
    done = subprocess.run([sys.executable, "-c", code], input=sent, capture_output=True, check=True)
    assert done.stdout.decode().split("\n")[:2] == ["[0.5, -0.5]", "True"]


@pytest.mark.parametrize("built", [*BUILT[:2], batch_norm_dx], ids=["readable", "fast", "by name"])
def test_its_source_is_shown(built):
    shown = inspect.getsource(built)
    assert f"def {built.__name__}(" in shown
    assert shown in built.__source__
    assert repr(built) == f"<function {built.__name__} of backproof>"


def test_joblib_runs_it_in_other_processes():
    joblib = pytest.importorskip("joblib")
    built = derive("softmax", "dL/dx").numpy()
    found = joblib.Parallel(n_jobs=2)(joblib.delayed(built)(**ARRAYS) for _ in range(2))
    assert np.array_equal(found[0], built(**ARRAYS))
