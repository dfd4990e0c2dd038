"""What one row of the table says of a function."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from derivations.formula import Node, Num
from derivations.frozen import frozen

Rule = Callable[..., Node]
"""From the arguments to a tree."""

Limits = tuple[Fraction | None, Fraction | None, bool, bool]
"""Low and high end (None: unbounded), and whether each is open."""


def between(low: int | str | None, high: int | str | None, ends: str = "()") -> Limits:
    """`between(0, 1, "(]")`"""
    low_end, high_end = (None if end is None else Fraction(end) for end in (low, high))
    return low_end, high_end, ends[0] == "(", ends[1] == ")"


@frozen
class Atom:
    """One function. A name, a formula and a definition are enough: whatever is not said is asked of the definition.

    formula      what it is, for people
    arity        number of arguments; None: any number (max, min)
    derivative   one rule an argument, each from the arguments to ∂f/∂argument; () takes that of the definition
    definition   the function in terms of simpler ones; None for a primitive
    numeric      floats and balls evaluate it by a rule of their own: the definition loses digits or time
    defined      the condition under which it has a value; None: where the definition has one, or everywhere
    spellings    its other names in the notation
    code         its names in NumPy, SciPy, PyTorch, JAX and Python's math
    letter       the Greek letter that is the function where an argument follows: σ(z)
    symbol       what is written for it in Unicode, where that is not the name
    latex        what is written for it in LaTeX, where that is not \\operatorname{name}
    range        the ends between which its values lie, whatever the argument
    signed       it has the sign of its argument
    kink         the value of the first argument at which it or its slope jumps
    analytic     at every argument
    far          what it can no longer be told from far out: rules from the argument
    near         what it can no longer be told from at small arguments
    mistaken     the function that is written in its place by mistake
    """

    name: str
    formula: str
    arity: int | None = 1
    derivative: tuple[Rule, ...] = ()
    definition: Rule | None = None
    numeric: bool = False
    defined: Rule | None = None
    spellings: tuple[str, ...] = ()
    code: tuple[str, ...] = ()
    letter: str = ""
    symbol: str = ""
    latex: str = ""
    range: Limits | None = None
    signed: bool = False
    kink: int | None = None
    analytic: bool = False
    far: tuple[Rule, ...] = ()
    near: Rule | None = None
    mistaken: str = ""

    @property
    def composed(self) -> bool:
        """Whether it is its definition to whoever has no rule of his own for it."""
        return self.definition is not None and not self.numeric


def is_number(node: Node, value: int) -> bool:
    """Whether a node is that numeral."""
    return isinstance(node, Num) and node.value == value
