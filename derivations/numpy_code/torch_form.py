"""The readable form for PyTorch: the same statements over `torch`, out of place, so that autograd passes through them.

Source only: this package does not import PyTorch. Arguments are tensors of one floating dtype and device; shapes are
checked by PyTorch as it goes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

from derivations.numpy_code.docstring import docstring
from derivations.numpy_code.lower import CannotEmit
from derivations.numpy_code.plan import Plan, loose_sizes, new_scope, prologue
from derivations.numpy_code.program import AddDiagonal, Array, Contract, Counter, Input, Map, in_order
from derivations.numpy_code.source import ATOM, COMPARE, PRODUCT, Printer, blas_form
from derivations.numpy_code.statements import statements

TORCH_HEADER = '"""Emitted by backproof: PyTorch code for derived formulas."""'

OWN: Mapping[str, str] = MappingProxyType({
    "sigmoid": "torch.sigmoid", "erf": "torch.erf", "xlogy": "torch.special.xlogy", "xlog1py": "torch.special.xlog1py",
})  # fmt: skip
"""Helpers that PyTorch has under the same arguments."""

SAME = frozenset({
    "exp", "log", "log1p", "expm1", "sqrt", "square", "sin", "cos", "tan", "sinh", "cosh", "tanh", "abs", "sign",
    "floor", "ceil",
    "arcsin", "arccos", "arctan", "arcsinh", "arccosh", "arctanh", "where", "einsum", "tensordot", "trace",
})  # fmt: skip
"""Functions that PyTorch calls as NumPy does, and takes as NumPy does where the arguments are tensors."""

HELPERS: Mapping[str, str] = MappingProxyType({
    "softmax": "def softmax(z, axis=-1):\n    return torch.softmax(z, axis)",
    "logsumexp": "def logsumexp(z, axis=-1):\n    return torch.logsumexp(z, axis)",
    "sech": ('def sech(z):\n    """1/cosh z without overflow."""\n    e = torch.exp(-torch.abs(z))\n    return 2 * e / '
'(1 + e * e)'),
    "csch": ('def csch(z):\n    """1/sinh z without overflow."""\n    e = torch.exp(-torch.abs(z))\n    return '
'torch.sign(z) * 2 * e / -torch.expm1(-2 * torch.abs(z))'),
    "log_determinant": (
        'def log_determinant(a):\n    """log det A; nan where the determinant is not positive."""\n    sign, '
'value = torch.linalg.slogdet(a)\n'
"    return torch.where(sign > 0, value, torch.nan)"
    ),
    "cbrt": ('def cbrt(z):\n    """The real cube root, also of negative z."""\n    return torch.sign(z) * torch.abs(z) '
'** (1 / 3)'),
    "root_power": (
        'def root_power(z, p):\n    """z**p for p with an odd denominator: the real root, also of negative z."""\n'
"    numerator = round(p * 3 * 5 * 7 * 11 * 13)\n    r = torch.abs(z) ** p\n    return torch.where(z "
"< 0, -r, r) if numerator % 2 else r"
    ),
    "xdivy": (
        'def xdivy(y, p):\n    """y / p; 0 where y is 0, also at p = 0."""\n'
        "    return y / torch.where(y == 0, 1, p)"
    ),
    "maximum": "def maximum(a, b):\n    return torch.maximum(a, torch.as_tensor(b, dtype=a.dtype, device=a.device))",
    "minimum": "def minimum(a, b):\n    return torch.minimum(a, torch.as_tensor(b, dtype=a.dtype, device=a.device))",
    "logaddexp": (
        'def logaddexp(a, b):\n    """log(exp a + exp b) without overflow."""\n    one = a if '
'torch.is_tensor(a) else b\n'
"    return torch.logaddexp(*(torch.as_tensor(v, dtype=one.dtype, device=one.device) for v in (a, b)))"
    ),
    "hypot": (
        'def hypot(a, b):\n    """√(a² + b²) without overflow."""\n    one = a if torch.is_tensor(a) else b\n'
"    return torch.hypot(*torch.broadcast_tensors(*(torch.as_tensor(v, dtype=one.dtype, "
"device=one.device) for v in (a, b))))"
    ),
    "log1mexp": (
        'def log1mexp(z):\n    """log(1 - exp(-z)) for z > 0, exact to the last digits near 0 and far from '
