"""CuPy: NumPy's calls on a graphics card. Written after CuPy's reference; the tests read the text, and run it with
NumPy under CuPy's name."""

from derivations.emit.dialect import Dialect

DIALECT = Dialect(
    name="cupy",
    title="CuPy",
    about="over CuPy, on a graphics card",
    header='"""Emitted by backproof: CuPy code for derived formulas."""',
    module="cp",
    imports=("import cupy as cp",),
    opening=(("", "{left} = as_floats({given})"), ("dtype", "dtype = {first}.dtype")),
    bare=(("dtype", "dtype = cp.float64"),),
    diagonal=("{name} = {own}", "{k} = cp.arange({name}.shape[-1])", "{name}[..., {k}, {k}] += {values}"),
    helpers="cupy.py",
    no_fast="cupy.fuse fuses the readable one",
)
