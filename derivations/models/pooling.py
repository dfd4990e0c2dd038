"""Pooling over windows of m neighbours that move by one, the upstream gradient ∂L/∂u given.

    u_i = max_k x_{i+k-1}    ∂L/∂x_j = Σ_i ∂L/∂u_i 1[j is the place of the largest in window i]
    mean:  u_i = (1/m) Σ_k x_{i+k-1}    ∂L/∂x_j = (1/m) Σ_k ∂L/∂u_{j-k+1}

Where several of a window are the largest, they have equal shares.

Source: I. Goodfellow, Y. Bengio, A. Courville, Deep Learning (2016), section 9.3.
"""

from derivations.model import Definition, Variant

MODEL = Definition(
    name="pooling",
    title="Pooling",
    doc="x of length n+m-1, windows of length m, the largest u of each.",
    source="Goodfellow, Bengio and Courville (2016), section 9.3",
    names="i: index[n]; k: index[m]; j: index[n+m-1]; x: real[n+m-1]",
    bindings="u_i = max_k x_{i+k-1}",
    targets="dL/dx",
    upstream="u",
    variants={
        "mean": Variant("The mean of each window.", bindings="u_i = 1/m sum_k x_{i+k-1}"),
        "apart": Variant(
            "Windows that do not overlap, the rows of x.",
            names="x: real[n,m]; j: -",
            bindings="u_i = max_k x_ik",
        ),
    },
)
