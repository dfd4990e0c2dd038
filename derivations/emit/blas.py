"""Which contractions are products that BLAS computes."""

from __future__ import annotations

from derivations.emit.program import Contract


class BlasForm:
    """A contraction as `@` (a, b: axis orders of the operands), tensordot (a, b: summed axes) or vdot."""

    __slots__ = ("a", "b", "kind", "native")

    def __init__(self, kind: str, a: tuple[int, ...], b: tuple[int, ...], native: bool):
        self.kind, self.a, self.b, self.native = kind, a, b, native


def blas_form(c: Contract) -> BlasForm | None:
    """How BLAS computes a contraction; None: einsum does."""
    batch = [k for k in c.la if k in c.lb and k in c.out]
    summed = [k for k in c.la if k in c.lb and k not in c.out]
    a_own = [k for k in c.la if k not in c.lb]
    b_own = [k for k in c.lb if k not in c.la]
    if not summed or list(c.out) != batch + a_own + b_own:
        return None
    if not batch and not a_own and not b_own and len(summed) > 1:
        return BlasForm("vdot", (), (), False) if c.la == c.lb else None
    if len(summed) == 1 and len(a_own) <= 1 and len(b_own) <= 1 and (not batch or (a_own and b_own)):
        a = tuple(c.la.index(k) for k in (*batch, *a_own, *summed))
        b = tuple(c.lb.index(k) for k in (*batch, *summed, *b_own))
        return BlasForm("matmul", a, b, bool(a_own and b_own))
    if len(summed) == 1 and not batch and len(b_own) == 1 and c.la[-1] == summed[0]:
        b = tuple(c.lb.index(k) for k in (*summed, *b_own))
        return BlasForm("matmul", tuple(range(len(c.la))), b, False)
    if not batch and (a_own or b_own):
        return BlasForm("tensordot", tuple(c.la.index(k) for k in summed), tuple(c.lb.index(k) for k in summed), False)
    return None
