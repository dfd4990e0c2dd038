"""Texts at random with a meaning known by construction: each is read as it was meant, or refused. None is misread in
silence."""

from __future__ import annotations

import numpy as np
import pytest
from random_texts import SIZES, Made, text_of

from derivations.domains import parse_names
from derivations.evaluate import floats
from derivations.evaluate.assignment import Assignment
from derivations.notation import ReadError, read, write

BLOCK, HERE, SOAK = 250, range(12), range(200)
"""Texts a test, the tests of every run (3,000 texts) and those of the long one (50,000)."""


def _value(made: Made) -> object:
    """What the reader makes of a text: its value, or the `ReadError`."""
    try:
        formula = read(made.text, made.names)
    except ReadError as error:
        return error
    if formula.shape_error is not None:
        return formula.shape_error
    values = {k: np.asarray(v, float)[None] for k, v in made.env.items() if k not in ("i", "j")}
    got = floats.evaluate(formula, Assignment(dict(SIZES), values, 1, formula.names))[0]
    for index in formula.free:
        got = got[made.env[index.name] - 1]
    return got


def _block(block: int) -> None:
    refused = meant = 0
    for seed in range(BLOCK * block, BLOCK * (block + 1)):
        made = text_of(seed)
        got = _value(made)
        if made.value is None:
            assert not isinstance(got, np.ndarray | float), (
                f"seed {seed}: {made.text!r} under {made.names!r} is read as "
                f"{write(read(made.text, made.names), 'ascii')}"
            )
            continue
        meant += 1
        if not isinstance(got, np.ndarray | float):
            refused += 1
        elif np.isfinite(made.value):
            assert np.ndim(got) == 0, f"seed {seed}: {made.text!r} is an array"
            assert np.isclose(got, made.value, rtol=1e-8, atol=1e-9), (
                f"seed {seed}: {made.text!r} under {made.names!r} is {made.value}, read as {got}"
            )
    assert refused <= meant / 10, f"{refused} of {meant} texts that say something are refused"


@pytest.mark.parametrize("block", HERE)
@pytest.mark.long
def test_no_text_is_misread(block: int) -> None:
    _block(block)


@pytest.mark.soak
@pytest.mark.parametrize("block", SOAK)
def test_no_text_is_misread_soak(block: int) -> None:
    _block(block)


def test_the_names_of_the_generator_are_declarations() -> None:
    assert {"d"} == {s for seed in range(50) for s in parse_names(text_of(seed).names).sizes}
