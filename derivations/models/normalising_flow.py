"""A normalising flow: a density by an invertible map to a standard normal variable.

    coupling:  s = tanh(Ax + a)    z = y ⊙ e^s + Bx + b    LL = log N(z; 0, I) + Σ_j s_j
    planar:    h = tanh(wᵀx + b)   z = x + uh    log|det ∂z/∂x| = log|1 + uᵀw (1-h²)|

Source: L. Dinh, J. Sohl-Dickstein, S. Bengio, Density Estimation Using Real NVP (2017), section 3; D. J. Rezende,
S. Mohamed, Variational Inference with Normalizing Flows (2015), section 4.1.
"""

from derivations.model import Definition, Variant

MODEL = Definition(
    name="normalising_flow",
    title="Normalising flow",
    doc="A coupling layer: one half x stays, the other y is scaled and moved by what x says.",
    source="Dinh, Sohl-Dickstein and Bengio (2017), section 3",
    names="j: index[m]; x: real[d]; y: real[m]; A: real[m,d]; a: real[m]; B: real[m,d]; b: real[m]",
    bindings="""
        s = tanh(A x + a)
        z = y .* exp(s) + B x + b
        LL = log N(x; 0, I) + log N(z; 0, I) + sum_j s_j
    """,
    targets="dLL/dA dLL/dB dLL/dy dLL/dz dLL/ds LL",
    loss="LL",
    variants={
        "planar": Variant(
            "A planar layer.",
            names="j: -; y: -; A: -; a: -; B: -; u: real[d]; w: real[d]; b: real",
            bindings="""
                s = -
                h = tanh(w^T x + b)
                z = x + h u
                D = 1 + u^T w (1 - h^2)
                LL = log N(z; 0, I) + log abs(D)
            """,
            targets="dLL/du dLL/dw dLL/db dLL/dx LL",
        )
    },
)
