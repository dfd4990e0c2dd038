"""Weight normalisation: a weight vector by its length and its direction.

    w = g v/‖v‖    z = Xw    ∂L/∂g = vᵀ ∂L/∂w/‖v‖    ∂L/∂v = (g/‖v‖) (I - vvᵀ/‖v‖²) ∂L/∂w

Source: T. Salimans, D. P. Kingma, Weight Normalization (2016), section 2.1.
"""

from derivations.model import Definition, Variant

MODEL = Definition(
    name="weight_norm",
    title="Weight normalisation",
    doc="A direction v and a length g make the weights w.",
    source="Salimans and Kingma (2016), section 2.1",
    names="j: index[d]; v: real[d]; g: real; r: positive",
    bindings="""
        r = ||v||
        w = g/r v
    """,
    targets="dL/dv dL/dg w",
    upstream="w",
    variants={
        "rows": Variant(
            "A layer: every row of V has its length.",
            names="k: index[K]; V: real[K,d]; v: -; g: real[K]; r: positive[K]",
            bindings="r_k = ||V_k||; w = -; W_kj = g_k V_kj/r_k",
            targets="dL/dV dL/dg W",
            upstream="W",
        )
    },
)
