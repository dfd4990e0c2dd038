"""The functions that a module for numba carries with it: those of entries are compiled into its
loops, so they take and return numbers.

Like `runtime.py`, ordinary code whose text is copied. float32 entries are computed in float64
here.
"""

import numpy as np


def exp(x):
    """e**x = 2**k e**r with |r| ≤ log(2)/2, without branches, so that loops over it become vector
    instructions; error below 1 ulp.

    k log 2 is subtracted in two parts, the first with so few digits that its product with k is
    exact. e**r is its Taylor polynomial of degree 13, whose first term left out is below
    4.2e-18. 2**k is two factors built from their bits, so that results below the smallest normal
    number round once; x is held where they are inf or 0 long before.
    """
    magic = 6755399441055744.0  # 1.5 * 2**52: adding it rounds to whole numbers
    x = min(max(float(x), -1400.0), 1400.0)
    k = (x * 1.4426950408889634 + magic) - magic
    r = (x - k * 0.6931471803691238) - k * 1.9082149292705877e-10
    p = 1 / 479001600 + r * (1 / 6227020800)
    p = 1 / 39916800 + r * p
    p = 1 / 3628800 + r * p
    p = 1 / 362880 + r * p
    p = 1 / 40320 + r * p
    p = 1 / 5040 + r * p
    p = 1 / 720 + r * p
    p = 1 / 120 + r * p
    p = 1 / 24 + r * p
    p = 1 / 6 + r * p
    p = 0.5 + r * p
    p = 1.0 + (r + r * r * p)
    n = np.int64(k if k == k else 0.0)  # nan, which p hands on, is no whole number
    half = n >> 1
    return (
        p
        * np.int64((half + 1023) << 52).view(np.float64)
        * np.int64((n - half + 1023) << 52).view(np.float64)
    )


def sigmoid(z):
    """1/(1 + exp(-z)). Where exp overflows, 1/inf = 0 is right to the last digit."""
    return 1.0 / (1.0 + exp(-z))


def softplus(z):
    """log(1 + exp z) without overflow."""
    return max(z, 0.0) + np.log1p(exp(-abs(z)))


def logaddexp(a, b):
    """log(exp a + exp b) without overflow."""
    d = a - b
    return max(a, b) + np.log1p(exp(-abs(d))) if d == d else a + b


def log1mexp(z):
    """log(1 - exp(-z)) for z > 0, exact to the last digits near 0 and far from it."""
    return np.log(-np.expm1(-z)) if z < 0.7 else np.log1p(-exp(-z))


def log_cosh(z):
    """log cosh z without overflow, exact to the last digits at 0 too."""
    a = abs(z)
    return (
        np.log1p(2.0 * np.sinh(a / 2.0) ** 2)
        if a < 1
        else a + np.log1p(exp(-2.0 * a)) - 0.6931471805599453
    )


def xlogy(y, p):
    """y log p; 0 where y is 0, also at p = 0."""
    return y * np.log(1.0 if y == 0 else p)


def xlog1py(y, a):
    """y log(1 + a); 0 where y is 0, also at a = -1."""
    return y * np.log1p(0.0 if y == 0 else a)


def xdivy(y, p):
    """y / p; 0 where y is 0, also at p = 0."""
    return y / (1.0 if y == 0 else p)


def sech(z):
    """1/cosh z without overflow."""
    e = exp(-abs(z))
    return 2.0 * e / (1.0 + e * e)


def csch(z):
    """1/sinh z without overflow."""
    return np.sign(z) * 2.0 * exp(-abs(z)) / -np.expm1(-2.0 * abs(z))


def root_power(z, p, odd):
    """z**p for p with an odd denominator: the real root, also of negative z, whose sign is kept
    where the numerator is odd."""
    r = abs(z) ** p
    return -r if odd and z < 0 else r


def contiguous(*arrays):
    """The arrays as loops read them: rows in one piece, and not to be written, so that they are
    of one type for numba."""
    views = [np.ascontiguousarray(a).view() for a in arrays]
    for a in views:
        a.flags.writeable = False
    return views


def chunked(n, width):
    """How many rows a chunk has, and how many chunks there are. It depends on the sizes alone,
    so sums do not depend on the number of cores."""
    rows = max(1, -(-n // 128), 4096 // max(1, width))
    return rows, -(-n // rows)