'it."""\n    near = z < 0.7\n'
"    return torch.where(near, torch.log(-torch.expm1(-torch.where(near, z, 1))), "
"torch.log1p(-torch.exp(-torch.where(near, 1, z))))"
    ),
    "log_cosh": (
        'def log_cosh(z):\n    """log cosh z without overflow, exact to the last digits at 0 too."""\n    a = '
'torch.abs(z)\n    near = a < 1\n'
"    return torch.where(near, torch.log1p(2 * torch.sinh(torch.where(near, a, 0) / 2) ** 2), a + "
"torch.log1p(torch.exp(-2 * a)) - math.log(2))"
    ),
    "norm": (
        'def norm(z, axis=()):\n    """√Σ z² over the largest |z|, so that no square overflows or vanishes."""\n'
"    top = torch.abs(z).amax(axis, keepdim=True)\n    scale = torch.where((top > 0) & (top < "
"torch.inf), top, 1)\n"
"    parts = torch.square(z / scale)\n    total = parts.sum(axis, keepdim=True) if axis != () else "
"parts.sum().reshape(top.shape)\n"
"    root = scale * torch.sqrt(total)\n    return root.squeeze(axis) if axis != () else root.reshape(())"
    ),
    "softplus": ('def softplus(z):\n    """log(1 + exp z), exact to the last digits at any z."""\n    return '
'torch.logaddexp(torch.zeros_like(z), z)'),
})  # fmt: skip

_REWRITES: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), by)
    for pattern, by in (
        (r"\bnp\.logaddexp\(0, ", "softplus("),
        (r"\bnp\.(maximum|minimum|logaddexp|hypot|cbrt)\(", r"\1("),
        (r"\bnp\.inf\b", "torch.inf"),
        (r"\bnp\.nan\b", "torch.nan"),
        (r"\bnp\.linalg\.(solve|inv|det)\(", r"torch.linalg.\1("),
        (r"\bnp\.tensordot\((.*), \((\[.*?\], \[.*?\])\)\)", r"torch.tensordot(\1, dims=(\2))"),
        (r"\bnp\.zeros\((.*), dtype\)", r"torch.zeros(\1, dtype=dtype, device=device)"),
        (r"\bnp\.arange\((.*?), dtype=dtype\)", r"torch.arange(\1, dtype=dtype, device=device)"),
        (r"\bnp\.full\((\(.*?\)), (.*?), dtype\)", r"torch.full(\1, \2, dtype=dtype, device=device)"),
        (r"\bnp\.broadcast_to\(", "torch.broadcast_to("),
        (r"\.copy\(\)", ".clone()"),
        (r"\.astype\(dtype\)", ".to(dtype)"),
        (r"\.transpose\(", ".permute("),
        (r"\.(max|min)\(axis=", r".a\1(axis="),
        (r"\.(max|min)\(\)", r".a\1()"),
        (r"\bnp\.(\w+)\(", r"torch.\1("),
    )
)
"""From a NumPy statement to PyTorch's spelling, in order."""


class TorchPrinter(Printer):
    """`Printer`, with the product that PyTorch has for vectors only."""

    def _contract(self, c: Contract) -> tuple[str, int]:
        form = blas_form(c)
        if form is not None and form.kind == "vdot":
            return f"({self.text(c.a, PRODUCT)} * {self.text(c.b, PRODUCT + 1)}).sum()", ATOM
        return super()._contract(c)

    def _map(self, a: Map) -> tuple[str, int]:
        """A choice between numbers is made between tensors, or it would be of a dtype of its own; a condition on sizes
        is a tensor too."""
        inner = a.args[0] if a.fn == "as_dtype" else a
        if not (isinstance(inner, Map) and inner.fn == "where"):
            return super()._map(a)
        condition, value, otherwise = (
            self.aligned(arg, places, inner)(COMPARE) for arg, places in zip(inner.args, inner.places, strict=True)
        )
        if not any(isinstance(x, (Input, Counter)) for x in in_order((inner.args[0],))):
            condition = f"torch.tensor({condition})"
        if a.fn == "as_dtype":
            self.dtype = True
            value = f"torch.full((), {value}, dtype=dtype, device=device)"
        return f"np.where({condition}, {value}, {otherwise})", ATOM


