"""What a binding that recurs is: one step, and where it begins.

    h_t = tanh(W h_{t-1} + U x_t), h_0 given        from the first on, start h_0 at position 0
    R_t = r_t + γ R_{t+1}, R_{n+1} = 0              from the last back, start R_{n+1} at position n+1
    δ_t = g_t + 1[t < n] Wᵀ δ_{t+1}                 from the last back, without a start: the guard ends it

A node with a recursion has no definition, so that nothing unfolds it for ever: for all that rewrites formulas its
entries are letters. What computes with numbers takes the recursion step by step (`unrolled`, the emitter's loop).
"""

from __future__ import annotations

from typing import TypeVar

from derivations.formula import Formula, Index, IndexExpr, end_of, minus, shifted
from derivations.frozen import frozen

Place = TypeVar("Place")


@frozen
class Recursion:
    """step       the entry at its axes, by entries one place before it on the axis of time
    over       which of the axes is time
    direction  1 from the first position on, -1 from the last back
    start      the name whose value stands before the first place (position 0, or n+1); "" where there is none
    """

    step: Formula
    over: int
    direction: int
    start: str = ""

    @property
    def time(self) -> Index:
        """The index over positions."""
        return self.step.axes[self.over]

    @property
    def before(self) -> IndexExpr:
        """The position of the start: 0, or n+1."""
        return 0 if self.direction > 0 else shifted(end_of(self.time), 1)

    def place(self, at: IndexExpr) -> int | None:
        """A position counted from the start, which is 0, in the direction of the recursion; None where it hangs on an
        index."""
        gap = minus(at, self.before)
        return self.direction * gap if isinstance(gap, int) else None

    def lag(self, at: IndexExpr) -> int | None:
        """How many places before its own a step uses an entry: 0 or 1; None for another place."""
        gap = minus(at, self.time)
        return {0: 0, -self.direction: 1}.get(gap) if isinstance(gap, int) else None

    def rest(self, at: tuple[Place, ...]) -> tuple[Place, ...]:
        """What stands at the other axes than time."""
        return (*at[: self.over], *at[self.over + 1 :])
