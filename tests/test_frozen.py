"""`frozen` beside `dataclass(frozen=True, slots=True)`: the same class to everyone who uses it."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Mapping
from dataclasses import FrozenInstanceError, dataclass, field, fields, replace

import pytest

from derivations.frozen import frozen


@frozen
class Ours:
    name: str
    size: int = 3
    notes: Mapping[str, int] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Theirs:
    name: str
    size: int = 3
    notes: Mapping[str, int] = field(default_factory=dict, repr=False)


@frozen
class One:
    value: float


@frozen
class Empty:
    pass


@frozen
class Wider(One):
    more: tuple[int, ...] = ()

    def __post_init__(self):
        if self.value < 0:
            raise ValueError("negative")


def test_it_is_what_a_dataclass_is():
    assert repr(Ours("a")) == repr(Theirs("a")).replace("Theirs", "Ours")
    assert [f.name for f in fields(Ours)] == [f.name for f in fields(Theirs)]
    assert Ours.__match_args__ == Theirs.__match_args__
    assert Ours.__slots__ == Theirs.__slots__
    with pytest.raises(TypeError, match=r"Ours.__init__\(\) missing 1 required positional argument: 'name'"):
        Ours()
    with pytest.raises(TypeError, match="unexpected keyword argument 'colour'"):
        Ours("a", colour=1)


def test_its_values_are_set_once():
    value = Ours("a", 1)
    with pytest.raises(FrozenInstanceError, match="'size'"):
        value.size = 2
    with pytest.raises(FrozenInstanceError, match="'size'"):
        del value.size
    with pytest.raises(FrozenInstanceError):
        value.other = 2
    assert value.notes is not Ours("a", 1).notes, "each has a default of its own"


@pytest.mark.parametrize("value", [Ours("a", 1), One(2.0), Wider(2.0, (1,)), Empty()])
def test_equality_hash_copies(value):
    assert copy.deepcopy(value) == pickle.loads(pickle.dumps(value)) == replace(value) == value
    assert value != object()
    assert (value == One(3.0)) is False


def test_equality_is_that_of_the_fields_and_the_class():
    assert hash(One(2.0)) == hash(One(2))
    assert One(2.0) != Wider(2.0)
    assert Wider(2.0, (1,)) != Wider(2.0, (2,))
    nan = float("nan")
    assert One(nan) == One(nan), "as tuples compare: the same object is equal"
    with pytest.raises(ValueError, match="negative"):
        replace(Wider(1.0), value=-1.0)
