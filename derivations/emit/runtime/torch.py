"""Helpers of emitted code over PyTorch, where those of NumPy's code do not carry over. Read as
text: PyTorch is not imported here."""

# pyright: reportAttributeAccessIssue=false
import torch  # type: ignore


def log_determinant(a):
    """log det A; nan where the determinant is not positive."""
    sign, value = torch.linalg.slogdet(a)
    return torch.where(sign > 0, value, torch.nan)


def cholesky_solve(L, b):
    """(L Lᵀ)⁻¹ b for a lower triangular L."""
    return torch.cholesky_solve(b[:, None], L)[:, 0] if b.ndim == 1 else torch.cholesky_solve(b, L)


def lu_solve(factors, b, transposed=False):
    """A⁻¹ b, or A⁻ᵀ b, from the factors of A."""
    if b.ndim == 1:
        return torch.linalg.lu_solve(*factors, b[:, None], adjoint=transposed)[:, 0]
    return torch.linalg.lu_solve(*factors, b, adjoint=transposed)


def lu_inverse(factors):
    """A⁻¹ from the factors of A."""
    lu, _ = factors
    return torch.linalg.lu_solve(
        *factors, torch.eye(lu.shape[-1], dtype=lu.dtype, device=lu.device)
    )


def lu_determinant(factors):
    """det A from its factors."""
    lu, exchanged = factors
    moved = exchanged != torch.arange(1, lu.shape[-1] + 1, device=lu.device)
    return torch.einsum("...ii->...i", lu).prod(-1) * (1 - 2 * (moved.sum(-1) % 2))


def lu_log_determinant(factors, absolute=False):
    """log det A from the factors of A, nan where the determinant is not positive; log |det A| if
    it is `absolute`."""
    lu, exchanged = factors
    diagonal = torch.einsum("...ii->...i", lu)
    value = diagonal.abs().log().sum(-1)
    moved = exchanged != torch.arange(1, lu.shape[-1] + 1, device=lu.device)
    sign = diagonal.sign().prod(-1) * (1 - 2 * (moved.sum(-1) % 2))
    return value if absolute else torch.where(sign > 0, value, torch.nan)


def sum_by_label(y, v, size):
    """Σ_i 1[y_i = k] v_i for every label k below `size`."""
    total = v.new_zeros(*v.shape[:-2], size, v.shape[-1])
    return total.scatter_add(-2, y[..., None].expand(v.shape), v)


def cbrt(z):
    """The real cube root, also of negative z."""
    return torch.sign(z) * torch.abs(z) ** (1 / 3)


def root_power(z, p):
    """z**p for p with an odd denominator: the real root, also of negative z."""
    numerator = round(p * 3 * 5 * 7 * 11 * 13)
    r = torch.abs(z) ** p
    return torch.where(z < 0, -r, r) if numerator % 2 else r


def maximum(a, b):
    return torch.maximum(a, torch.as_tensor(b, dtype=a.dtype, device=a.device))


def minimum(a, b):
    return torch.minimum(a, torch.as_tensor(b, dtype=a.dtype, device=a.device))


def logaddexp(a, b):
    """log(exp a + exp b) without overflow."""
    one = a if torch.is_tensor(a) else b
    return torch.logaddexp(
        *(torch.as_tensor(v, dtype=one.dtype, device=one.device) for v in (a, b))
    )


def hypot(a, b):
    """√(a² + b²) without overflow."""
    one = a if torch.is_tensor(a) else b
    return torch.hypot(
        *torch.broadcast_tensors(
            *(torch.as_tensor(v, dtype=one.dtype, device=one.device) for v in (a, b))
        )
    )


def norm(z, axis=()):
    """√Σ z² over the largest |z|, so that no square overflows or vanishes."""
    top = torch.abs(z).amax(axis, keepdim=True)
    scale = torch.where((top > 0) & (top < torch.inf), top, 1)
    parts = torch.square(z / scale)
    total = parts.sum(axis, keepdim=True) if axis != () else parts.sum().reshape(top.shape)
    root = scale * torch.sqrt(total)
    return root.squeeze(axis) if axis != () else root.reshape(())


def gather(a, at, axis):
    """The entries of `a` at positions counted from 1 along an axis, whose axes come first; nan
    outside the range."""
    n = a.shape[axis]
    rows, at = torch.movedim(a, axis, 0), torch.as_tensor(at, device=a.device)
    if n == 0:
        return a.new_full((*at.shape, *rows.shape[1:]), torch.nan)
    inside = ((at >= 1) & (at <= n)).reshape((*at.shape, *(1,) * (rows.ndim - 1)))
    return torch.where(inside, rows[at.clamp(1, n) - 1], torch.nan)


def padded(a, start, size, axis=-1):
    """`a` on an axis of `size` zeros, behind `start` of them."""
    rows = a.movedim(axis, -1)
    behind = size - start - rows.shape[-1]
    return torch.nn.functional.pad(rows, (start, behind)).movedim(-1, axis)


def sliding(a, size, axis):
    """`size` neighbours from each place of an axis on, a[i + r], along a last axis; a view."""
    return a.unfold(axis, size, 1)


def reaching(a, size, axis):
    """a[u - r] for r from 0 to below `size` along a last axis, with 0 beside the axis."""
    rows = torch.nn.functional.pad(a.movedim(axis, -1), (size - 1, size - 1)).movedim(-1, axis)
    return rows.unfold(axis, size, 1).flip(-1)


def softplus(z):
    """log(1 + exp z), exact to the last digits at any z."""
    return torch.logaddexp(torch.zeros_like(z), z)


def central_differences(f, x, h=1e-6):
    """df/dx entry by entry: the axes of f, then those of x."""
    moves = h * torch.eye(x.numel(), dtype=x.dtype).reshape(-1, *x.shape)
    slopes = [(f(x + e) - f(x - e)) / (2 * h) for e in moves]
    return torch.stack(slopes, -1).reshape(slopes[0].shape + x.shape)
