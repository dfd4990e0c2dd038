"""PyTorch: out of place, so that autograd passes through. Arguments are tensors of one floating dtype and device, whose
shapes PyTorch checks as it goes."""

from derivations.emit.dialect import Dialect

DIALECT = Dialect(
    name="torch",
    title="PyTorch",
    about="over PyTorch, out of place",
    module="torch",
    imports=("import torch", "from torch.autograd.function import once_differentiable"),
    opening=(("device", "device = {first}.device"), ("dtype", "dtype = {first}.dtype")),
    bare=(("device", 'device = "cpu"'), ("dtype", "dtype = torch.float64")),
    diagonal=("{name} = {base} + torch.diag_embed({values})",),
    spread_diagonal=(
        "{name} = {base}",
        "{name} = {name} + torch.diag_embed({values} + {name}.new_zeros({name}.shape[:-1]))",
    ),
    functions={
        **{fn: f"{fn}({{}}, {{}})" for fn in ("maximum", "minimum", "logaddexp", "hypot")},
        "relu": "torch.relu({})", "softplus": "softplus({})", "log_sigmoid": "-softplus(-{})", "cbrt": "cbrt({})",
        "as_float": "{}.to(dtype)", "as_dtype": "{}.to(dtype)",
        "as_places": "{}.long()", "sigmoid": "torch.sigmoid({})",
        "erf": "torch.erf({})", "erfc": "torch.erfc({})", "factorial": None, "lgamma": "torch.lgamma({})",
        "digamma": "torch.digamma({})", "trigamma": "torch.polygamma(1, {})",
        "xlogy": "torch.special.xlogy({}, {})", "xlog1py": "torch.special.xlog1py({}, {})",
    },
    operations={
        "counter": "torch.arange(1, {stop} + 1, dtype=dtype, device=device)",
        "positions": "torch.arange(1, {stop} + 1, device=device)", "places": "torch.arange({stop}, device=device)",
        "zeros": "torch.zeros({shape}, dtype=dtype, device=device)",
        "full": "torch.full({shape}, {}, dtype=dtype, device=device)",
        "broadcast": "torch.broadcast_to({}, {shape}).clone()", "copy": "{}.clone()",
        "permute": "{}.permute({order})", "max": "{}.amax({axis})", "min": "{}.amin({axis})",
        "vdot": "({:product} * {:factor}).sum()", "tensordot": "torch.tensordot({}, {}, dims=({first}, {second}))",
        "softmax": "torch.softmax({}, {dim})", "logsumexp": "torch.logsumexp({}, {dim})",
        "vecdot": "torch.linalg.vecdot({}, {})", "matvec": "({} @ {}[..., None])[..., 0]",
        "vecmat": "({1}.mT @ {0}[..., None])[..., 0]", "moveaxis": "torch.movedim({}, ({before}), ({after}))",
        "repeat": "torch.repeat_interleave({}, {size}, dim={axis})",
        "eye": "torch.eye({size}, dtype=torch.bool, device=device)",
        "cholesky": "torch.linalg.cholesky({})", "cholesky_solve": "cholesky_solve({}, {})",
        "cholesky_inverse": "torch.cholesky_inverse({})",
        "condition": "torch.tensor({}, device=device)", "number": "torch.full((), {}, dtype=dtype, device=device)",
    },
    helpers="torch.py",
    drawn="torch.tensor({})",
    differentiated="torch.tensor({}, requires_grad=True)",
    check="assert torch.autograd.gradcheck(lambda {by}: {call}, ({by},))",
    close="torch.testing.assert_close({}, {}, {tolerance})",
    no_fast="torch.compile fuses the readable one",
)  # fmt: skip