def translated(line: str, used: set[str]) -> str:
    """A statement of the NumPy form over torch; the helpers it needs are added to `used`. Raises `CannotEmit`."""
    for name in re.findall(r"\bnp\.(\w+)", line):
        if name not in SAME | {
            "logaddexp",
            "hypot",
            "cbrt",
            "maximum",
            "minimum",
            "nan",
            "inf",
            "linalg",
            "zeros",
            "arange",
            "full",
            "broadcast_to",
        }:
            raise CannotEmit(f"np.{name} has no PyTorch form here")
    for name, own in OWN.items():
        line = re.sub(rf"(?<![\w.]){name}\(", f"{own}(", line)
    for pattern, by in _REWRITES:
        line = pattern.sub(by, line)
    if "torch.arange(" in line and "device" not in line:
        raise CannotEmit("an index that is computed has no PyTorch form here")
    used |= {name for name in HELPERS if re.search(rf"(?<![\w.]){name}\(", line)}
    return line


def diagonal(printer: Printer, a: AddDiagonal, target: str) -> list[str]:
    """base + δ values, out of place."""
    first, _, last = printer.diagonal(a, target)
    n = len(a.base.shape)
    if (a.p, a.q) != (n - 2, n - 1):
        raise CannotEmit("a diagonal of axes that are not the last two has no PyTorch form here")
    base = first.removeprefix(f"{target} = ").removesuffix(".copy()")
    values = last.partition(" += ")[2]
    if len(a.places) == n - 1:
        return [f"{target} = {base} + torch.diag_embed({values})"]
    return [
        f"{target} = {base}",
        f"{target} = {target} + torch.diag_embed({values} + {target}.new_zeros({target}.shape[:-1]))",
    ]


def emit_torch(plan: Plan, name: str, doc: str) -> str:
    """A module with one function over torch."""
    scope, function, arguments = new_scope(plan, name)
    for taken in ("torch", "device", *HELPERS):
        scope.fresh(taken)
    variables: dict[Array, str] = {
        a: arguments[a.name] for a in in_order(tuple(plan.outputs.values())) if isinstance(a, Input)
    }
    printer = TorchPrinter(variables, scope, native=False)
    lines = statements(plan, printer, diagonal)
    unknown = printer.helpers - set(HELPERS) - set(OWN)
    if unknown:
        raise CannotEmit(f"{', '.join(sorted(unknown))} has no PyTorch form here")
    used: set[str] = set()
    numpy = [
        line.replace("dtype = np.float64", "dtype = torch.float64")
        for line in [*prologue(plan, printer, arguments, native=False), *lines]
    ]
    body = [translated(line.replace("torch.", "\0"), used).replace("\0", "torch.") for line in numpy]
    if any("device=device" in line for line in body):
        body.insert(0, f"device = {next(iter(arguments.values()))}.device" if arguments else 'device = "cpu"')
    parameters = [*arguments.values(), *(scope.of(s, "size") for s in loose_sizes(plan, printer.sizes))]
    said = [
        line.replace("; float32 stays float32, integers become float64.", ".") for line in docstring(plan, doc, printer)
    ]
    imports = "\n".join(
        [*(["import math", ""] if printer.math or any("math." in HELPERS[h] for h in used) else []), "import torch"]
    )
    text = "\n".join(
        [f"def {function}({', '.join(parameters)}):", *("    " + line if line else "" for line in [*said, *body])]
    )
    return "\n\n\n".join([f"{TORCH_HEADER}\n\n{imports}", *(HELPERS[h] for h in HELPERS if h in used), text]) + "\n"
