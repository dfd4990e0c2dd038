"""CuPy: NumPy's calls on a graphics card. Written after CuPy's reference; the tests read the text, and run it with
NumPy under CuPy's name."""

from derivations.emit.dialect import Dialect

DIALECT = Dialect(
    name="cupy",
    title="CuPy",
    about="over CuPy, on a graphics card",
    module="cp",
    imports=("import cupy as cp",),
    opening=(("dtype", "dtype = {first}.dtype"),),
    bare=(("dtype", "dtype = cp.float64"),),
    diagonal=("{name} = {own}", "{k} = cp.arange({name}.shape[-1])", "{name}[..., {k}, {k}] += {values}"),
    operations={
        "einsum_by_products": 'xp.einsum("{pattern}", {}, {}, optimize=True)',
        "vecdot": "({:product} * {:factor}).sum(axis=-1)", "matvec": "({} @ {}[..., None])[..., 0]",
        "vecmat": "({1}.swapaxes(-1, -2) @ {0}[..., None])[..., 0]", "swap_last": "{}.swapaxes(-1, -2)",
    },
    helpers="cupy.py",
    of_number="{name} = cp.asarray({name}, dtype)",
    drawn="cp.asarray({})",
    close="cp.testing.assert_allclose({}, {}, {tolerance})",
    no_fast="cupy.fuse fuses the readable one",
)  # fmt: skip
