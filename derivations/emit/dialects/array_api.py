"""The Python array API standard, 2024.12: any library whose arrays have `__array_namespace__()`. Arguments are arrays
of one floating dtype on one device; the library is that of the first of them."""

from derivations.emit.dialect import Dialect

DIALECT = Dialect(
    name="array_api",
    title="array-API",
    about="over whatever array library the arguments are of (the Python array API standard)",
    module="xp",
    imports=(),
    opening=(
        ("", "xp = {first}.__array_namespace__()"),
        ("device", "device = {first}.device"),
        ("dtype", "dtype = {first}.dtype"),
    ),
    bare=None,
    diagonal=(
        "{name} = {base}",
        "{k} = xp.arange({name}.shape[-1], device=device)",
        "{name} = xp.where({k}[:, None] == {k}, {name} + {column}, {name})",
    ),
    functions={
        **{fn: f"xp.{fn}({{}})" for fn in ("asin", "acos", "atan", "asinh", "acosh", "atanh")},
        "acot": "xp.atan(1 / {})", "asec": "xp.acos(1 / {})", "acsc": "xp.asin(1 / {})", "cbrt": "cbrt({})",
        "as_float": "xp.astype({}, dtype)", "as_dtype": "xp.astype({}, dtype)",
        "erf": None, "erfc": None, "lgamma": None, "factorial": None,
    },
    operations={
        "counter": "xp.arange(1, {stop} + 1, dtype=dtype, device=device)",
        "positions": "xp.arange(1, {stop} + 1, device=device)", "places": "xp.arange({stop}, device=device)",
        "zeros": "xp.zeros({shape}, dtype=dtype, device=device)",
        "full": "xp.full({shape}, {}, dtype=dtype, device=device)",
        "broadcast": "xp.asarray(xp.broadcast_to({}, {shape}), copy=True)", "copy": "xp.asarray({}, copy=True)",
        "swap_last": "{}.mT", "permute": "xp.permute_dims({}, ({order}))",
        **{op: f"xp.{op}({{}}{{and_axis}})" for op in ("sum", "mean", "prod", "max", "min")},
        "trace": "xp.linalg.trace({})", "diagonal": "xp.linalg.diagonal({})", "einsum": None,
        "vdot": "xp.sum({:product} * {:factor})", "tensordot": "xp.tensordot({}, {}, axes=({first}, {second}))",
        "matvec": "({} @ {}[..., None])[..., 0]", "vecmat": "({1}.mT @ {0}[..., None])[..., 0]",
        "cumsum": "xp.cumulative_sum({}, axis={axis})",
        "cumsum_back": "xp.flip(xp.cumulative_sum(xp.flip({}, axis={axis}), axis={axis}), axis={axis})",
        "eigvals": "xp.flip(xp.linalg.eigvalsh({}), axis=-1)", "singval": "xp.linalg.svdvals({})[..., {place}]",
        "nuclear": "xp.sum(xp.linalg.svdvals({}), axis=-1)",
        "eigproj": None, "singdyad": None, "polar": None, "expm": None,
        "pick": None, "traces": "xp.linalg.trace({})", "eye": "xp.eye({size}, dtype=xp.bool, device=device)",
        "condition": "xp.asarray({}, device=device)", "number": "xp.asarray({}, dtype=dtype, device=device)",
    },
    helpers="array_api.py",
    of_number="{name} = xp.asarray({name}, dtype=dtype, device=device)",
    no_fast="the standard has no way to say where a result is written",
    mixes_kinds=False,
    whole_index=True,
)  # fmt: skip
